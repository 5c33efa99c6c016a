/** What the Ark dialect documents of its requests. */

import { Type } from 'typebox';

const Words = (words: readonly string[], description: string) =>
  Type.Optional(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      { description },
    ),
  );

const Link = (description: string) => Type.Object({ url: Type.String({ description }) });

const Content = Type.Union(
  [
    Type.Object({
      type: Type.Literal('text'),
      text: Type.String({ description: 'The prompt; flags such as `--rs 720p` are taken out of it' }),
    }),
    Type.Object({
      type: Type.Literal('image_url'),
      image_url: Link('URL or data URI'),
      role: Words(['first_frame', 'last_frame', 'reference_image'], 'May be left out of a single picture'),
    }),
    Type.Object({
      type: Type.Literal('video_url'),
      video_url: Link('URL'),
      role: Words(['reference_video'], 'What the video is for'),
    }),
    Type.Object({
      type: Type.Literal('audio_url'),
      audio_url: Link('URL or data URI'),
      role: Words(['reference_audio'], 'What the sound is for'),
    }),
  ],
  { description: 'Words, pictures, videos and sounds' },
);

export const CREATE_BODY = Type.Object({
  model: Type.String({ description: 'A model, or a bundled name that fixes some of its fields' }),
  content: Type.Array(Content),
  callback_url: Type.Optional(Type.String({ description: 'Told in the shape of a queried task, without a signature' })),
  return_last_frame: Type.Optional(Type.Boolean({ description: 'Not used: the last frame is part of the video' })),
  service_tier: Words(['default', 'flex'], 'flex is cheaper, and made when the vendor has time'),
  execution_expires_after: Type.Optional(
    Type.Integer({ minimum: 3600, maximum: 259_200, description: 'Not used: the model decides the deadline' }),
  ),
  generate_audio: Type.Optional(Type.Boolean({ description: 'Whether the video has sound' })),
  draft: Type.Optional(Type.Boolean({ description: 'A preview of 480p, with models that have it' })),
  tools: Type.Optional(Type.Array(Type.Object({ type: Type.String({ examples: ['web_search'] }) }))),
  safety_identifier: Type.Optional(Type.String({ maxLength: 64 })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
  resolution: Type.Optional(Type.String({ examples: ['480p', '720p', '1080p', '4k'] })),
  ratio: Type.Optional(Type.String({ examples: ['16:9', 'adaptive'] })),
  duration: Type.Optional(Type.Integer({ description: 'Length in seconds; -1 leaves it open' })),
  frames: Type.Optional(
    Type.Integer({ minimum: 29, maximum: 289, description: '25 + 4n at 24 frames a second; wins over duration' }),
  ),
  seed: Type.Optional(Type.Integer({ minimum: -1, maximum: 4_294_967_295 })),
  camera_fixed: Type.Optional(Type.Boolean()),
  watermark: Type.Optional(Type.Boolean()),
  output_format: Words(['mp4', 'mov'], 'With models that have it'),
  omni_reference_task_type: Words(['auto', 'reference', 'edit', 'extend'], 'With models that have it'),
});

export const LIST_QUERY = Type.Object({
  page_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 20 })),
  'filter.status': Words(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'], 'Tasks of this status'),
  'filter.task_ids': Type.Optional(Type.Array(Type.String(), { description: 'Repeated once for each id' })),
  'filter.model': Type.Optional(Type.String({ description: 'Tasks made with this name of a model' })),
  'filter.service_tier': Words(['default', 'flex'], 'Tasks of flex are left out unless asked for'),
});
