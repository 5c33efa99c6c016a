/** Reads `POST /v1/videos` into a canonical request: which field says what, and which of two wins. */

import type { JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST, MOTION_LEVELS, SCENES } from '../../model/request.ts';
import type { MotionLevel, ReadRequest, RequestInput, Scene, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
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
} from '../fields.ts';
import type { Field, Frame, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readFileInfos } from './read-file-infos.ts';
import { isMediaText } from '../media-source.ts';
import { filesByField, readInputs } from './read-inputs.ts';
import type { Files } from './read-inputs.ts';
import { readVendorFields } from '../vendor-fields.ts';

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

/** A request that makes a video from another one: what its address says, and where the other video is named. */
export type Derivation = {
  readonly scene: Scene;
  readonly readVideo: (top: Place, files: Files, into: Findings) => RequestInput | null;
};

export function readCreate(incoming: Incoming): ReadResult {
  return readMaking(incoming, null);
}

/** A create, or with a `derivation` one that may leave out what the other video tells. */
export function readMaking(incoming: Incoming, derivation: Derivation | null): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const places = openPlaces(top, into);
  const named = readText(top, 'model');
  if (named.kind === 'absent' && derivation === null) blame(into, missing('model'));
  const model = take(into, 'model', [named]);
  const files = filesByField(incoming.files);
  const video = derivation?.readVideo(top, files, into) ?? null;
  const others = [...readInputs(top, places.metadata, files, into), ...readFileInfos(places.metadata, into)];
  const inputs = video === null ? others : [video, ...others];
  const asked = readRequest(places, model ?? '', inputs, into);
  const request = derivation === null ? asked : withScene(asked, derivation.scene, into);
  for (const key of WITHOUT_MEANING) {
    const field = readRaw(top, key);
    if (field.kind !== 'value') continue;
    remark(into, 'not_used', field.param, 'characters are not offered here', '不支持角色参数');
  }
  remarkUnknown(into, [...leftovers(top), ...files.keys()]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  const from = video?.source.from === 'job' ? { from: video.source.id } : {};
  return { ok: true, command: { kind: 'create', read, ...from } };
}

function withScene(asked: VideoRequest, scene: Scene, into: Findings): VideoRequest {
  if (asked.scene !== null && asked.scene !== scene) {
    const param = into.params.scene ?? 'scene_type';
    remark(into, 'overridden', param, 'the address says what is made', '生成方式由请求地址决定');
  }
  return { ...asked, scene };
}

function openPlaces(top: Place, into: Findings): Places {
  const { texts } = top;
  const metadata = prefer(into, [readPlace(top, 'metadata', true)])?.value ?? place({}, 'metadata.', texts, true);
  const output = prefer(into, [readPlace(metadata, 'output_config', true)])?.value;
  return { top, metadata, output: output ?? place({}, 'metadata.output_config.', texts, true) };
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
  const extInfo = prefer(into, [map(readText(metadata, 'ext_info'), jsonText)]);
  const vendor = readVendorFields([output, metadata], into, snake);
  if (extInfo === null && Object.keys(vendor).length === 0) return vendor;
  into.params.vendor = 'metadata';
  return extInfo === null ? vendor : { ...vendor, ext_info: extInfo.value };
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
