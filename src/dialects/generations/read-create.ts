/** Reads `POST /v1/video/generations`: what stands at the top counts before `extra_body`, and that before `metadata`. */

import { MAX_SIDE, ratioOf, shortSideOf } from '../../model/frame-size.ts';
import { property } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  leftovers,
  map,
  place,
  readBoolean,
  readFrame,
  readInteger,
  readLabel,
  readPlace,
  readSeconds,
  readText,
} from '../fields.ts';
import type { Field, Frame, Place } from '../fields.ts';
import { blame, findings, missing, overridden, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings, Found } from '../findings.ts';
import { sameSource } from '../media-source.ts';
import { readSource, readSources } from '../read-sources.ts';
import type { FoundSource } from '../read-sources.ts';
import { readVendorFields } from '../vendor-fields.ts';

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'image',
  last_frame: 'last_image',
  reference_image: 'reference_image_urls',
};

/** Kling says by the word how fine the picture is; any other word of this field is the vendor's. */
const RESOLUTIONS_OF_MODES: Readonly<Record<string, string>> = { std: '720p', pro: '1080p', '4k': '4k' };

const ABSENT = { kind: 'absent' } as const;

type Places = { readonly top: Place; readonly extra: Place; readonly metadata: Place };

export function readCreate(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const places = { top, extra: inner(top, 'extra_body', into), metadata: inner(top, 'metadata', into) };
  const request = readRequest(places, into);
  remarkFormat(top, into);
  remarkUnknown(into, [...leftovers(top), ...incoming.files.map(({ field }) => field)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function inner(top: Place, key: string, into: Findings): Place {
  return prefer(into, [readPlace(top, key)])?.value ?? place({}, `${key}.`, top.texts);
}

type Read<T> = (at: Place, key: string) => Field<T>;

function readRequest(places: Places, into: Findings): VideoRequest {
  const { top, extra, metadata } = places;
  const among = <T>(keys: readonly string[], read: Read<T>): Field<T>[] =>
    [top, extra, metadata].flatMap((at) => keys.map((key) => read(at, key)));
  const text = (key: string): Field<string>[] => among([key], readText);
  const flag = (key: string): Field<boolean>[] => among([key], readBoolean);
  const inputs = readInputs(places, into);
  const shape = readShape(places, into);
  return {
    ...EMPTY_REQUEST,
    model: readModel(places, into),
    prompt: take(into, 'prompt', text('prompt')),
    negativePrompt: take(into, 'negativePrompt', text('negative_prompt')),
    inputs,
    ...shape,
    seconds: take(into, 'seconds', among(['duration', 'seconds'], readSeconds)),
    fps: take(into, 'fps', among(['fps'], readInteger)),
    audio: take(into, 'audio', flag('audio')),
    bgm: take(into, 'bgm', flag('bgm')),
    seed: take(into, 'seed', among(['seed'], readInteger)),
    count: take(into, 'count', among(['n'], readInteger)),
    offPeak: take(into, 'offPeak', flag('off_peak')),
    watermark: take(into, 'watermark', flag('watermark')),
    callbackUrl: take(into, 'callbackUrl', text('callback_url')),
    payload: take(into, 'payload', text('payload')),
    user: take(into, 'user', text('user')),
    vendor: readVendor(places, into),
  };
}

/** Vendors' own names of the model ride in `metadata`. */
function readModel({ top, metadata }: Places, into: Findings): string {
  const named = [readText(top, 'model'), readText(metadata, 'model_name'), readText(metadata, 'req_key')];
  if (named.every((field) => field.kind === 'absent')) blame(into, missing('model'));
  return take(into, 'model', named) ?? '';
}

/** Loose pictures first: what they are for, the model decides. */
function readInputs({ top, extra, metadata }: Places, into: Findings): readonly RequestInput[] {
  const loose = framesOf(
    [...readSources(top, 'image', into), ...readSources(top, 'images', into)],
    [...readSources(metadata, 'image', into), ...readSources(metadata, 'image_urls', into)],
    into,
  );
  const last = prefer(
    into,
    [readSource(top, 'last_image'), readSource(extra, 'last_image'), readSource(metadata, 'image_tail')],
    sameSource,
  );
  const references = [top, extra, metadata].flatMap((at) => readSources(at, 'reference_image_urls', into));
  const inputs: readonly RequestInput[] = [
    ...loose.map((picture): RequestInput => ({ role: 'image', ...picture })),
    ...(last === null ? [] : [{ role: 'last_frame', source: last.value, param: last.param } as const]),
    ...references.map((picture): RequestInput => ({ role: 'reference_image', ...picture })),
  ];
  const first = inputs[0];
  if (first !== undefined) into.params.inputs = first.param;
  return inputs;
}

/** A list in `metadata` that begins with the same picture goes on where the top ends; any other is overridden. */
function framesOf(
  top: readonly FoundSource[],
  metadata: readonly FoundSource[],
  into: Findings,
): readonly FoundSource[] {
  const [first] = top;
  if (first === undefined) return metadata;
  const isNew = ({ source }: FoundSource): boolean => !top.some((known) => sameSource(known.source, source));
  const begin = metadata[0];
  if (begin === undefined || !isNew(begin)) return [...top, ...metadata.filter(isNew)];
  overridden(into, begin.param, first.param);
  return top;
}

type Shape = Pick<VideoRequest, 'size' | 'resolution' | 'ratio'>;

/** Pixels at the top stand for themselves: what is said against them elsewhere is a note, no contradiction. */
function readShape({ top, extra, metadata }: Places, into: Findings): Shape {
  const frame = prefer(into, [readFrame(top, 'size'), readSides(top, into)], sameFrame);
  const size = frame?.value.kind === 'size' ? { value: frame.value.size, param: frame.param } : null;
  if (size !== null) into.params.size = size.param;
  const label: Field<string> =
    frame?.value.kind === 'label' ? { kind: 'value', value: frame.value.label, param: frame.param } : ABSENT;
  const labels = [readLabel(extra, 'resolution'), readLabel(metadata, 'resolution'), modeAt(top), modeAt(metadata)];
  const ratios = [extra, metadata].map((at) => readText(at, 'aspect_ratio'));
  return {
    size: size?.value ?? null,
    resolution: take(into, 'resolution', [
      readLabel(top, 'resolution'),
      label,
      ...labels.map((field) => unlessAgainst(field, size, isResolutionOf, into)),
    ]),
    ratio: take(into, 'ratio', [
      readText(top, 'aspect_ratio'),
      ...ratios.map((field) => unlessAgainst(field, size, isRatioOf, into)),
    ]),
  };
}

function modeAt(at: Place): Field<string> {
  const word = property(at.object, 'mode');
  const value = typeof word === 'string' ? property(RESOLUTIONS_OF_MODES, word.toLowerCase()) : undefined;
  return value === undefined ? ABSENT : map(readText(at, 'mode'), (_, param) => ({ kind: 'value', value, param }));
}

/** Both sides, or none. */
function readSides(top: Place, into: Findings): Field<Frame> {
  const width = prefer(into, [readSide(top, 'width')]);
  const height = prefer(into, [readSide(top, 'height')]);
  if (width !== null && height !== null) {
    const size = { width: width.value, height: height.value };
    return { kind: 'value', value: { kind: 'size', size }, param: width.param };
  }
  const alone = width ?? height;
  if (alone !== null) remark(into, 'not_used', alone.param, 'width and height count together', '宽和高需同时提供');
  return ABSENT;
}

function readSide(top: Place, key: string): Field<number> {
  return map(readInteger(top, key), (value, param) => {
    if (value >= 1 && value <= MAX_SIDE) return { kind: 'value', value, param };
    return { kind: 'violation', violation: violation('out_of_range', param, value, { min: 1, max: MAX_SIDE }) };
  });
}

function sameFrame(one: Frame, other: Frame): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function unlessAgainst(
  field: Field<string>,
  size: Found<Size> | null,
  fits: (text: string, size: Size) => boolean,
  into: Findings,
): Field<string> {
  if (field.kind !== 'value' || size === null || fits(field.value, size.value)) return field;
  overridden(into, field.param, size.param);
  return ABSENT;
}

function isResolutionOf(label: string, size: Size): boolean {
  return shortSideOf(label) === Math.min(size.width, size.height);
}

function isRatioOf(ratio: string, size: Size): boolean {
  return ratioOf(size) === ratio;
}

/** What is left in `extra_body` and `metadata` is the vendor's. */
function readVendor({ extra, metadata }: Places, into: Findings): VideoRequest['vendor'] {
  const vendor = readVendorFields([extra, metadata], into);
  if (Object.keys(vendor).length > 0) into.params.vendor = leftovers(metadata).length > 0 ? 'metadata' : 'extra_body';
  return vendor;
}

function remarkFormat(top: Place, into: Findings): void {
  const format = prefer(into, [readText(top, 'response_format')]);
  if (format === null || format.value.toLowerCase() === 'url') return;
  remark(into, 'not_used', format.param, 'the answer is always a URL', '结果始终为网址');
}
