/** Reads a new task: content by roles, settings in the body, and the older ones at the end of the prompt. */

import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, Scene, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  leftovers,
  map,
  readBoolean,
  readChoice,
  readInteger,
  readLabel,
  readRaw,
  readText,
  storageFault,
  wrongType,
} from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readContent } from './read-content.ts';
import { flagFields, readFlags } from './read-flags.ts';
import type { Flag } from './read-flags.ts';

const PROMPT_PARAM = 'content[].text';

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'content[].image_url',
  last_frame: 'content[].image_url',
  reference_image: 'content[].image_url',
  reference_video: 'content[].video_url',
  motion_video: 'content[].video_url',
  source_video: 'content[].video_url',
  audio: 'content[].audio_url',
};

const TIERS = ['default', 'flex'] as const;
/** Means the shape of the picture, or the model's own choice: what no ratio at all means. */
const ADAPTIVE = 'adaptive';
/** What the flags may say; in the body any word is for the model to judge. */
const FLAG_RESOLUTIONS = ['480p', '720p', '1080p'] as const;
const FLAG_RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', ADAPTIVE] as const;
const FLAG_SECONDS = { min: 2, max: 12 };

const TASK_TYPE = 'omni_reference_task_type';

const OPEN_LENGTH = -1;
const FRAMES_PER_SECOND = 24;
const FRAMES = { min: 29, max: 289, unit: 'frames (25 + 4n)' };
const FRAMES_STEP = 4;
const MAX_SEED = 4_294_967_295;
const EXPIRY_SECONDS = { min: 3600, max: 259_200, unit: 'seconds' };
const MAX_IDENTIFIER_CHARS = 64;
const MAX_TOOLS = 16;
const DRAFT_RESOLUTION = '480p';

type Read<T> = (at: Place, key: string) => Field<T>;

/** Settings that only some models have, which their rows allow or not. */
const VENDOR_KEYS: Readonly<Record<string, Read<Json>>> = {
  draft: (at, key) => readBoolean(at, key),
  tools: readTools,
  safety_identifier: readIdentifier,
  priority: within({ min: 0, max: 9 }),
  output_format: (at, key) => readChoice(at, key, ['mp4', 'mov']),
};

