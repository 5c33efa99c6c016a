/** What the unified dialect documents of its requests. */

import { Type } from 'typebox';

const word = (description: string) => Type.Optional(Type.String({ description }));

export const CREATE_BODY = Type.Object({
  model: Type.String({ description: 'A model, or a bundled name that fixes some of its fields' }),
  prompt: Type.Optional(Type.String()),
  images: Type.Optional(
    Type.Array(Type.String(), { description: 'URLs, data URIs or base64; what they are for, the model decides' }),
  ),
  orientation: Type.Optional(Type.Union([Type.Literal('portrait'), Type.Literal('landscape')])),
  aspect_ratio: Type.Optional(Type.String({ examples: ['16:9', '9:16'] })),
  size: Type.Optional(
    Type.String({ description: 'Exact pixels, a label, small or large', examples: ['720x1280', '720P', 'large'] }),
  ),
  resolution: Type.Optional(Type.String({ examples: ['720p', '1080p'] })),
  duration: Type.Optional(Type.Integer({ minimum: 1, description: 'Length in seconds; 8 is usual for Veo' })),
  enable_upsample: Type.Optional(Type.Boolean({ description: 'Raises the resolution to 1080p; landscape only' })),
  enhance_prompt: Type.Optional(Type.Boolean({ description: 'Passed to vendors that have it' })),
  watermark: Type.Optional(Type.Boolean()),
  negative_prompt: word('What the video should not show'),
  seed: Type.Optional(Type.Integer()),
  callback_url: word('Told when the job has ended'),
  private: Type.Optional(Type.Boolean({ description: 'Passed to vendors that have it' })),
  style: word('Passed to vendors that have it'),
  character_url: word('Passed to vendors that have it'),
  character_timestamps: word('Passed to vendors that have it'),
  storyboard: word('Passed to vendors that have it'),
  veo_fl_close: Type.Optional(Type.Boolean({ description: 'Passed to vendors that have it' })),
});

export const QUERY = Type.Object({
  id: Type.Optional(Type.String({ description: 'The id that the create answered' })),
  task_id: Type.Optional(Type.String({ description: 'Another name of id' })),
});
