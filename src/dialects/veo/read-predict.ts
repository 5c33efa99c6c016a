/** Reads `predictLongRunning`: one instance, what it shows, and parameters. */

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { MediaSource, ReadRequest, RequestInput, Scene, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, JobWriter, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  leftovers,
  place,
  readBoolean,
  readInteger,
  readLabel,
  readPlace,
  readRaw,
  readText,
  wrongType,
} from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, findings, missing, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { MAX_LIST, readSource } from '../read-sources.ts';
import { readVendorKeys } from '../vendor-fields.ts';

type Role = RequestInput['role'];

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'instances[0].image',
  last_frame: 'instances[0].lastFrame',
  reference_image: 'instances[0].referenceImages',
  source_video: 'instances[0].video',
};

/** Keys of `parameters` that go to the vendor under the name beside them. */
const VENDOR_NAMES: Readonly<Record<string, string>> = {
  personGeneration: 'person_generation',
  enhancePrompt: 'enhance_prompt',
  compressionQuality: 'compression_quality',
  resizeMode: 'resize_mode',
};

/** Where Google would put the video or tell of it: videos are kept and told of here. */
const WITHOUT_MEANING = ['storageUri', 'pubsubTopic'] as const;

/** Where the bytes of a picture or video stand, by kind of client. */
const SOURCE_KEYS = ['bytesBase64Encoded', 'encodedVideo', 'imageBytes', 'videoBytes', 'uri', 'gcsUri'] as const;

export function readPredict(incoming: Incoming, model: string, write: JobWriter): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const instance = readInstance(top, into);
  const parameters = prefer(into, [readPlace(top, 'parameters')])?.value ?? place({}, 'parameters.', top.texts);
  const request = readRequest(model, instance, parameters, into);
  const callbackUrl = readWebhook(top, into);
  if (readRaw(top, 'labels').kind === 'value')
    remark(into, 'not_used', 'labels', 'jobs bear no labels here', '不支持标签');
  const unread = [instance, parameters].flatMap((at) => leftovers(at).map((key) => `${at.path}${key}`));
  remarkUnknown(into, [...leftovers(top), ...unread]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = {
    request: { ...request, callbackUrl },
    params: into.params,
    roleParams: ROLE_PARAMS,
    notes: into.notes,
  };
  return { ok: true, command: { kind: 'create', read, write } };
}

/** The one instance; Google makes no two videos of one request either. */
function readInstance(top: Place, into: Findings): Place {
  const nothing = place({}, 'instances[0].', false);
  const field = readRaw(top, 'instances');
  if (field.kind !== 'value') {
    blame(into, missing('instances'));
    return nothing;
  }
  if (!Array.isArray(field.value)) {
    blame(into, wrongType('instances', field.value, EXPECTED.list).violation);
    return nothing;
  }
  const [first, ...others] = field.value;
  if (others.length > 0) {
    blame(into, violation('too_many', 'instances', field.value.length, { min: 1, max: 1, unit: 'items' }));
  }
  if (first === undefined) blame(into, violation('too_few', 'instances', 0, { min: 1, max: 1, unit: 'items' }));
  else if (isObject(first)) return place(first, 'instances[0].', false);
  else blame(into, wrongType('instances[0]', first, EXPECTED.object).violation);
  return nothing;
}

function readRequest(model: string, instance: Place, parameters: Place, into: Findings): VideoRequest {
  const { inputs, scene } = readInputs(instance, into);
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  for (const key of WITHOUT_MEANING) {
    const field = readRaw(parameters, key);
    if (field.kind === 'value')
      remark(into, 'not_used', field.param, 'finished videos are kept here', '视频由本服务保存');
  }
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(instance, 'prompt')]),
    negativePrompt: take(into, 'negativePrompt', [readText(parameters, 'negativePrompt')]),
    inputs,
    scene,
    seconds: take(into, 'seconds', [readInteger(parameters, 'durationSeconds')]),
    ratio: take(into, 'ratio', [readText(parameters, 'aspectRatio')]),
    resolution: take(into, 'resolution', [readLabel(parameters, 'resolution')]),
    fps: take(into, 'fps', [readInteger(parameters, 'fps')]),
    audio: take(into, 'audio', [readBoolean(parameters, 'generateAudio')]),
    seed: take(into, 'seed', [readInteger(parameters, 'seed')]),
    count: take(into, 'count', [readInteger(parameters, 'sampleCount')]),
    vendor: readVendorKeys(parameters, Object.keys(VENDOR_NAMES), into, (key) => VENDOR_NAMES[key] ?? key),
  };
}

