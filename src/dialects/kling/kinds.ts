/** The kinds of video under `/v1/videos`: what each takes, what it makes, and the model it means where none is named. */

import type { InputRole, ReadRequest, Scene } from '../../model/request.ts';
import type { ModeName } from '../../model/spec.ts';
import {
  readAvatar,
  readEarlierVideo,
  readEffect,
  readFaces,
  readLipSync,
  readOmni,
  readPictures,
} from './read-inputs.ts';
import type { ReadInputs } from './read-inputs.ts';
import { EFFECT_INPUT, kindBody, LIP_SYNC_INPUT } from './schema.ts';

export type Kind = {
  /** What follows `/v1/videos/` in the address. */
  readonly path: string;
  readonly summary: string;
  readonly model: string;
  readonly scene: Scene | null;
  /** What the kind makes: its list is of the jobs that were made in these ways, through whichever API. */
  readonly modes: readonly ModeName[];
  readonly fields: readonly string[];
  /** Without these there is no request of the kind; whatever else is needed, the model says. */
  readonly required: readonly string[];
  readonly bodySchema: object;
  /** Fields that hold one file each. */
  readonly files: Readonly<Record<string, InputRole>>;
  /** Where a file belongs that a model may need and the kind does not. */
  readonly roleParams: ReadRequest['roleParams'];
  readonly readInputs: ReadInputs | null;
};

const COMMON = ['model_name', 'model', 'watermark_info', 'callback_url', 'external_task_id'];
const WORDS = ['prompt', 'negative_prompt'];
const SHAPE = ['mode', 'duration', 'aspect_ratio'];
const SHOTS = ['multi_shot', 'shot_type', 'multi_prompt', 'element_list'];
const PLAIN = [...COMMON, ...WORDS, ...SHAPE, ...SHOTS, 'cfg_scale', 'sound', 'camera_control', 'voice_list'];

type Draft = Pick<Kind, 'path' | 'summary' | 'model' | 'modes' | 'fields'> &
  Partial<Pick<Kind, 'scene' | 'required' | 'files' | 'roleParams' | 'readInputs'>> & {
    readonly input?: typeof EFFECT_INPUT;
  };

function kind({ input, ...draft }: Draft): Kind {
  const required = draft.required ?? [];
  return {
    scene: null,
    files: {},
    roleParams: {},
    readInputs: null,
    ...draft,
    required,
    bodySchema: kindBody(draft.fields, required, input ?? null),
  };
}

export const KINDS: readonly Kind[] = [
  kind({
    path: 'text2video',
    summary: 'Create a video from text',
    model: 'kling-v1',
    modes: ['text'],
    fields: PLAIN,
    roleParams: { first_frame: 'image2video' },
  }),
  kind({
    path: 'image2video',
    summary: 'Create a video from a first frame, or between two',
    model: 'kling-v1',
    modes: ['first_frame', 'first_last'],
    fields: [...PLAIN, 'image', 'image_tail', 'static_mask', 'dynamic_masks'],
    required: ['image'],
    files: { image: 'first_frame', image_tail: 'last_frame' },
  }),
  kind({
    path: 'multi-image2video',
    summary: 'Create a video from reference pictures',
    model: 'kling-v1-6',
    modes: ['reference'],
    fields: [...COMMON, ...WORDS, ...SHAPE, 'image_list'],
    required: ['image_list'],
    readInputs: readPictures,
  }),
  kind({
    path: 'omni-video',
    summary: 'Create a video from anything, or edit one',
    model: 'kling-video-o1',
    modes: ['text', 'first_frame', 'first_last', 'reference', 'edit'],
    fields: [...COMMON, 'prompt', ...SHAPE, ...SHOTS, 'sound', 'voice_list', 'image_list', 'video_list'],
    roleParams: { first_frame: 'image_list' },
    readInputs: readOmni,
  }),
  kind({
    path: 'video-extend',
    summary: 'Extend a video',
    model: 'kling-v1-6',
    scene: 'extend',
    modes: ['extend'],
    fields: [...COMMON, ...WORDS, 'cfg_scale', 'video_id'],
    required: ['video_id'],
    readInputs: readEarlierVideo,
  }),
  kind({
    path: 'motion-control',
    summary: 'Let a character move as in a video',
    model: 'kling-v2-6',
    scene: 'motion_control',
    modes: ['motion_control'],
    fields: [
      ...COMMON,
      'prompt',
      'mode',
      'image_url',
      'video_url',
      'character_orientation',
      'keep_original_sound',
      'element_list',
    ],
    required: ['image_url', 'video_url'],
    files: { image_url: 'first_frame', video_url: 'motion_video' },
  }),
  kind({
    path: 'effects',
    summary: 'Apply an effect to one or two pictures',
    model: 'kling-v1-6',
    scene: 'template_effect',
    modes: ['template_effect'],
    fields: [...COMMON, 'effect_scene', 'input'],
    required: ['effect_scene', 'input'],
    roleParams: { reference_image: 'input.images' },
    readInputs: readEffect,
    input: EFFECT_INPUT,
  }),
  kind({
    path: 'lip-sync',
    summary: 'Let a face in a video say something',
    model: 'Kling-Lip-Sync',
    scene: 'lip_sync',
    modes: ['lip_sync'],
    fields: [...COMMON, 'input'],
    required: ['input'],
    roleParams: { source_video: 'input.video_url' },
    readInputs: readLipSync,
    input: LIP_SYNC_INPUT,
  }),
  kind({
    path: 'advanced-lip-sync',
    summary: 'Let a chosen face in a video say something',
    model: 'Kling-Lip-Sync',
    scene: 'lip_sync',
    modes: ['lip_sync'],
    fields: [...COMMON, 'session_id', 'video_id', 'video_url', 'face_choose'],
    required: ['face_choose'],
    roleParams: { source_video: 'video_id' },
    readInputs: readFaces,
  }),
  kind({
    path: 'avatar/image2video',
    summary: 'Let a picture speak',
    model: 'Kling-Avatar',
    scene: 'avatar_i2v',
    modes: ['avatar_i2v'],
    fields: [...COMMON, 'prompt', 'mode', 'image', 'audio_id', 'sound_file'],
    required: ['image'],
    files: { image: 'first_frame', sound_file: 'audio' },
    readInputs: readAvatar,
  }),
];
