/** What the native dialect takes: the canonical request, field by field. */

import { Type } from 'typebox';

import { ASSET_VARIANTS, JOB_STATES } from '../../model/job.ts';
import { INPUT_ROLES, MOTION_LEVELS, SCENES } from '../../model/request.ts';

const words = (values: readonly string[], description: string) =>
  Type.Optional(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description },
    ),
  );

/** Roles that the model may choose between. */
export const ROLES = [...INPUT_ROLES, 'image', 'video'] as const;

const Input = Type.Object({
  role: words(ROLES, 'What the file is for; image and video leave that to the model'),
  url: Type.Optional(Type.String()),
  data: Type.Optional(Type.String({ description: 'Base64 or a data URI' })),
  video_id: Type.Optional(Type.String({ description: 'The video of an earlier job of yours' })),
});

export const CREATE_BODY = Type.Object({
  model: Type.String({ description: 'A model, or a bundled name that fixes some of its fields' }),
  prompt: Type.Optional(Type.String()),
  negative_prompt: Type.Optional(Type.String()),
  inputs: Type.Optional(Type.Array(Input, { description: 'In a form, files may also be named by their role' })),
  scene: words(SCENES, 'Special ways of making a video'),
  seconds: Type.Optional(Type.Integer({ minimum: 1 })),
  resolution: Type.Optional(Type.String({ examples: ['720p', '1080p', '4k'] })),
  ratio: Type.Optional(Type.String({ examples: ['16:9'] })),
  size: Type.Optional(Type.String({ examples: ['1280x720'] })),
  fps: Type.Optional(Type.Integer()),
  audio: Type.Optional(Type.Boolean()),
  bgm: Type.Optional(Type.Boolean()),
  seed: Type.Optional(Type.Integer()),
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  off_peak: Type.Optional(Type.Boolean({ description: 'Cheaper, and made when the vendor has time' })),
  motion_level: words(MOTION_LEVELS, 'Quality of motion control'),
  watermark: Type.Optional(Type.Boolean()),
  callback_url: Type.Optional(Type.String({ description: 'Told when the job has ended' })),
  payload: Type.Optional(Type.String({ description: 'Given back unread' })),
  user: Type.Optional(Type.String()),
  external_id: Type.Optional(Type.String({ description: 'Your own id of the job, unique within the account' })),
  vendor: Type.Optional(Type.Object({}, { description: 'Passed to the vendor where the model allows it' })),
});

export const LIST_QUERY = Type.Object({
  after: Type.Optional(Type.String({ description: 'The id of the last video of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  order: words(['asc', 'desc'], 'By the time of creation; newest first by default'),
  state: words(JOB_STATES, 'Only videos in this state'),
  model: Type.Optional(Type.String({ description: 'Only videos of this model, as it was asked for' })),
});

export const CONTENT_QUERY = Type.Object({ variant: words(ASSET_VARIANTS, 'The video by default') });