type Inputs = { readonly inputs: readonly RequestInput[]; readonly scene: Scene | null };

/** A video that is given is gone on from. */
function readInputs(instance: Place, into: Findings): Inputs {
  const frames = [
    ...readOne(instance, 'image', 'first_frame', into),
    ...readOne(instance, 'lastFrame', 'last_frame', into),
    ...readReferences(instance, into),
  ];
  const video = readOne(instance, 'video', 'source_video', into);
  if (readRaw(instance, 'mask').kind === 'value') {
    blame(into, violation('not_supported', `${instance.path}mask`, null, null, MASK));
  }
  if (video.length > 0) into.params.scene = `${instance.path}video`;
  return { inputs: [...frames, ...video], scene: video.length > 0 ? 'extend' : null };
}

const MASK = { en: 'no model here changes a part of a video', zh: '不支持局部编辑' };

function readOne(instance: Place, key: string, role: Role, into: Findings): readonly RequestInput[] {
  const home = prefer(into, [readPlace(instance, key)]);
  return home === null ? [] : readBytes(home.value, role, into);
}

function readReferences(instance: Place, into: Findings): readonly RequestInput[] {
  const field = readRaw(instance, 'referenceImages');
  if (field.kind !== 'value') return [];
  const { value, param } = field;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED.list).violation);
    return [];
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 0, max: MAX_LIST, unit: 'items' }));
    return [];
  }
  return value.flatMap((item, index) => readReference(item, `${param}[${index}]`, into));
}

function readReference(item: Json, param: string, into: Findings): readonly RequestInput[] {
  if (!isObject(item)) {
    blame(into, wrongType(param, item, EXPECTED.object).violation);
    return [];
  }
  const at = place(item, `${param}.`, false);
  const type = prefer(into, [readText(at, 'referenceType')]);
  if (type !== null && type.value.toLowerCase() !== 'asset') {
    blame(into, violation('not_offered', type.param, type.value, { values: ['asset'] }));
  }
  return readOne(at, 'image', 'reference_image', into);
}

/** Bytes, or an address that can be fetched: files in a bucket of Google's cannot. */
function readBytes(home: Place, role: Role, into: Findings): readonly RequestInput[] {
  const found = prefer(
    into,
    SOURCE_KEYS.map((key) => readSource(home, key)),
    () => true,
  );
  for (const key of ['mimeType', 'encoding']) readRaw(home, key);
  remarkUnknown(
    into,
    leftovers(home).map((key) => `${home.path}${key}`),
  );
  if (found === null) {
    blame(into, missing(`${home.path}bytesBase64Encoded`));
    return [];
  }
  const fault = bucketFault(found.value, found.param);
  if (fault === null) return [{ role, source: found.value, param: found.param }];
  blame(into, fault);
  return [];
}

function bucketFault(source: MediaSource, param: string): ReturnType<typeof violation> | null {
  if (source.from !== 'url' || !source.url.toLowerCase().startsWith('gs://')) return null;
  const subject = { en: 'send the bytes, or an https address', zh: '请提供文件内容或 https 地址' };
  return violation('not_supported', param, source.url, null, subject);
}

/** One address is told; more than one is more than the job can keep. */
function readWebhook(top: Place, into: Findings): string | null {
  const config = prefer(into, [readPlace(top, 'webhookConfig')]);
  if (config === null) return null;
  const uris = readRaw(config.value, 'uris');
  if (readRaw(config.value, 'userMetadata').kind === 'value') {
    remark(
      into,
      'not_used',
      `${config.param}.userMetadata`,
      'callbacks carry no data of yours',
      '回调不携带自定义数据',
    );
  }
  if (uris.kind !== 'value') return null;
  const [first, ...others] = Array.isArray(uris.value) ? uris.value : [];
  if (typeof first !== 'string') {
    blame(into, wrongType(uris.param, uris.value, EXPECTED.list).violation);
    return null;
  }
  if (others.length > 0)
    remark(into, 'not_used', `${uris.param}[1]`, 'only the first address is told', '仅通知第一个地址');
  into.params.callbackUrl = `${uris.param}[0]`;
  return first;
}
