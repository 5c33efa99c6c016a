/** Reads `POST /v1/videos` into a canonical request: which field says what, and which of two wins. */

import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST, MOTION_LEVELS, SCENES } from '../../model/request.ts';
import type { MotionLevel, ReadRequest, RequestInput, Scene, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  depthFault,
  leftovers,
  map,
  parseJson,
  place,
  readBoolean,
  readChoice,
  readFrame,
  frameOf,
  readInteger,
  readPlace,
  readRaw,
  readSeconds,
  readText,
  readToggle,
  storageFault,
} from '../fields.ts';
import type { Field, Frame, Place } from '../fields.ts';
import { blame, findings, missing, overridden, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readFileInfos } from './read-file-infos.ts';
import { isMediaText } from '../media-source.ts';
import { filesByField, readInputs } from './read-inputs.ts';

const MAX_VENDOR_KEYS = 64;

/** Fields that OpenAI's own API knows and that have no meaning here. */
const WITHOUT_MEANING = ['characters', 'character_ids'] as const;

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'image',
  last_frame: 'metadata.last_frame_url',
  reference_image: 'images',
  reference_video: 'metadata.video_url',
  motion_video: 'metadata.video_url',
  source_video: 'metadata.video_url',
  audio: 'metadata.audio_url',
};

type Places = { readonly top: Place; readonly metadata: Place; readonly output: Place };

