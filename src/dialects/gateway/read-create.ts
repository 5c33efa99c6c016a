/** Reads a video of the AI SDK: its model in a header, its files with their kinds, and options for vendors. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { MediaSource, ReadRequest, RequestInput, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Command, Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  frameOf,
  leftovers,
  map,
  place,
  readBoolean,
  readChoice,
  readInteger,
  readPlace,
  readRaw,
  readText,
  storageFault,
  wrongType,
} from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { isVideoUrl } from '../media-source.ts';
import { MAX_LIST, sourceField } from '../read-sources.ts';

type Role = RequestInput['role'];
type Answered = Pick<Extract<Command, { kind: 'create' }>, 'write' | 'untilEnded'>;

const MODEL_HEADER = 'ai-model-id';
/** A vendor's name before the model's, as the AI SDK writes them. */
const VENDOR_PREFIX = /^[a-z0-9_-]{1,40}\//i;

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'image',
  last_frame: 'frameImages',
  reference_image: 'inputReferences',
  reference_video: 'inputReferences',
};

/** The kinds of file that references may be. */
const REFERENCE_ROLES: Readonly<Record<string, Role>> = {
  image: 'reference_image',
  video: 'reference_video',
  audio: 'audio',
};

export function readCreate(incoming: Incoming, answered: Answered): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const model = (incoming.headers[MODEL_HEADER] ?? '').trim().replace(VENDOR_PREFIX, '');
  if (model === '') blame(into, missing(MODEL_HEADER));
  into.params.model = MODEL_HEADER;
  const request = readRequest(top, model, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read, ...answered } };
}

function readRequest(top: Place, model: string, into: Findings): VideoRequest {
  const inputs = [...readImage(top, into), ...readFrames(top, into), ...readReferences(top, into)];
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    inputs,
    seconds: take(into, 'seconds', [readInteger(top, 'duration')]),
    ratio: take(into, 'ratio', [readText(top, 'aspectRatio')]),
    ...readResolution(top, into),
    fps: take(into, 'fps', [readInteger(top, 'fps')]),
    seed: take(into, 'seed', [readInteger(top, 'seed')]),
    count: take(into, 'count', [readInteger(top, 'n')]),
    audio: take(into, 'audio', [readBoolean(top, 'generateAudio')]),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callbackUrl')]),
    vendor: readOptions(top, into),
  };
}

function readResolution(top: Place, into: Findings): { size: Size | null; resolution: string | null } {
  const field = prefer(into, [readText(top, 'resolution')]);
  if (field === null) return { size: null, resolution: null };
  const frame = frameOf(field.value);
  if (frame?.kind === 'size') {
    into.params.size = field.param;
    return { size: frame.size, resolution: null };
  }
  into.params.resolution = field.param;
  return { size: null, resolution: frame?.label ?? field.value.toLowerCase() };
}

function readImage(top: Place, into: Findings): readonly RequestInput[] {
  const field = readPlace(top, 'image');
  const home = prefer(into, [field]);
  return home === null ? [] : inputOf(home.value, 'image', into);
}

function readFrames(top: Place, into: Findings): readonly RequestInput[] {
  return readItems(top, 'frameImages', into, (at) => {
    const role = prefer(into, [
      readChoice<'first_frame' | 'last_frame'>(at, 'frameType', ['first_frame', 'last_frame']),
    ]);
    const home = prefer(into, [readPlace(at, 'image')]);
    if (role === null) blame(into, missing(`${at.path}frameType`));
    if (home === null) blame(into, missing(`${at.path}image`));
    return role === null || home === null ? [] : inputOf(home.value, role.value, into);
  });
}

/** A file says what it is; a URL only by the end of its path. */
function readReferences(top: Place, into: Findings): readonly RequestInput[] {
  return readItems(top, 'inputReferences', into, (at) => {
    const type = prefer(into, [readText(at, 'mediaType')])?.value.split('/')[0] ?? '';
    const url = prefer(into, [readText(at, 'url')])?.value ?? '';
    const role = property(REFERENCE_ROLES, type) ?? (isVideoUrl(url) ? 'reference_video' : 'reference_image');
    return inputOf(at, role, into);
  });
}

function readItems(
  top: Place,
  key: string,
  into: Findings,
  readItem: (at: Place) => readonly RequestInput[],
): readonly RequestInput[] {
  const field = readRaw(top, key);
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
  return value.flatMap((item, index) => {
    if (isObject(item)) return readItem(place(item, `${param}[${index}].`, false));
    blame(into, wrongType(`${param}[${index}]`, item, EXPECTED.object).violation);
    return [];
  });
}

/** `{type: 'url', url}` or `{type: 'file', data, mediaType}`. */
function inputOf(at: Place, role: Role, into: Findings): readonly RequestInput[] {
  const type = prefer(into, [readChoice(at, 'type', ['url', 'file'])]);
  const url: Field<MediaSource> = map(readRaw(at, 'url'), sourceField);
  const data: Field<MediaSource> = map(readRaw(at, 'data'), sourceField);
  for (const key of ['mediaType', 'providerOptions', 'filename']) readRaw(at, key);
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
  const source = prefer(into, type?.value === 'file' ? [data, url] : [url, data], () => true);
  if (source === null) {
    blame(into, missing(`${at.path}${type?.value === 'file' ? 'data' : 'url'}`));
    return [];
  }
  return [{ role, source: source.value, param: source.param }];
}

/** What each vendor is told, in the spelling of the vendors; where two are told the same, the later one counts. */
function readOptions(top: Place, into: Findings): JsonObject {
  const options = prefer(into, [readPlace(top, 'providerOptions')]);
  if (options === null) return {};
  const found = new Map<string, Json>();
  for (const name of Object.keys(options.value.object)) {
    const vendor = prefer(into, [readPlace(options.value, name)]);
    for (const [key, value] of Object.entries(vendor?.value.object ?? {})) {
      if (value === null || value === '') continue;
      const fault = storageFault(key, options.param) ?? storageFault(value, `${options.param}.${name}.${key}`);
      if (fault !== null) blame(into, fault);
      found.set(snake(key), value);
    }
  }
  into.params.vendor = options.param;
  return Object.fromEntries(found);
}

function snake(key: string): string {
  return key.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}
