/** What MiniMax documents of its requests. */

import { Type } from 'typebox';

const picture = (description: string) => Type.Optional(Type.String({ description: `${description}: URL or data URI` }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

const Subject = Type.Object({
  type: Type.Optional(Type.String({ description: 'character' })),
  image: Type.Array(Type.String(), { description: 'URLs or data URIs' }),
});

export const CREATE_BODY = Type.Object({
  model: Type.String({ examples: ['MiniMax-Hailuo-2.3'] }),
  prompt: Type.Optional(Type.String({ description: 'Camera commands may stand in it in [brackets]' })),
  duration: Type.Optional(Type.Integer({ examples: [6, 10] })),
  resolution: Type.Optional(Type.String({ examples: ['768P', '1080P'] })),
  first_frame_image: picture('First frame'),
  last_frame_image: picture('Last frame'),
  subject_reference: Type.Optional(Type.Array(Subject)),
  prompt_optimizer: flag('Passed to vendors that have it'),
  fast_pretreatment: flag('Passed to vendors that have it'),
  aigc_watermark: flag('Whether the video bears a watermark'),
  callback_url: Type.Optional(Type.String({ description: 'Told when the task has ended' })),
});

const Item = Type.Object({
  type: Type.String({ description: 'text, image_url, video_url or audio_url' }),
  text: Type.Optional(Type.String()),
  image_url: Type.Optional(Type.Object({ url: Type.String() })),
  video_url: Type.Optional(Type.Object({ url: Type.String() })),
  audio_url: Type.Optional(Type.Object({ url: Type.String() })),
  role: Type.Optional(Type.String({ description: 'What the file is for' })),
});

export const CREATE_BODY_V2 = Type.Object({
  model: Type.String({ examples: ['MiniMax-H3'] }),
  content: Type.Array(Item),
  resolution: Type.Optional(Type.String({ examples: ['768P', '2K'] })),
  duration: Type.Optional(Type.Integer({ minimum: 1 })),
  ratio: Type.Optional(Type.String({ examples: ['adaptive', '16:9'] })),
  callback_url: Type.Optional(Type.String({ description: 'Told when the task has ended' })),
  aigc_watermark: flag('Whether the video bears a watermark'),
});

export const TASK_QUERY = Type.Object({ task_id: Type.String() });
export const FILE_QUERY = Type.Object({
  file_id: Type.String({ description: 'As the query of the task answered it' }),
});
export const LIST_QUERY = Type.Object({
  page_num: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
});
