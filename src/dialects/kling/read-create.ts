/** Reads a create of any kind under `/v1/videos`: the settings are the same everywhere, the files are the kind's own. */

import { EMPTY_REQUEST } from '../../model/request.ts';
import type { MotionLevel, RequestInput, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { map, readChoice, readSeconds, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import type { Kind } from './kinds.ts';
import { isGiven, readFile, readWatermark, unread } from './places.ts';
import { readShots } from './read-shots.ts';
import { readVendor } from './vendor-keys.ts';

const RESOLUTIONS = { std: '720p', pro: '1080p', '4k': '4k' } as const;
const MODES = ['std', 'pro', '4k'] as const;
type Mode = (typeof MODES)[number];

/** These two mean `pro` by their page where no mode is said. */
const USUALLY_PRO = /^kling-(?:video-o1|v3-omni)$/i;

/** Of these ways to lead the picture only one can be used. */
const EXCLUSIVE: readonly (readonly string[])[] = [
  ['image_tail'],
  ['static_mask', 'dynamic_masks'],
  ['camera_control'],
];

export function readCreate(kind: Kind, incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  for (const key of kind.required) if (!isGiven(top, key)) blame(into, missing(key));
  checkExclusive(kind, top, into);
  const request = readRequest(kind, top, into);
  remarkUnknown(into, [...unread(top), ...incoming.files.map(({ field }) => field)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: kind.roleParams, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(kind: Kind, top: Place, into: Findings): VideoRequest {
  const own = kind.readInputs?.(top, into) ?? { inputs: [] };
  const places = own.settings === undefined ? [top] : [top, own.settings];
  const files = Object.entries(kind.files).flatMap(([key, role]) => readFile(top, key, role, into));
  const inputs: readonly RequestInput[] = [...files, ...own.inputs];
  const [first] = inputs;
  if (first !== undefined) into.params.inputs = first.param;
  const names = [...places.map((at) => readText(at, 'model_name')), readText(top, 'model')];
  const model = take(into, 'model', names) ?? kind.model;
  const shots = readShots(top, into);
  const request = {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt'), ...shots.prompt]),
    negativePrompt: take(into, 'negativePrompt', [readText(top, 'negative_prompt')]),
    inputs,
    scene: own.scene ?? kind.scene,
    seconds: readLength(places, shots.seconds, into),
    ...readMode(kind, places, model, into),
    ratio: take(into, 'ratio', [readText(top, 'aspect_ratio')]),
    audio: take(into, 'audio', [map(readChoice<'on' | 'off'>(top, 'sound', ['on', 'off']), isOn)]),
    watermark: readWatermark(top, into),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
    externalId: take(into, 'externalId', [readText(top, 'external_task_id')]),
    vendor: { ...readVendor(top, kind.fields, into), ...shots.vendor, ...own.vendor },
  };
  if (own.settings !== undefined) remarkUnknown(into, unread(own.settings));
  return request;
}

/** The shots of one video are as long as the video. */
function readLength(places: readonly Place[], shots: Field<number>, into: Findings): number | null {
  const lengths = places.map((at) => readSeconds(at, 'duration'));
  const said = take(into, 'seconds', lengths);
  if (shots.kind !== 'value') return said;
  if (said === null) return take(into, 'seconds', [shots]);
  if (said === shots.value) return said;
  const because = { en: `the shots are ${shots.value} s long together`, zh: `各分镜总时长为 ${shots.value} 秒` };
  blame(into, violation('contradiction', into.params.seconds ?? 'duration', said, null, because));
  return said;
}

/** `mode` says how fine the video is, and for a motion also how well it is followed. */
function readMode(
  kind: Kind,
  places: readonly Place[],
  model: string,
  into: Findings,
): Pick<VideoRequest, 'resolution' | 'motionLevel'> {
  const modes = places.map((at) => readChoice<Mode>(at, 'mode', MODES));
  const mode = prefer(into, modes);
  if (mode === null) return { resolution: USUALLY_PRO.test(model) ? RESOLUTIONS.pro : null, motionLevel: null };
  into.params.resolution = mode.param;
  const level: MotionLevel | null = kind.scene === 'motion_control' && mode.value !== '4k' ? mode.value : null;
  if (level !== null) into.params.motionLevel = mode.param;
  return { resolution: RESOLUTIONS[mode.value], motionLevel: level };
}

function isOn(value: 'on' | 'off', param: string): Field<boolean> {
  return { kind: 'value', value: value === 'on', param };
}

function checkExclusive(kind: Kind, top: Place, into: Findings): void {
  const isSaid = (key: string): boolean => kind.fields.includes(key) && isGiven(top, key);
  const [first, second] = EXCLUSIVE.flatMap((keys) => keys.filter(isSaid).slice(0, 1));
  if (first === undefined || second === undefined) return;
  const because = { en: `'${first}' is given as well; send one of the two`, zh: `已提供 ${first},二者只能选一` };
  blame(into, violation('contradiction', second, 'given', null, because));
}