export function readCreate(incoming: Incoming): ReadResult {
  const fault = bodyFault(incoming.body);
  if (fault !== null) return { ok: false, violations: [fault] };
  const into = findings();
  const places = openPlaces(isObject(incoming.body) ? incoming.body : {}, incoming.multipart, into);
  const model = readModel(places.top, into);
  const files = filesByField(incoming.files);
  const inputs = [...readInputs(places.top, places.metadata, files, into), ...readFileInfos(places.metadata, into)];
  const request = readRequest(places, model, inputs, into);
  for (const key of WITHOUT_MEANING) {
    const field = readRaw(places.top, key);
    if (field.kind !== 'value') continue;
    remark(into, 'not_used', field.param, 'characters are not offered here', '不支持角色参数');
  }
  remarkUnknown(into, [...leftovers(places.top), ...files.keys()]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function bodyFault(body: Json): ReturnType<typeof depthFault> {
  if (body === null || isObject(body)) return depthFault(body, 'body');
  return (
    depthFault(body, 'body') ?? violation('wrong_type', 'body', body, { values: [EXPECTED.object.en] }, EXPECTED.object)
  );
}

function openPlaces(body: JsonObject, texts: boolean, into: Findings): Places {
  const top = place(body, '', texts);
  const metadata = prefer(into, [readPlace(top, 'metadata', true)])?.value ?? place({}, 'metadata.', texts, true);
  const output = prefer(into, [readPlace(metadata, 'output_config', true)])?.value;
  return { top, metadata, output: output ?? place({}, 'metadata.output_config.', texts, true) };
}

function readModel(top: Place, into: Findings): string {
  const model = readText(top, 'model');
  if (model.kind === 'absent') blame(into, missing('model'));
  return take(into, 'model', [model]) ?? '';
}

function readRequest(places: Places, model: string, inputs: readonly RequestInput[], into: Findings): VideoRequest {
  const { top, metadata, output } = places;
  const topFirst = [top, metadata];
  const metadataFirst = [metadata, top];
  const firstInput = inputs[0];
  if (firstInput !== undefined) into.params.inputs = firstInput.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    negativePrompt: take(into, 'negativePrompt', among(topFirst, ['negative_prompt'], readText)),
    inputs,
    scene: take(into, 'scene', among(metadataFirst, ['scene_type'], readScene)),
    seconds: readDuration(places, into),
    ...readFrameFields(places, into),
    ratio: take(into, 'ratio', among([output, ...metadataFirst], ['aspect_ratio'], readText)),
    fps: take(into, 'fps', among(topFirst, ['fps'], readInteger)),
    audio: readAudio(places, into),
    bgm: take(into, 'bgm', [readToggle(output, 'enable_bgm'), ...among(metadataFirst, ['bgm'], readToggle)]),
    seed: take(into, 'seed', among(topFirst, ['seed'], readInteger)),
    count: take(into, 'count', among(topFirst, ['n', 'count'], readInteger)),
    offPeak: readOffPeak(places, into),
    motionLevel: take(into, 'motionLevel', among(metadataFirst, ['motion_level'], readMotionLevel)),
    watermark: take(into, 'watermark', among(topFirst, ['watermark'], readFlag)),
    callbackUrl: take(into, 'callbackUrl', among(topFirst, ['callback_url'], readText)),
    payload: take(into, 'payload', among(topFirst, ['payload'], readText)),
    user: take(into, 'user', among(topFirst, ['user'], readText)),
    vendor: readVendor(places, into),
  };
}

type Read<T> = (at: Place, key: string) => Field<T>;

/** Each key in each place, in order of precedence. */
function among<T>(places: readonly Place[], keys: readonly string[], read: Read<T>): Field<T>[] {
  return places.flatMap((at) => keys.map((key) => read(at, key)));
}

const readScene: Read<Scene> = (at, key) => readChoice(at, key, SCENES);
const readMotionLevel: Read<MotionLevel> = (at, key) => readChoice(at, key, MOTION_LEVELS);
const readFlag: Read<boolean> = (at, key) => readBoolean(at, key);
const readFlagOrWord: Read<boolean> = (at, key) => readBoolean(at, key, true);

function readDuration({ top, metadata, output }: Places, into: Findings): number | null {
  return take(into, 'seconds', [
    ...among([top], ['seconds', 'duration'], readSeconds),
    ...among([metadata], ['seconds', 'duration', 'video_duration'], readSeconds),
    readSeconds(output, 'duration'),
  ]);
}

/** A label decides the resolution; exact pixels are kept beside it, as they still give the shape. */
function readFrameFields(
  { top, metadata, output }: Places,
  into: Findings,
): { resolution: string | null; size: Size | null } {
  const fields = [
    map(readText(output, 'resolution'), resolutionOf),
    map(readText(metadata, 'resolution'), resolutionOf),
    readFrame(top, 'size'),
    map(readText(top, 'resolution'), resolutionOf),
  ];
  const labels = fields.map((field): Field<string> =>
    map(field, (frame, param) =>
      frame.kind === 'label' ? { kind: 'value', value: frame.label, param } : { kind: 'absent' },
    ),
  );
  const sizes = fields.map((field): Field<Size> => {
    if (field.kind !== 'value' || field.value.kind === 'label') return { kind: 'absent' };
    return { kind: 'value', value: field.value.size, param: field.param };
  });
  const size = prefer(into, sizes, (a, b) => a.width === b.width && a.height === b.height);
  if (size !== null) into.params.size = size.param;
  return { resolution: take(into, 'resolution', labels), size: size?.value ?? null };
}

/** Any word may be a label: the model's row knows which there are. */
function resolutionOf(text: string, param: string): Field<Frame> {
  return { kind: 'value', value: frameOf(text) ?? { kind: 'label', label: text.toLowerCase() }, param };
}

function readAudio({ top, metadata, output }: Places, into: Findings): boolean | null {
  const fields = [readToggle(output, 'audio_generation')];
  for (const at of [metadata, top]) {
    // A text that names a file is the sound itself, and was read as an input.
    const isFile = map(readRaw(at, 'audio'), (value, param) => ({ kind: 'value', value: isMediaText(value), param }));
    if (isFile.kind === 'value' && !isFile.value) fields.push(readToggle(at, 'audio'));
    fields.push(readToggle(at, 'generate_audio'));
  }
  return take(into, 'audio', fields);
}

function readOffPeak({ top, metadata, output }: Places, into: Findings): boolean | null {
  return take(into, 'offPeak', [
    // In `metadata` any spelling is found by the first.
    ...among([metadata], ['offpeak'], readFlagOrWord),
    ...among([top], ['offpeak', 'off_peak'], readFlagOrWord),
    readToggle(output, 'off_peak'),
  ]);
}

/** Whatever else stands in `metadata` and `output_config` is the vendor's; the more specific place wins. */
function readVendor({ metadata, output }: Places, into: Findings): JsonObject {
  const vendor = new Map<string, { value: Json; param: string }>();
  const extInfo = prefer(into, [map(readText(metadata, 'ext_info'), jsonText)]);
  if (extInfo !== null) vendor.set('ext_info', extInfo);
  for (const at of [output, metadata]) {
    for (const key of leftovers(at)) {
      const param = `${at.path}${key}`;
      const name = snake(key);
      const value = at.object[key] ?? null;
      if (value === null || value === '') continue;
      const fault = storageFault(key, at.path) ?? storageFault(value, param);
      if (fault !== null) blame(into, fault);
      const before = vendor.get(name);
      if (before === undefined) vendor.set(name, { value, param });
      else if (JSON.stringify(before.value) !== JSON.stringify(value)) overridden(into, param, before.param);
    }
  }
  if (vendor.size > MAX_VENDOR_KEYS) {
    blame(into, violation('too_many', 'metadata', vendor.size, { min: 0, max: MAX_VENDOR_KEYS, unit: 'fields' }));
  }
  if (vendor.size > 0) into.params.vendor = 'metadata';
  return Object.fromEntries(Array.from(vendor, ([key, { value }]) => [key, value]));
}

function jsonText(text: string, param: string): Field<string> {
  if (parseJson(text) !== undefined) return { kind: 'value', value: text, param };
  const subject = { en: 'it must be JSON text', zh: '必须为 JSON 字符串' };
  return { kind: 'violation', violation: violation('unreadable', param, text, null, subject) };
}

/** `LogoAdd` is `logo_add`; keys that begin in lower case are the vendor's own spelling already. */
function snake(key: string): string {
  if (!/^[A-Z]/.test(key)) return key;
  return key.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase();
}
