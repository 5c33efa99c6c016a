/** What Kling documents of its requests: the fields of the kinds under `/v1/videos`, and the bodies of the task API. */

import { Type } from 'typebox';
import type { TSchema } from 'typebox';

const word = (description: string) => Type.String({ description });
const file = (description: string) => word(`${description}: URL or base64 without a prefix`);
const words = (...values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)));
const loose = (properties: Record<string, TSchema>) =>
  Type.Object(Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)])));

const Watermark = loose({ enabled: Type.Boolean() });
const Element = loose({ element_id: Type.Union([Type.String(), Type.Integer()]) });
const Voice = loose({ voice_id: Type.String() });

/** Every field of the kinds under `/v1/videos`. */
const FIELDS: Readonly<Record<string, TSchema>> = {
  model_name: Type.String({ examples: ['kling-v3', 'kling-v3-omni'], description: 'A model, or a bundled name' }),
  model: word('Another name of model_name'),
  prompt: word('What to show'),
  negative_prompt: word('What the video should not show'),
  cfg_scale: Type.Number({ minimum: 0, maximum: 1 }),
  mode: words('std', 'pro', '4k'),
  duration: Type.String({ description: 'Length in seconds', examples: ['5', '10'] }),
  aspect_ratio: Type.String({ examples: ['16:9', '9:16', '1:1'] }),
  sound: words('on', 'off'),
  camera_control: loose({ type: Type.String(), config: Type.Object({}) }),
  multi_shot: Type.Boolean(),
  shot_type: words('customize', 'intelligence'),
  multi_prompt: Type.Array(loose({ index: Type.Integer(), prompt: Type.String(), duration: Type.String() })),
  element_list: Type.Array(Element),
  voice_list: Type.Array(Voice),
  watermark_info: Watermark,
  callback_url: word('Told when the job has ended'),
  external_task_id: word('Your own id of the task, unique within the account'),
  image: file('First frame'),
  image_tail: file('Last frame'),
  static_mask: word('URL of a mask'),
  dynamic_masks: Type.Array(Type.Object({})),
  image_list: Type.Array(
    loose({
      image: file('Reference of multi-image2video'),
      image_url: file('Picture of omni-video'),
      type: words('first_frame', 'end_frame'),
    }),
  ),
  video_list: Type.Array(
    loose({ video_url: Type.String(), refer_type: words('feature', 'base'), keep_original_sound: words('yes', 'no') }),
  ),
  image_url: file('The character'),
  video_url: word('URL of a video'),
  video_id: word('A video that an earlier task made'),
  character_orientation: words('image', 'video'),
  keep_original_sound: words('yes', 'no'),
  session_id: word('Passed to vendors that have it'),
  face_choose: Type.Array(
    loose({
      face_id: Type.String(),
      audio_id: Type.String(),
      sound_file: file('Speech'),
      sound_start_time: Type.Number(),
      sound_end_time: Type.Number(),
      sound_insert_time: Type.Number(),
      sound_volume: Type.Number(),
      original_audio_volume: Type.Number(),
    }),
  ),
  audio_id: word('A voice of the vendor'),
  sound_file: file('Speech'),
  effect_scene: Type.String({ examples: ['hug_pro'] }),
};

export const EFFECT_INPUT = loose({
  image: file('The one picture'),
  images: Type.Array(Type.String()),
  model_name: Type.String(),
  mode: words('std', 'pro'),
  duration: Type.String(),
});

export const LIP_SYNC_INPUT = loose({
  mode: words('text2video', 'audio2video'),
  video_id: word('A video that an earlier task made'),
  video_url: Type.String(),
  text: Type.String(),
  voice_id: Type.String(),
  voice_language: words('zh', 'en'),
  voice_speed: Type.Number({ minimum: 0.8, maximum: 2 }),
  audio_type: words('file', 'url'),
  audio_file: file('Speech'),
  audio_url: Type.String(),
});

/** The body with these fields; `input` says what the field of this name holds. */
export function kindBody(fields: readonly string[], required: readonly string[], input: TSchema | null): object {
  const all: Readonly<Record<string, TSchema>> = input === null ? FIELDS : { ...FIELDS, input };
  const properties = fields.map((key) => {
    const schema = all[key];
    if (schema === undefined) throw new Error(`no field ${key} is documented`);
    return [key, required.includes(key) ? schema : Type.Optional(schema)] as const;
  });
  return Type.Object(Object.fromEntries(properties));
}

export const PAGE_QUERY = loose({
  pageNum: Type.Integer({ minimum: 1, maximum: 1000, default: 1 }),
  pageSize: Type.Integer({ minimum: 1, maximum: 500, default: 30 }),
});

export const TASK_BODY = loose({
  prompt: word('What to show, in text-to-video'),
  contents: Type.Array(
    loose({
      type: Type.String({ examples: ['prompt', 'first_frame', 'refer_image', 'base_video'] }),
      text: Type.String(),
      url: file('Picture or video'),
      id: Type.String(),
      element_id: Type.String(),
      voice_id: Type.String(),
    }),
  ),
  settings: loose({
    resolution: words('720p', '1080p', '4k'),
    aspect_ratio: Type.String({ examples: ['16:9'] }),
    duration: Type.Integer({ minimum: 1 }),
    audio: words('native', 'original', 'off'),
    multi_shot: Type.Boolean(),
    character_orientation: words('image', 'video'),
  }),
  options: loose({ callback_url: Type.String(), external_task_id: Type.String(), watermark_info: Watermark }),
});

export const TASKS_QUERY = loose({
  task_ids: word('Ids with commas between them'),
  external_task_ids: word('Your own ids with commas between them'),
});

export const TASKS_BODY = loose({
  start_time: Type.Integer({ description: 'Made at this time or later, in milliseconds since 1970' }),
  end_time: Type.Integer({ description: 'Made before this time' }),
  cursor: word('The next_cursor of the page before'),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  filters: Type.Array(loose({ key: words('status', 'product_type'), values: Type.Array(Type.String()) })),
});
