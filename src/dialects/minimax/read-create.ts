/** Reads `POST /v1/video_generation`. */

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, VideoRequest } from '../../model/request.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  leftovers,
  place,
  readBoolean,
  readChoice,
  readInteger,
  readLabel,
  readRaw,
  readText,
  wrongType,
} from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, findings, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { MAX_LIST, readSource, readSources } from '../read-sources.ts';
import { requireText } from '../required.ts';
import { violation } from '../../model/violation.ts';
import { readVendorKeys } from '../vendor-fields.ts';

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'first_frame_image',
  last_frame: 'last_frame_image',
  reference_image: 'subject_reference',
};

const VENDOR_KEYS = ['prompt_optimizer', 'fast_pretreatment'] as const;

export function readCreate(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const model = requireText(top, 'model', 'model', into);
  const request = readRequest(top, model, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(top: Place, model: string, into: Findings): VideoRequest {
  const inputs = [
    ...readFrame(top, 'first_frame_image', 'first_frame', into),
    ...readFrame(top, 'last_frame_image', 'last_frame', into),
    ...readSubjects(top, into),
  ];
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    inputs,
    seconds: take(into, 'seconds', [readInteger(top, 'duration')]),
    resolution: take(into, 'resolution', [readLabel(top, 'resolution')]),
    watermark: take(into, 'watermark', [readBoolean(top, 'aigc_watermark')]),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
    vendor: readVendorKeys(top, VENDOR_KEYS, into),
  };
}

function readFrame(
  top: Place,
  key: string,
  role: 'first_frame' | 'last_frame',
  into: Findings,
): readonly RequestInput[] {
  const source = prefer(into, [readSource(top, key)]);
  return source === null ? [] : [{ role, source: source.value, param: source.param }];
}

/** Each subject is shown by pictures of its own; all are references of the video. */
function readSubjects(top: Place, into: Findings): readonly RequestInput[] {
  const field = readRaw(top, 'subject_reference');
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
  return value.flatMap((item, index) => readSubject(item, `${param}[${index}]`, into));
}

function readSubject(item: Json, param: string, into: Findings): readonly RequestInput[] {
  if (!isObject(item)) {
    blame(into, wrongType(param, item, EXPECTED.object).violation);
    return [];
  }
  const at = place(item, `${param}.`, false);
  prefer(into, [readChoice(at, 'type', ['character'])]);
  const sources = readSources(at, 'image', into);
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
  return sources.map(({ source, param: from }) => ({ role: 'reference_image', source, param: from }));
}
