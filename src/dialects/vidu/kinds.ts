/** The kinds of tasks that Vidu's API makes, each at an address of its own, as a table. */

import type { ReadRequest, Scene } from '../../model/request.ts';
import type { Place } from '../fields.ts';
import type { Findings } from '../findings.ts';
import { readFrames, readKeyFrames, readPictures, readReferences, readSourceVideo, readSpeech } from './read-inputs.ts';
import type { Given } from './read-inputs.ts';
import type { FieldName } from './task-fields.ts';

export type Kind = {
  /** After the base of the addresses. */
  readonly path: string;
  readonly summary: string;
  readonly scene: Scene | null;
  /** The model of a request that names none; null where the request has to. */
  readonly model: string | null;
  readonly fields: readonly FieldName[];
  /** Fields that must be there, the model aside. */
  readonly required: readonly FieldName[];
  /** The fields that `readInputs` reads. */
  readonly inputFields: readonly InputField[];
  readonly roleParams: ReadRequest['roleParams'];
  readInputs(top: Place, into: Findings): Given;
};

export type InputField =
  | 'images'
  | 'videos'
  | 'subjects'
  | 'sounds'
  | 'start_image'
  | 'image_settings'
  | 'video_url'
  | 'video_creation_id'
  | 'audio_url'
  | 'text';

const TASK_FIELDS = [
  'watermark',
  'wm_position',
  'wm_url',
  'meta_data',
  'payload',
  'callback_url',
  'client_request_id',
] as const;
const SHOT_FIELDS = ['duration', 'seed', 'resolution', 'movement_amplitude', 'bgm', 'audio', 'off_peak'] as const;
const PICTURE_FIELDS = ['model', 'prompt', 'is_rec', 'audio_type', 'voice_id', ...SHOT_FIELDS, ...TASK_FIELDS] as const;
const VOICE_FIELDS = ['speed', 'volume', 'voice', 'voice_id', 'character_id', 'language', 'ref_photo_url'] as const;

const NOTHING_BESIDE = { scene: null, model: null, required: [] } as const;
const IMAGES = ['images'] as const;

export const KINDS: readonly Kind[] = [
  {
    ...NOTHING_BESIDE,
    path: 'text2video',
    summary: 'Make a video of a text',
    fields: ['model', 'style', 'prompt', 'aspect_ratio', ...SHOT_FIELDS, ...TASK_FIELDS],
    inputFields: [],
    roleParams: {},
    readInputs: () => ({ inputs: [] }),
  },
  {
    ...NOTHING_BESIDE,
    path: 'img2video',
    summary: 'Make a video that begins with a picture',
    fields: PICTURE_FIELDS,
    inputFields: IMAGES,
    roleParams: { first_frame: 'images' },
    readInputs: (top, into) => readFrames(top, ['first_frame'], into),
  },
  {
    ...NOTHING_BESIDE,
    path: 'start-end2video',
    summary: 'Make a video from one picture to another',
    fields: PICTURE_FIELDS,
    inputFields: IMAGES,
    roleParams: { first_frame: 'images', last_frame: 'images' },
    readInputs: (top, into) => readFrames(top, ['first_frame', 'last_frame'], into),
  },
  {
    ...NOTHING_BESIDE,
    path: 'reference2video',
    summary: 'Make a video with what pictures and videos show',
    fields: ['model', 'prompt', 'aspect_ratio', 'audio_type', 'auto_subjects', ...SHOT_FIELDS, ...TASK_FIELDS],
    inputFields: ['images', 'videos', 'subjects', 'sounds'],
    roleParams: { reference_image: 'images', reference_video: 'videos' },
    readInputs: readReferences,
  },
  {
    path: 'multiframe',
    summary: 'Make a video through several pictures',
    scene: 'multi_frame',
    model: null,
    fields: ['model', 'resolution', ...TASK_FIELDS],
    required: [],
    inputFields: ['start_image', 'image_settings'],
    roleParams: { first_frame: 'start_image', reference_image: 'image_settings' },
    readInputs: readKeyFrames,
  },
  {
    path: 'template',
    summary: 'Make an effect with pictures',
    scene: 'template_effect',
    model: 'Vidu-template',
    fields: ['template', 'prompt', 'seed', 'bgm', ...TASK_FIELDS],
    required: ['template'],
    inputFields: IMAGES,
    roleParams: { reference_image: 'images' },
    readInputs: readPictures,
  },
  {
    path: 'template-story',
    summary: 'Make a story with pictures',
    scene: 'template_effect',
    model: 'Vidu-template',
    fields: ['story', ...TASK_FIELDS],
    required: ['story'],
    inputFields: IMAGES,
    roleParams: { reference_image: 'images' },
    readInputs: readPictures,
  },
  {
    path: 'lip-sync',
    summary: 'Give a video another speech',
    scene: 'lip_sync',
    model: 'Vidu-Lip-Sync',
    fields: [...VOICE_FIELDS, ...TASK_FIELDS],
    required: [],
    inputFields: ['video_url', 'video_creation_id', 'audio_url', 'text'],
    roleParams: { source_video: 'video_url', audio: 'audio_url' },
    readInputs: readSpeech,
  },
  {
    path: 'extend',
    summary: 'Make a video longer',
    scene: 'extend',
    model: null,
    fields: ['model', 'prompt', 'duration', 'resolution', ...TASK_FIELDS],
    required: [],
    inputFields: ['video_url', 'video_creation_id', 'images'],
    roleParams: { source_video: 'video_url', last_frame: 'images' },
    readInputs: (top, into) => readSourceVideo(top, into, 'last_frame'),
  },
  {
    path: 'upscale-new',
    summary: 'Make a video larger',
    scene: 'upscale',
    model: 'Vidu-Upscale',
    fields: ['upscale_resolution', ...TASK_FIELDS],
    required: [],
    inputFields: ['video_url', 'video_creation_id'],
    roleParams: { source_video: 'video_url' },
    readInputs: (top, into) => readSourceVideo(top, into, null),
  },
];
