/** The body of a task of Kling's second generation: contents, settings and options. */

import { property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole } from '../../model/request.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { common, given, objectsIn, seenBy } from './parts.ts';
import { TASKS } from './plan.ts';
import { refusal } from './refuse.ts';
import { MOTION_SOUNDS, TASK_MODELS, USUAL_ORIENTATION } from './tables.ts';
import type { Sound, TaskPath } from './tables.ts';

type TaskPlan = { readonly path: TaskPath; readonly model: string };

const CONTENT_TYPES: Readonly<Partial<Record<InputRole, string>>> = {
  first_frame: 'first_frame',
  last_frame: 'last_frame',
  reference_image: 'refer_image',
  reference_video: 'feature_video',
  source_video: 'base_video',
};
/** A motion is of one picture and one video. */
const MOTION_TYPES: Readonly<Partial<Record<InputRole, string>>> = { first_frame: 'image', motion_video: 'video' };

/** Throws a refusal for what the wire cannot say. */
export function taskBody(spec: VideoSpec, { path, model }: TaskPlan, io: ProviderIo): JsonObject {
  if (spec.negativePrompt !== null)
    throw refusal('channel_unfit', 'Kling takes no negative prompt for this model. Say in the prompt what to avoid.');
  const types = path === 'motion-control' ? MOTION_TYPES : CONTENT_TYPES;
  const contents: Json[] = [
    ...spec.inputs.map((input) => ({ type: types[input.role] ?? input.role, url: seenBy(input, io) })),
    ...objectsIn(spec.vendor, 'element_list').map((element) => ({ ...element, type: 'element' })),
    ...objectsIn(spec.vendor, 'voice_list').map((voice) => ({ ...voice, type: 'voice' })),
  ];
  const isText = path === 'text-to-video';
  const prompt = spec.prompt === null ? [] : [{ type: 'prompt', text: spec.prompt }];
  const all = isText ? contents : [...prompt, ...contents];
  return {
    ...(isText ? { prompt: spec.prompt } : {}),
    ...(all.length === 0 ? {} : { contents: all }),
    settings: settings(spec, { path, model }),
    options: common(spec, TASKS, io),
  };
}

function settings(spec: VideoSpec, { path, model }: TaskPlan): JsonObject {
  const isMotion = path === 'motion-control';
  return given({
    resolution: spec.resolution,
    // Pictures and videos have a shape of their own.
    aspect_ratio: spec.mode === 'text' || spec.mode === 'reference' ? spec.ratio : null,
    duration: isMotion ? null : spec.seconds,
    audio: soundOf(spec, isMotion, isMotion ? MOTION_SOUNDS : (TASK_MODELS[model]?.sounds ?? [])),
    multi_shot: property(spec.vendor, 'multi_shot') ?? null,
    character_orientation: isMotion ? (property(spec.vendor, 'character_orientation') ?? USUAL_ORIENTATION) : null,
  });
}

/** The first of what is wished for that the model offers. A motion keeps the sound of its video unless told otherwise. */
function soundOf(spec: VideoSpec, isMotion: boolean, offered: readonly Sound[]): Sound | null {
  const keeps = property(spec.vendor, 'keep_original_sound') ?? null;
  const isOpen = isMotion && keeps === null && !spec.audio;
  const wishes: readonly Sound[] = [
    ...(spec.audio ? (['native'] as const) : []),
    ...(spec.audio || keeps === 'yes' ? (['original'] as const) : []),
    'off',
  ];
  return isOpen ? null : (wishes.find((wish) => offered.includes(wish)) ?? null);
}