export function readCreate(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  if (readText(top, 'model').kind === 'absent') blame(into, missing('model'));
  const request = readRequest(top, into);
  noteUnused(top, into);
  remarkUnknown(into, [...leftovers(top), ...incoming.files.map(({ field }) => field)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(top: Place, into: Findings): VideoRequest {
  const { texts, inputs } = readContent(top, into);
  const { prompt, flags } = readFlags(texts.map(({ value }) => value).join('\n'), into);
  into.params.prompt = texts[0]?.param ?? PROMPT_PARAM;
  const firstInput = inputs[0];
  if (firstInput !== undefined) into.params.inputs = firstInput.param;
  const either = <T>(flag: Flag, read: Read<T>, weak: Read<T> = read): readonly Field<T>[] => [
    read(top, flag),
    ...flagFields(flags, flag, weak, into),
  ];
  const ratio = take(
    into,
    'ratio',
    either('ratio', readText, (at, key) => readChoice(at, key, FLAG_RATIOS)),
  );
  const task = readTaskType(top, into);
  const vendor = { ...readVendor(top, either('camera_fixed', readFlag), into), ...task.vendor };
  const request: VideoRequest = {
    ...EMPTY_REQUEST,
    model: take(into, 'model', [readText(top, 'model')]) ?? '',
    prompt: prompt === '' ? null : prompt,
    inputs,
    scene: task.scene,
    seconds: readLength(top, flags, into),
    resolution: take(
      into,
      'resolution',
      either('resolution', readLabel, (at, key) => readChoice(at, key, FLAG_RESOLUTIONS)),
    ),
    ratio: ratio === ADAPTIVE ? null : ratio,
    fps: take(into, 'fps', flagFields(flags, 'fps', readInteger, into)),
    audio: take(into, 'audio', [readFlag(top, 'generate_audio')]),
    seed: take(into, 'seed', either('seed', within({ min: -1, max: MAX_SEED }))),
    offPeak: take(into, 'offPeak', [readTier(top)]),
    watermark: take(into, 'watermark', either('watermark', readFlag)),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
    vendor,
  };
  return request.vendor['draft'] === true ? asDraft(request, into) : request;
}

function readFlag(at: Place, key: string): Field<boolean> {
  return readBoolean(at, key);
}

function readTier(top: Place): Field<boolean> {
  return map(readChoice(top, 'service_tier', TIERS), (tier, param) => ({
    kind: 'value',
    value: tier === 'flex',
    param,
  }));
}

/** Two of the task types are scenes; the others are the vendor's own. */
function readTaskType(top: Place, into: Findings): { readonly scene: Scene | null; readonly vendor: JsonObject } {
  const type = prefer(into, [readChoice(top, TASK_TYPE, ['auto', 'reference', 'edit', 'extend'])]);
  if (type === null) return { scene: null, vendor: {} };
  if (type.value !== 'edit' && type.value !== 'extend') return { scene: null, vendor: { [TASK_TYPE]: type.value } };
  into.params.scene = type.param;
  return { scene: type.value, vendor: {} };
}

/** Frames win over seconds, and the body over the flags. */
function readLength(top: Place, flags: Place, into: Findings): number | null {
  const readFrames: Read<number> = (at, key) =>
    map(within(FRAMES)(at, key), (frames, param) => secondsOf(frames, param, into));
  const seconds = take(into, 'seconds', [
    readFrames(top, 'frames'),
    readDuration(top, 'duration'),
    ...flagFields(flags, 'frames', readFrames, into),
    ...flagFields(flags, 'duration', within(FLAG_SECONDS), into),
  ]);
  if (seconds !== OPEN_LENGTH) return seconds;
  const param = into.params.seconds ?? 'duration';
  remark(into, 'adjusted', param, "the model's usual length is taken", '采用该模型的常用时长');
  return null;
}

function readDuration(at: Place, key: string): Field<number> {
  return map(readInteger(at, key), (value, param) =>
    value === OPEN_LENGTH || value >= 1
      ? { kind: 'value', value, param }
      : {
          kind: 'violation',
          violation: violation('out_of_range', param, value, { min: 1, max: 9999, unit: 'seconds' }),
        },
  );
}

/** 24 frames a second and one more are whole seconds; other numbers are made longer. */
function secondsOf(frames: number, param: string, into: Findings): Field<number> {
  if ((frames - FRAMES.min) % FRAMES_STEP !== 0) {
    return { kind: 'violation', violation: violation('out_of_range', param, frames, FRAMES) };
  }
  const seconds = Math.ceil((frames - 1) / FRAMES_PER_SECOND);
  if (seconds * FRAMES_PER_SECOND + 1 !== frames) {
    const en = `videos are whole seconds long here: ${seconds} seconds are made`;
    remark(into, 'adjusted', param, en, `视频时长按整秒计算:生成 ${seconds} 秒`);
  }
  return { kind: 'value', value: seconds, param };
}

function readVendor(top: Place, cameraFixed: readonly Field<boolean>[], into: Findings): JsonObject {
  const found: Record<string, Json> = {};
  const camera = prefer(into, cameraFixed);
  if (camera !== null) found['camera_fixed'] = camera.value;
  for (const [key, read] of Object.entries(VENDOR_KEYS)) {
    const field = prefer(into, [read(top, key)]);
    if (field !== null) found[key] = field.value;
  }
  return found;
}

/** A draft is of one resolution, and never off-peak. */
function asDraft(request: VideoRequest, into: Findings): VideoRequest {
  const { resolution, offPeak } = request;
  if (resolution !== null && resolution !== DRAFT_RESOLUTION) {
    const because = { en: `a draft is ${DRAFT_RESOLUTION}`, zh: `样片的分辨率为 ${DRAFT_RESOLUTION}` };
    blame(into, violation('contradiction', into.params.resolution ?? 'resolution', resolution, null, because));
  }
  if (offPeak === true) {
    const because = { en: 'a draft cannot be made off-peak', zh: '样片不支持离线推理' };
    blame(into, violation('contradiction', 'service_tier', 'flex', null, because));
  }
  return { ...request, resolution: DRAFT_RESOLUTION };
}

/** Documented fields that are checked and have no effect here. */
function noteUnused(top: Place, into: Findings): void {
  const lastFrame = prefer(into, [readFlag(top, 'return_last_frame')]);
  if (lastFrame?.value === true) {
    remark(into, 'not_used', lastFrame.param, 'it is part of the video', '尾帧可从视频中获取');
  }
  const expiry = prefer(into, [within(EXPIRY_SECONDS)(top, 'execution_expires_after')]);
  if (expiry !== null) {
    remark(into, 'not_used', expiry.param, 'the model decides the deadline', '任务期限由模型决定');
  }
}

function within(range: { readonly min: number; readonly max: number; readonly unit?: string }): Read<number> {
  return (at, key) =>
    map(readInteger(at, key), (value, param) =>
      value >= range.min && value <= range.max
        ? { kind: 'value', value, param }
        : { kind: 'violation', violation: violation('out_of_range', param, value, range) },
    );
}

function readIdentifier(at: Place, key: string): Field<string> {
  return map(readText(at, key), (value, param) => {
    const chars = [...value].length;
    if (chars <= MAX_IDENTIFIER_CHARS) return { kind: 'value', value, param };
    const allowed = { min: 1, max: MAX_IDENTIFIER_CHARS, unit: 'characters' };
    const subject = { en: `${chars} characters`, zh: `${chars} 个字符` };
    return { kind: 'violation', violation: violation('too_long', param, null, allowed, subject) };
  });
}

function readTools(at: Place, key: string): Field<Json> {
  return map(readRaw(at, key), (value, param) => {
    if (!Array.isArray(value)) return wrongType(param, value, EXPECTED.list);
    if (value.length > MAX_TOOLS) {
      const allowed = { min: 0, max: MAX_TOOLS, unit: 'items' };
      return { kind: 'violation', violation: violation('too_many', param, value.length, allowed) };
    }
    const stranger = value.findIndex((tool) => !isObject(tool));
    if (stranger >= 0) return wrongType(`${param}[${stranger}]`, value[stranger] ?? null, EXPECTED.object);
    const fault = storageFault(value, param);
    return fault === null ? { kind: 'value', value, param } : { kind: 'violation', violation: fault };
  });
}
