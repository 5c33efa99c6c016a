/** What the AI SDK's gateway client sends. */

import { Type } from 'typebox';

const File = Type.Object({
  type: Type.String({ description: 'url or file' }),
  url: Type.Optional(Type.String()),
  data: Type.Optional(Type.String({ description: 'Base64' })),
  mediaType: Type.Optional(Type.String()),
});

export const CREATE_BODY = Type.Object({
  prompt: Type.Optional(Type.String()),
  n: Type.Optional(Type.Integer({ minimum: 1 })),
  aspectRatio: Type.Optional(Type.String({ examples: ['16:9'] })),
  resolution: Type.Optional(Type.String({ examples: ['1280x720', '720p'] })),
  duration: Type.Optional(Type.Number({ description: 'Length in seconds' })),
  fps: Type.Optional(Type.Integer()),
  seed: Type.Optional(Type.Integer()),
  generateAudio: Type.Optional(Type.Boolean()),
  image: Type.Optional(File),
  frameImages: Type.Optional(
    Type.Array(Type.Object({ frameType: Type.String({ description: 'first_frame or last_frame' }), image: File })),
  ),
  inputReferences: Type.Optional(Type.Array(File)),
  providerOptions: Type.Optional(Type.Object({}, { description: 'Options for vendors, by the name of each' })),
  callbackUrl: Type.Optional(Type.String({ description: 'Told when the video has ended' })),
});

export const STATUS_BODY = Type.Object({ operation: Type.Object({ id: Type.String() }) });
