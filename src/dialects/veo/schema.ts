/** What Google documents of Veo's requests. */

import { Type } from 'typebox';

const Picture = Type.Object({
  bytesBase64Encoded: Type.Optional(Type.String()),
  uri: Type.Optional(Type.String({ description: 'An http(s) address' })),
  mimeType: Type.Optional(Type.String()),
});

const Instance = Type.Object({
  prompt: Type.Optional(Type.String()),
  image: Type.Optional(Picture),
  lastFrame: Type.Optional(Picture),
  referenceImages: Type.Optional(
    Type.Array(Type.Object({ image: Picture, referenceType: Type.Optional(Type.String()) })),
  ),
  video: Type.Optional(Picture),
});

const Parameters = Type.Object({
  sampleCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  durationSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  aspectRatio: Type.Optional(Type.String({ examples: ['16:9'] })),
  resolution: Type.Optional(Type.String({ examples: ['720p', '1080p', '4k'] })),
  personGeneration: Type.Optional(Type.String()),
  negativePrompt: Type.Optional(Type.String()),
  enhancePrompt: Type.Optional(Type.Boolean()),
  seed: Type.Optional(Type.Integer()),
  generateAudio: Type.Optional(Type.Boolean()),
  fps: Type.Optional(Type.Integer()),
  compressionQuality: Type.Optional(Type.String()),
  resizeMode: Type.Optional(Type.String()),
  storageUri: Type.Optional(Type.String()),
  pubsubTopic: Type.Optional(Type.String()),
});

export const PREDICT_BODY = Type.Object({
  instances: Type.Array(Instance, { minItems: 1, maxItems: 1 }),
  parameters: Type.Optional(Parameters),
  labels: Type.Optional(Type.Object({}, { description: 'Given back nowhere' })),
  webhookConfig: Type.Optional(Type.Object({ uris: Type.Optional(Type.Array(Type.String())) })),
});

export const FETCH_BODY = Type.Object({ operationName: Type.String() });
