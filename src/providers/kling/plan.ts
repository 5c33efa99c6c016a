/** Which of Kling's endpoints makes a video: a kind under `/v1/videos`, or a task whose address names the model. Pure. */

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { refusal } from './refuse.ts';
import { KIND_OF_MODE, KINDS, MODES, OMNI_MODELS, OMNI_MODES, TASK_MODELS } from './tables.ts';
import type { Kind, TaskPath } from './tables.ts';

/** Where a task is asked for, kept with it. */
export const TASKS = 'tasks';
export type Home = Kind | typeof TASKS;

export type Plan =
  | { readonly home: Kind; readonly model: string }
  | { readonly home: typeof TASKS; readonly path: TaskPath; readonly model: string };

/** Keys that only `advanced-lip-sync` has a place for. */
const FACE_KEYS = ['face_choose', 'session_id', 'audio_id'];

/** `upstream` names the model, by mode where one name is not enough; the name tells the generation. Throws a refusal. */
export function planOf(spec: VideoSpec, upstream: JsonObject): Plan {
  const model = modelName(spec, upstream);
  checkMotion(spec);
  const path = taskPath(model, spec);
  if (path !== null) return { home: TASKS, path, model };
  const home = kindOf(model, spec);
  if (home === null) throw refusal('channel_unfit', `Kling itself does not offer ${spec.mode}.`);
  return { home, model };
}

/** Here one word says how fine a video is and how well it follows the motion. */
function checkMotion({ motionLevel, resolution }: VideoSpec): void {
  if (motionLevel === null || motionLevel === MODES[resolution]) return;
  throw refusal('channel_unfit', 'Kling makes the motion level std at 720p and pro at 1080p: make the two agree.');
}

/** Where the task of a spec is made, whatever else is wrong with it; null where Kling does not offer its mode. */
export function homeFor(spec: VideoSpec, upstream: JsonObject): Home | null {
  const model = modelName(spec, upstream);
  return taskPath(model, spec) === null ? kindOf(model, spec) : TASKS;
}

export function isHome(text: unknown): text is Home {
  return typeof text === 'string' && (text === TASKS || Object.hasOwn(KINDS, text));
}

function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const models = property(upstream, 'models');
  const names = [
    isObject(models) ? property(models, spec.mode) : undefined,
    property(upstream, 'name'),
    property(upstream, 'model'),
  ];
  return names.find((name) => typeof name === 'string') ?? spec.model;
}

function taskPath(model: string, { mode }: VideoSpec): TaskPath | null {
  return Object.hasOwn(TASK_MODELS, model) ? (TASK_MODELS[model]?.paths[mode] ?? null) : null;
}

function kindOf(model: string, { mode, vendor }: VideoSpec): Kind | null {
  if (OMNI_MODELS.has(model) && OMNI_MODES.has(mode)) return 'omni-video';
  if (mode === 'lip_sync' && FACE_KEYS.some((key) => Object.hasOwn(vendor, key))) return 'advanced-lip-sync';
  return KIND_OF_MODE[mode] ?? null;
}
