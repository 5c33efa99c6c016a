/** Reads the canonical request from its own JSON. */

import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST, MOTION_LEVELS, SCENES } from '../../model/request.ts';
import type { MediaSource, ReadRequest, RequestInput, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, IncomingFile, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  frameOf,
  leftovers,
  map,
  parseJson,
  place,
  readBoolean,
  readChoice,
  readInteger,
  readLabel,
  readPlace,
  readRaw,
  readText,
  storageFault,
  wrongType,
} from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { MAX_LIST, readSource } from '../read-sources.ts';
import { requireText } from '../required.ts';
import { ROLES } from './schema.ts';
import { writeQuote } from './write-quote.ts';

type Role = RequestInput['role'];

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'inputs',
  last_frame: 'inputs',
  reference_image: 'inputs',
  reference_video: 'inputs',
  motion_video: 'inputs',
  source_video: 'inputs',
  audio: 'inputs',
};

const MAX_VENDOR_KEYS = 64;

export function readCreate(incoming: Incoming): ReadResult {
  const read = readBody(incoming);
  return 'violations' in read
    ? { ok: false, violations: read.violations }
    : { ok: true, command: { kind: 'create', read } };
}

export function readEstimate(incoming: Incoming): ReadResult {
  const read = readBody(incoming);
  return 'violations' in read
    ? { ok: false, violations: read.violations }
    : { ok: true, command: { kind: 'estimate', read, write: writeQuote } };
}

function readBody(incoming: Incoming): ReadRequest | Pick<Findings, 'violations'> {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return into;
  const model = requireText(top, 'model', 'model', into);
  const inputs = [...readInputs(top, into), ...readFiles(incoming.files, into)];
  const request = readRequest(top, model, inputs, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return into;
  return { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
}

function readRequest(top: Place, model: string, inputs: readonly RequestInput[], into: Findings): VideoRequest {
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    negativePrompt: take(into, 'negativePrompt', [readText(top, 'negative_prompt')]),
    inputs,
    scene: take(into, 'scene', [readChoice(top, 'scene', SCENES)]),
    seconds: take(into, 'seconds', [readInteger(top, 'seconds')]),
    resolution: take(into, 'resolution', [readLabel(top, 'resolution')]),
    ratio: take(into, 'ratio', [readText(top, 'ratio')]),
    size: take(into, 'size', [map(readText(top, 'size'), sizeOf)]),
    fps: take(into, 'fps', [readInteger(top, 'fps')]),
    audio: take(into, 'audio', [readBoolean(top, 'audio')]),
    bgm: take(into, 'bgm', [readBoolean(top, 'bgm')]),
    seed: take(into, 'seed', [readInteger(top, 'seed')]),
    count: take(into, 'count', [readInteger(top, 'count')]),
    offPeak: take(into, 'offPeak', [readBoolean(top, 'off_peak')]),
    motionLevel: take(into, 'motionLevel', [readChoice(top, 'motion_level', MOTION_LEVELS)]),
    watermark: take(into, 'watermark', [readBoolean(top, 'watermark')]),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
    payload: take(into, 'payload', [readText(top, 'payload')]),
    user: take(into, 'user', [readText(top, 'user')]),
    externalId: take(into, 'externalId', [readText(top, 'external_id')]),
    vendor: readVendor(top, into),
  };
}

function sizeOf(text: string, param: string): Field<Size> {
  const frame = frameOf(text);
  if (frame?.kind === 'size') return { kind: 'value', value: frame.size, param };
  return wrongType(param, text, { en: 'WIDTHxHEIGHT such as 1280x720', zh: '“宽x高”,例如 1280x720' });
}

/** An array, which in a form may also be the JSON text of one. */
function readInputs(top: Place, into: Findings): readonly RequestInput[] {
  const field = readRaw(top, 'inputs');
  if (field.kind !== 'value') return [];
  const { param } = field;
  const value = top.texts && typeof field.value === 'string' ? (parseJson(field.value) ?? field.value) : field.value;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, field.value, EXPECTED.list).violation);
    return [];
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 0, max: MAX_LIST, unit: 'items' }));
    return [];
  }
  return value.flatMap((item, index) => readInput(item, `${param}[${index}]`, into));
}

function readInput(item: Json, param: string, into: Findings): readonly RequestInput[] {
  if (!isObject(item)) {
    blame(into, wrongType(param, item, EXPECTED.object).violation);
    return [];
  }
  const at = place(item, `${param}.`, false);
  const role = prefer(into, [readChoice<Role>(at, 'role', ROLES)]);
  const earlier = map(readText(at, 'video_id'), (id, from): Field<MediaSource> => {
    return { kind: 'value', value: { from: 'job', id }, param: from };
  });
  const source = prefer(into, [readSource(at, 'url'), readSource(at, 'data'), earlier]);
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
  if (source === null) {
    blame(into, missing(`${param}.url`));
    return [];
  }
  const usual = source.value.from === 'job' ? 'video' : 'image';
  return [{ role: role?.value ?? usual, source: source.value, param: source.param }];
}

/** Files of a form are named by their role. */
function readFiles(files: readonly IncomingFile[], into: Findings): readonly RequestInput[] {
  return files.flatMap(({ field, upload }): readonly RequestInput[] => {
    const role = ROLES.find((candidate) => candidate === field.replace(/\[\d*\]$/, ''));
    if (role !== undefined) return [{ role, source: { from: 'upload', upload }, param: field }];
    blame(into, violation('not_offered', field, upload.fileName, { values: ROLES }));
    return [];
  });
}

function readVendor(top: Place, into: Findings): JsonObject {
  const home = prefer(into, [readPlace(top, 'vendor')]);
  if (home === null) return {};
  into.params.vendor = home.param;
  const keys = Object.entries(home.value.object).filter(([, value]) => value !== null);
  if (keys.length > MAX_VENDOR_KEYS) {
    blame(into, violation('too_many', home.param, keys.length, { min: 0, max: MAX_VENDOR_KEYS, unit: 'fields' }));
  }
  for (const [key, value] of keys) {
    const fault = storageFault(key, `${home.param}.`) ?? storageFault(value, `${home.param}.${key}`);
    if (fault !== null) blame(into, fault);
  }
  return Object.fromEntries(keys);
}
