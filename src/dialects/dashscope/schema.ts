/** What DashScope documents of its requests. */

import { Type } from 'typebox';

const link = (description: string) => Type.Optional(Type.String({ description: `${description}: URL or data URI` }));

const Medium = Type.Object({
  type: Type.String({ description: 'What the file is for, such as first_frame or reference_image' }),
  url: Type.String(),
  reference_voice: Type.Optional(Type.String()),
});

const Input = Type.Object({
  prompt: Type.Optional(Type.String()),
  negative_prompt: Type.Optional(Type.String()),
  img_url: link('First frame'),
  first_frame_url: link('First frame'),
  last_frame_url: link('Last frame'),
  audio_url: link('Sound track'),
  reference_urls: Type.Optional(Type.Array(Type.String(), { description: 'Pictures and videos to refer to' })),
  template: Type.Optional(Type.String({ description: 'Name of an effect' })),
  media: Type.Optional(Type.Array(Medium)),
});

const Parameters = Type.Object({
  size: Type.Optional(Type.String({ examples: ['1280*720'] })),
  resolution: Type.Optional(Type.String({ examples: ['720P', '1080P'] })),
  ratio: Type.Optional(Type.String({ examples: ['16:9'] })),
  duration: Type.Optional(Type.Integer({ minimum: 1 })),
  prompt_extend: Type.Optional(Type.Boolean()),
  shot_type: Type.Optional(Type.String({ description: 'single or multi' })),
  audio: Type.Optional(Type.Boolean()),
  watermark: Type.Optional(Type.Boolean()),
  seed: Type.Optional(Type.Integer()),
  audio_setting: Type.Optional(Type.String({ description: 'auto or origin' })),
});

export const CREATE_BODY = Type.Object({
  model: Type.String(),
  input: Input,
  parameters: Type.Optional(Parameters),
});

export const LIST_QUERY = Type.Object({
  page_no: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
  status: Type.Optional(Type.String({ examples: ['SUCCEEDED'] })),
  model_name: Type.Optional(Type.String()),
});
