/** What the generations dialect documents of its requests. */

import { Type } from 'typebox';

const text = (description: string) => Type.Optional(Type.String({ description }));
const integer = (description: string) => Type.Optional(Type.Integer({ description }));
const seconds = (description: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 9999 }), Type.String({ pattern: '^\\d{1,4}$' })], { description }),
  );
const pictures = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

const ExtraBody = Type.Object(
  {
    audio: Type.Optional(Type.Boolean()),
    seed: Type.Optional(Type.Integer()),
    bgm: Type.Optional(Type.Boolean()),
  },
  { description: 'Further parameters; counts before metadata' },
);

const Metadata = Type.Object(
  {
    negative_prompt: text('What the video should not show'),
    image_tail: text('Last frame'),
    image_urls: pictures('Frames in their order'),
    duration: seconds('Length in seconds'),
    resolution: text('Such as 720p'),
    mode: text('Kling’s std, pro or 4k: the resolution'),
    aspect_ratio: text('Such as 16:9'),
    seed: integer('Random seed'),
    bgm: Type.Optional(Type.Boolean()),
    payload: text('Given back unread'),
    callback_url: text('Told when the job has ended'),
    req_key: text('Jimeng’s name of the model'),
  },
  { description: 'Of these, what stands at the top counts; further keys go to the vendor where the model allows them' },
);

export const CREATE_BODY = Type.Object({
  model: Type.String({ description: 'A model, or a bundled name that fixes some of its fields' }),
  prompt: text('What to show'),
  image: text('First frame: URL, base64 or data URI'),
  last_image: text('Last frame; needs a first one'),
  images: pictures('As image; two are first and last frame'),
  reference_image_urls: pictures('Pictures of what is to be seen, for models that take them'),
  duration: seconds('Length in seconds'),
  seconds: seconds('Another name of duration'),
  size: Type.Optional(Type.String({ description: 'Exact pixels, or a label', examples: ['1920x1080', '720p'] })),
  width: integer('In pixels, with height'),
  height: integer('In pixels, with width'),
  resolution: text('Such as 720p'),
  aspect_ratio: Type.Optional(Type.String({ examples: ['16:9', '9:16'] })),
  negative_prompt: text('What the video should not show'),
  fps: integer('Frames a second'),
  seed: integer('Random seed'),
  n: integer('Number of videos'),
  watermark: Type.Optional(Type.Boolean()),
  callback_url: text('Told when the job has ended'),
  response_format: text('The answer is always a URL'),
  user: text('Who of your users it is for'),
  extra_body: Type.Optional(ExtraBody),
  metadata: Type.Optional(Metadata),
});
