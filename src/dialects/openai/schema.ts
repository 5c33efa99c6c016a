/** What the OpenAPI document says of what is sent to `/v1/videos`; reading is done by `read-create.ts` and `read-query.ts`. */

import { Type } from 'typebox';

import { ASSET_VARIANTS } from '../../model/job.ts';
import { MOTION_LEVELS, SCENES } from '../../model/request.ts';
import { MAX_FILE_INFOS } from './read-file-infos.ts';
import { DEFAULT_LIMIT, MAX_LIMIT, ORDERS } from './read-query.ts';

const Seconds = (description: string) =>
  Type.Union([Type.String({ pattern: '^\\d{1,4}$' }), Type.Integer({ minimum: 1, maximum: 9999 })], { description });

const Toggle = (description: string) =>
  Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')], { description });

const Words = (words: readonly string[], description: string) =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    { description },
  );

const Link = Type.Union([
  Type.String({ description: 'URL, base64 or data URI' }),
  Type.Object({ image_url: Type.String({ description: 'URL or data URI' }) }),
]);

const FileInfo = Type.Object({
  type: Type.Optional(Words(['Url', 'Base64'], 'Which key holds the file')),
  category: Type.Optional(Words(['Image', 'Video', 'Audio'], 'What kind of file it is')),
  url: Type.Optional(Type.String()),
  base64: Type.Optional(Type.String()),
  usage: Type.Optional(Words(['FirstFrame', 'LastFrame', 'Reference'], 'What the file is for')),
  reference_type: Type.Optional(Type.String()),
});

const OutputConfig = Type.Object(
  {
    resolution: Type.Optional(Type.String({ examples: ['720P', '1080P'] })),
    aspect_ratio: Type.Optional(Type.String({ examples: ['16:9', '9:16', '1:1'] })),
    duration: Type.Optional(Seconds('Length in seconds')),
    audio_generation: Type.Optional(Toggle('Whether the video has sound')),
    enable_bgm: Type.Optional(Toggle('Whether music is added')),
    person_generation: Type.Optional(Type.String()),
    input_compliance_check: Type.Optional(Toggle('Passed to vendors that have it')),
    output_compliance_check: Type.Optional(Toggle('Passed to vendors that have it')),
    enhance_switch: Type.Optional(Toggle('Passed to vendors that have it')),
    frame_interpolate: Type.Optional(Toggle('Passed to vendors that have it')),
    logo_add: Type.Optional(Toggle('Passed to vendors that have it')),
  },
  { description: 'The most specific place for the output; resolution, aspect ratio and sound given here win' },
);

const Metadata = Type.Object(
  {
    output_config: Type.Optional(OutputConfig),
    scene_type: Type.Optional(Words(SCENES, 'Special ways of making a video')),
    motion_level: Type.Optional(Words(MOTION_LEVELS, 'Quality of motion control')),
    offpeak: Type.Optional(Type.Boolean({ description: 'Cheaper, and made when the vendor has time' })),
    first_frame_url: Type.Optional(Type.String()),
    last_frame_url: Type.Optional(Type.String({ description: 'Last frame; needs a first one' })),
    video_url: Type.Optional(Type.String({ description: 'Reference, motion or source video' })),
    audio_url: Type.Optional(Type.String({ description: 'Sound track of a talking or lip-synced video' })),
    file_infos: Type.Optional(Type.Array(FileInfo, { maxItems: MAX_FILE_INFOS })),
    ext_info: Type.Optional(Type.String({ description: 'JSON text passed to the vendor' })),
    seconds: Type.Optional(Seconds('Length, if not given at the top')),
    duration: Type.Optional(Seconds('Length, if not given at the top')),
    video_duration: Type.Optional(Seconds('Length, if not given at the top')),
    resolution: Type.Optional(Type.String()),
    aspect_ratio: Type.Optional(Type.String()),
    negative_prompt: Type.Optional(Type.String()),
    seed: Type.Optional(Type.Integer()),
    callback_url: Type.Optional(Type.String()),
  },
  { description: 'Extended parameters; further keys go to the vendor where the model allows them' },
);

const CREATE_FIELDS = {
  prompt: Type.Optional(Type.String()),
  seconds: Type.Optional(Seconds('Length in seconds; wins over every other place')),
  duration: Type.Optional(Seconds('Length in seconds, if `seconds` is absent')),
  size: Type.Optional(Type.String({ examples: ['720x1280', '1280x720', '720P'] })),
  aspect_ratio: Type.Optional(Type.String({ examples: ['16:9'] })),
  image: Type.Optional(Link),
  images: Type.Optional(Type.Array(Link)),
  input_reference: Type.Optional(
    Type.Union([Link, Type.Array(Link)], { description: 'In a form also an uploaded file' }),
  ),
  video_url: Type.Optional(Type.String()),
  audio_url: Type.Optional(Type.String()),
  sound_file: Type.Optional(Type.String()),
  generate_audio: Type.Optional(Type.Boolean()),
  negative_prompt: Type.Optional(Type.String()),
  seed: Type.Optional(Type.Integer()),
  fps: Type.Optional(Type.Integer()),
  n: Type.Optional(Type.Integer({ minimum: 1 })),
  watermark: Type.Optional(Type.Boolean()),
  callback_url: Type.Optional(Type.String({ description: 'Told when the job has ended' })),
  payload: Type.Optional(Type.String({ description: 'Given back unread' })),
  user: Type.Optional(Type.String()),
  metadata: Type.Optional(Metadata),
};
const EITHER_FORM = { description: 'Sent as JSON or as multipart/form-data' };
const Model = Type.String({ description: 'A model, or a bundled name that fixes some of its fields' });
const OtherModel = Type.Optional(Type.String({ description: 'Of the other video, unless given' }));
const Video = Type.Union([Type.Object({ id: Type.String() }), Type.String({ description: 'URL, data URI or id' })], {
  description: 'A finished video of yours, or another one; in a form also an uploaded file',
});

export const CREATE_BODY = Type.Object({ model: Model, ...CREATE_FIELDS }, EITHER_FORM);

export const REMIX_BODY = Type.Object({ model: OtherModel, ...CREATE_FIELDS }, EITHER_FORM);

export const EDIT_BODY = Type.Object({ video: Video, model: OtherModel, ...CREATE_FIELDS }, EITHER_FORM);

export const EXTENSION_BODY = Type.Object(
  { video: Video, model: OtherModel, ...CREATE_FIELDS, seconds: Seconds('Length of the new part') },
  EITHER_FORM,
);

export const CHARACTER_BODY = Type.Object({ name: Type.String(), video: Type.String() }, EITHER_FORM);

export const LIST_QUERY = Type.Object({
  ids: Type.Optional(Type.String({ description: 'Up to 100 ids with commas between them, in place of a page' })),
  after: Type.Optional(Type.String({ description: 'The id of the last video of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
  order: Type.Optional(Words(ORDERS, 'By the time of creation; newest first by default')),
});

export const CONTENT_QUERY = Type.Object({
  variant: Type.Optional(Words(ASSET_VARIANTS, 'The video by default')),
});
