/** What the Jimeng dialect documents of its requests. */

import { Type } from 'typebox';

export const ACTIONS = ['CVSync2AsyncSubmitTask', 'CVSync2AsyncGetResult'] as const;
export type Action = (typeof ACTIONS)[number];
export const VERSION = '2022-08-31';

export const QUERY = Type.Object({
  Action: Type.Union(ACTIONS.map((action) => Type.Literal(action))),
  Version: Type.Optional(Type.Literal(VERSION)),
});

const ReqKey = Type.String({
  description: 'The vendor’s name of a product, or any model',
  examples: ['jimeng_t2v_v30'],
});
const link = (description: string) => Type.Optional(Type.String({ description }));
const links = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

const Submit = Type.Object(
  {
    req_key: ReqKey,
    prompt: Type.Optional(Type.String()),
    image_urls: links('One picture is the first frame, two are the first and the last'),
    binary_data_base64: links('The same as base64'),
    seed: Type.Optional(Type.Integer({ minimum: -1 })),
    frames: Type.Optional(Type.Integer({ description: '24 for each second and one more: 121 or 241' })),
    aspect_ratio: Type.Optional(Type.String({ examples: ['16:9', '9:16'] })),
    image_url: link('The picture of a product that takes one'),
    audio_url: link('The sound of a product that takes one'),
    video_url: link('The video of a product that takes one'),
    output_resolution: Type.Optional(Type.Union([Type.Literal(720), Type.Literal(1080)])),
    template_id: Type.Optional(Type.String({ description: 'Movement of the camera, with models that have it' })),
    camera_strength: Type.Optional(Type.String({ description: 'weak, medium or strong' })),
    pe_fast_mode: Type.Optional(Type.Boolean({ description: 'With models that have it' })),
    mask_url: links('With models that have it'),
  },
  { description: 'Of CVSync2AsyncSubmitTask' },
);

const GetResult = Type.Object(
  {
    req_key: Type.Optional(ReqKey),
    task_id: Type.String(),
    req_json: Type.Optional(
      Type.String({ description: 'JSON text; videos carry no hidden watermark, so it is not used' }),
    ),
  },
  { description: 'Of CVSync2AsyncGetResult' },
);

export const BODY = Type.Union([Submit, GetResult]);
