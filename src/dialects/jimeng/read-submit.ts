/** Reads CVSync2AsyncSubmitTask: the product by its key, and what that key takes. */

import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { leftovers, map, readBoolean, readChoice, readInteger, readRaw, readText, storageFault } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readSources } from '../read-sources.ts';

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'image_urls',
  last_frame: 'image_urls',
  reference_image: 'image_urls',
  reference_video: 'video_url',
  motion_video: 'video_url',
  source_video: 'video_url',
  audio: 'audio_url',
};

const PICTURES = ['image_urls', 'binary_data_base64', 'image_url'] as const;

/** A key says by its name how many pictures its product takes; the first row that fits counts. */
const PICTURE_COUNTS: readonly { readonly key: RegExp; readonly min: number; readonly max: number }[] = [
  { key: /^jimeng_i2v_first_tail_/i, min: 2, max: 2 },
  { key: /^jimeng_(?:vgfm_)?i2v_/i, min: 1, max: 1 },
  { key: /^jimeng_(?:vgfm_)?t2v_/i, min: 0, max: 0 },
];

const FRAMES_PER_SECOND = 24;
/** What the vendor's own products take; other models have other lengths. */
const USUAL_FRAMES = [121, 241];
const LINES = [720, 1080];
const TEMPLATES = [
  'hitchcock_dolly_in',
  'hitchcock_dolly_out',
  'robo_arm',
  'dynamic_orbit',
  'central_orbit',
  'crane_push',
  'quick_pull_back',
  'counterclockwise_swivel',
  'clockwise_swivel',
  'handheld',
  'rapid_push_pull',
] as const;

/** Settings that only some products have, which their rows allow or not. */
const VENDOR_KEYS: Readonly<Record<string, (at: Place, key: string) => Field<Json>>> = {
  template_id: (at, key) => readChoice(at, key, TEMPLATES),
  camera_strength: (at, key) => readChoice(at, key, ['weak', 'medium', 'strong']),
  pe_fast_mode: (at, key) => readBoolean(at, key),
  mask_url: readStorable,
};

export function readSubmit(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  if (readText(top, 'req_key').kind === 'absent') blame(into, missing('req_key'));
  const request = readRequest(top, into);
  remarkUnknown(into, [...leftovers(top), ...incoming.files.map(({ field }) => field)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(top: Place, into: Findings): VideoRequest {
  const model = take(into, 'model', [readText(top, 'req_key')]) ?? '';
  const pictures = readPictures(top, model, into);
  const inputs = [
    ...pictures,
    ...readLinks(top, 'video_url', 'video', into),
    ...readLinks(top, 'audio_url', 'audio', into),
  ];
  const firstInput = inputs[0];
  if (firstInput !== undefined) into.params.inputs = firstInput.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    inputs,
    seconds: take(into, 'seconds', [map(readInteger(top, 'frames'), secondsOf)]),
    resolution: take(into, 'resolution', [map(readInteger(top, 'output_resolution'), labelOf)]),
    ratio: take(into, 'ratio', [readText(top, 'aspect_ratio')]),
    seed: take(into, 'seed', [readInteger(top, 'seed')]),
    vendor: readVendor(top, into),
  };
}

/** What each picture is for follows from their number; a wrong number would otherwise be another product. */
function readPictures(top: Place, model: string, into: Findings): readonly RequestInput[] {
  const pictures = PICTURES.flatMap((key) => readLinks(top, key, 'image', into));
  const count = PICTURE_COUNTS.find(({ key }) => key.test(model));
  if (count === undefined) return pictures;
  const { min, max } = count;
  const param = pictures.at(-1)?.param.replace(/\[\d+\]$/, '') ?? 'image_urls';
  if (pictures.length > max) blame(into, violation('too_many', param, pictures.length, { min, max }));
  if (pictures.length < min) blame(into, violation('too_few', param, pictures.length, { min, max }));
  return pictures;
}

function readLinks(top: Place, key: string, role: RequestInput['role'], into: Findings): readonly RequestInput[] {
  return readSources(top, key, into).map(({ source, param }) => ({ role, source, param }));
}

function secondsOf(frames: number, param: string): Field<number> {
  const seconds = (frames - 1) / FRAMES_PER_SECOND;
  if (Number.isInteger(seconds) && seconds >= 1) return { kind: 'value', value: seconds, param };
  return notOffered(param, frames, USUAL_FRAMES);
}

function labelOf(lines: number, param: string): Field<string> {
  return LINES.includes(lines) ? { kind: 'value', value: `${lines}p`, param } : notOffered(param, lines, LINES);
}

function notOffered<T>(param: string, value: number, values: readonly number[]): Field<T> {
  const subject = { en: 'this API', zh: '本接口' };
  return { kind: 'violation', violation: violation('not_offered', param, value, { values }, subject) };
}

function readVendor(top: Place, into: Findings): JsonObject {
  const found: Record<string, Json> = {};
  for (const [key, read] of Object.entries(VENDOR_KEYS)) {
    const field = prefer(into, [read(top, key)]);
    if (field !== null) found[key] = field.value;
  }
  return found;
}

function readStorable(at: Place, key: string): Field<Json> {
  return map(readRaw(at, key), (value, param) => {
    const fault = storageFault(value, param);
    return fault === null ? { kind: 'value', value, param } : { kind: 'violation', violation: fault };
  });
}
