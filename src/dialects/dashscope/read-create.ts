/** Reads a video synthesis in any of the three protocols that the models' generations speak. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, Scene, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  frameOf,
  leftovers,
  map,
  place,
  readBoolean,
  readInteger,
  readLabel,
  readPlace,
  readRaw,
  readText,
  wrongType,
} from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { isVideoUrl } from '../media-source.ts';
import { MAX_LIST, readSource, readSources, sourceField } from '../read-sources.ts';
import { requireText } from '../required.ts';
import { readVendorKeys } from '../vendor-fields.ts';

type Role = RequestInput['role'];

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'input.img_url',
  last_frame: 'input.last_frame_url',
  reference_image: 'input.reference_urls',
  reference_video: 'input.reference_urls',
  source_video: 'input.media',
  audio: 'input.audio_url',
};

/** Fields of `input` that hold one file each. */
const SINGLE_FILES: Readonly<Record<string, Role>> = {
  img_url: 'first_frame',
  first_frame_url: 'first_frame',
  last_frame_url: 'last_frame',
  audio_url: 'audio',
};

type MediumRow = { readonly role: Role; readonly scene?: Scene };

/** The words of `input.media[].type`; a clip to go on from, or to change, decides what is made. */
const MEDIA: Readonly<Record<string, MediumRow>> = {
  first_frame: { role: 'first_frame' },
  last_frame: { role: 'last_frame' },
  reference_image: { role: 'reference_image' },
  reference_video: { role: 'reference_video' },
  reference_audio: { role: 'audio' },
  driving_audio: { role: 'audio' },
  first_clip: { role: 'source_video', scene: 'extend' },
  video: { role: 'source_video', scene: 'edit' },
};
const MEDIA_WORDS = Object.keys(MEDIA);
/** Documents to make a video of, which no model here reads. */
const NOT_FILES = new Set(['file', 'link']);

const VENDOR_KEYS = ['prompt_extend', 'shot_type', 'audio_setting'] as const;

export function readCreate(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const input = placeOf(top, 'input', into);
  const parameters = placeOf(top, 'parameters', into);
  const model = requireText(top, 'model', 'model', into);
  const request = readRequest(input, parameters, model, into);
  remarkUnknown(into, [...leftovers(top), ...unread(input), ...unread(parameters)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function placeOf(top: Place, key: string, into: Findings): Place {
  return prefer(into, [readPlace(top, key)])?.value ?? place({}, `${key}.`, top.texts);
}

function unread(at: Place): readonly string[] {
  return leftovers(at).map((key) => `${at.path}${key}`);
}

function readRequest(input: Place, parameters: Place, model: string, into: Findings): VideoRequest {
  const files = Object.entries(SINGLE_FILES).flatMap(([key, role]) => readOne(input, key, role, into));
  const references = readSources(input, 'reference_urls', into).map(({ source, param }): RequestInput => ({
    role: source.from === 'url' && isVideoUrl(source.url) ? 'reference_video' : 'reference_image',
    source,
    param,
  }));
  const media = readMedia(input, into);
  const inputs = [...files, ...references, ...media.inputs];
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(input, 'prompt')]),
    negativePrompt: take(into, 'negativePrompt', [readText(input, 'negative_prompt')]),
    inputs,
    scene: media.scene ?? sceneOf(input, into),
    seconds: take(into, 'seconds', [readInteger(parameters, 'duration')]),
    ...readFrame(parameters, into),
    ratio: take(into, 'ratio', [readText(parameters, 'ratio')]),
    audio: take(into, 'audio', [readBoolean(parameters, 'audio')]),
    watermark: take(into, 'watermark', [readBoolean(parameters, 'watermark')]),
    seed: take(into, 'seed', [readInteger(parameters, 'seed')]),
    vendor: readVendor(input, parameters, into),
  };
}

function readOne(at: Place, key: string, role: Role, into: Findings): readonly RequestInput[] {
  const source = prefer(into, [readSource(at, key)]);
  return source === null ? [] : [{ role, source: source.value, param: source.param }];
}

/** An effect makes its own kind of video. */
function sceneOf(input: Place, into: Findings): Scene | null {
  const template = readText(input, 'template');
  if (template.kind !== 'value') return null;
  into.params.scene = template.param;
  return 'template_effect';
}

type Media = { readonly inputs: readonly RequestInput[]; readonly scene: Scene | null };

function readMedia(input: Place, into: Findings): Media {
  const field = readRaw(input, 'media');
  if (field.kind !== 'value') return { inputs: [], scene: null };
  const { value, param } = field;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED.list).violation);
    return { inputs: [], scene: null };
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 0, max: MAX_LIST, unit: 'items' }));
    return { inputs: [], scene: null };
  }
  let scene: Scene | null = null;
  const inputs = value.flatMap((item, index) => {
    const medium = readMedium(item, `${param}[${index}]`, into);
    if (medium === null) return [];
    if (medium.row.scene !== undefined) {
      scene = medium.row.scene;
      into.params.scene = `${param}[${index}].type`;
    }
    return medium.input;
  });
  return { inputs, scene };
}

function readMedium(
  item: Json,
  param: string,
  into: Findings,
): { readonly row: MediumRow; readonly input: readonly RequestInput[] } | null {
  if (!isObject(item)) {
    blame(into, wrongType(param, item, EXPECTED.object).violation);
    return null;
  }
  const at = place(item, `${param}.`, false);
  const type = prefer(into, [readText(at, 'type')]);
  const url = prefer(into, [map(readRaw(at, 'url'), sourceField)]);
  if (readText(at, 'reference_voice').kind === 'value') {
    remark(into, 'not_used', `${param}.reference_voice`, 'voices are not taken from a file here', '不支持参考音色');
  }
  remarkUnknown(into, unread(at));
  if (type !== null && NOT_FILES.has(type.value)) {
    blame(into, violation('not_offered', type.param, type.value, { values: MEDIA_WORDS }));
    return null;
  }
  const row = type === null ? undefined : property(MEDIA, type.value);
  if (type === null) blame(into, missing(`${param}.type`));
  else if (row === undefined) blame(into, violation('not_offered', type.param, type.value, { values: MEDIA_WORDS }));
  if (url === null) blame(into, missing(`${param}.url`));
  if (row === undefined || url === null) return null;
  return { row, input: [{ role: row.role, source: url.value, param: url.param }] };
}

/** `size` is exact, `resolution` a label; where both are given the label decides how fine it is. */
function readFrame(parameters: Place, into: Findings): { size: Size | null; resolution: string | null } {
  const size = prefer(into, [
    map(readText(parameters, 'size'), (text, param): Field<Size> => {
      const frame = frameOf(text);
      return frame?.kind === 'size'
        ? { kind: 'value', value: frame.size, param }
        : wrongType(param, text, EXPECTED.frame);
    }),
  ]);
  if (size !== null) into.params.size = size.param;
  return { size: size?.value ?? null, resolution: take(into, 'resolution', [readLabel(parameters, 'resolution')]) };
}

function readVendor(input: Place, parameters: Place, into: Findings): JsonObject {
  const vendor = {
    ...readVendorKeys(input, ['template'], into),
    ...readVendorKeys(parameters, VENDOR_KEYS, into),
  };
  if (Object.keys(vendor).length > 0) into.params.vendor = 'parameters';
  return vendor;
}
