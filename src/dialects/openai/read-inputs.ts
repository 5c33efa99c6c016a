/** Reads pictures, videos and audio from every place where clients of `/v1/videos` put them. */

import { formPath } from '../../model/form-body.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { MediaSource, RequestInput } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import type { Violation } from '../../model/violation.ts';
import type { IncomingFile } from '../dialect.ts';
import { depthFault, leftovers, map, parseJson, place, readRaw, readText, textFault, wrongType } from '../fields.ts';
import type { Expected, Field, Place } from '../fields.ts';
import { isMediaText, isVideoName, isVideoUrl, sameSource, sourceOf } from '../media-source.ts';
import { blame, missing, prefer, remark, remarkUnknown } from '../findings.ts';
import type { Findings } from '../findings.ts';

/** A longer list is refused before its items are read; how many a model takes is decided later. */
const MAX_LIST = 64;

const DATA_VIDEO = /^data:video\//i;

const EXPECTED_MEDIA: Expected = {
  en: 'a URL, base64, a data URI, an uploaded file, or an object with image_url',
  zh: '网址、base64、data URI、上传的文件,或含 image_url 的对象',
};

type Role = RequestInput['role'];

/** Files of a multipart body by the field they came in; what nobody asks for stays behind. */
export type Files = Map<string, IncomingFile[]>;

export function filesByField(files: readonly IncomingFile[]): Files {
  const byField: Files = new Map();
  for (const file of files) {
    const path = formPath(file.field);
    const steps = path.filter((step, at) => at === 0 || (step !== '' && !/^\d+$/.test(step)));
    const field = steps.join('.');
    byField.set(field, [...(byField.get(field) ?? []), file]);
  }
  return byField;
}

/** A picture, or a video if the data URI, the file's name or the URL's path says so. */
export function looseRole(source: MediaSource): 'image' | 'video' {
  switch (source.from) {
    case 'inline':
      return DATA_VIDEO.test(source.text) ? 'video' : 'image';
    case 'upload':
      return isVideoName(source.upload.fileName ?? '') ? 'video' : 'image';
    case 'job':
      return 'video';
    case 'url':
      return isVideoUrl(source.url) ? 'video' : 'image';
  }
}

export function fileIdRefused(param: string, value: Json): Violation {
  return violation('not_supported', param, value, null, {
    en: 'files are not kept by id here; send them inline, as a URL, base64, a data URI or an upload',
    zh: '不支持文件 ID,请直接提供网址、base64、data URI 或上传文件',
  });
}

/** All inputs that stand in fields of their own, in the order in which a model counts them. */
export function readInputs(top: Place, metadata: Place, files: Files, into: Findings): RequestInput[] {
  const pictures = [
    ...readMany(top, 'image', files, into),
    ...readMany(top, 'images', files, into),
    ...readMany(top, 'input_reference', files, into),
  ];
  const single = (role: Role, keys: readonly string[]): RequestInput[] =>
    readSingle([metadata, top], keys, role, files, into);
  const lastFrameId = readText(metadata, 'last_frame_file_id');
  if (lastFrameId.kind === 'value') blame(into, fileIdRefused(lastFrameId.param, lastFrameId.value));
  return [
    ...withoutRepeats(pictures, into),
    ...single('first_frame', ['first_frame_url']),
    ...single('last_frame', ['last_frame_url']),
    ...single('video', ['video_url']),
    ...single('audio', ['audio_url', 'sound_file', 'audio']),
  ];
}

function readMany(at: Place, key: string, files: Files, into: Findings): RequestInput[] {
  const raw = map(readRaw(at, key), unpacked);
  if (raw.kind === 'violation') blame(into, raw.violation);
  const given = raw.kind === 'value' ? raw.value : null;
  const fields: Field<RequestInput>[] = [];
  if (Array.isArray(given)) {
    if (given.length > MAX_LIST) {
      blame(into, violation('too_many', `${at.path}${key}`, given.length, { min: 0, max: MAX_LIST, unit: 'items' }));
      return [];
    }
    fields.push(...given.map((item: Json, index) => readMedia(item, `${at.path}${key}[${index}]`, null, into)));
  } else if (given !== null) {
    fields.push(readMedia(given, `${at.path}${key}`, null, into));
  }
  fields.push(...takeFiles(files, `${at.path}${key}`, null, fields.length));
  return fields.flatMap((field) => {
    if (field.kind === 'violation') blame(into, field.violation);
    return field.kind === 'value' ? [field.value] : [];
  });
}

/** One medium, wherever it is found first; another one elsewhere is a note, more than one in the same field a fault. */
function readSingle(
  places: readonly Place[],
  keys: readonly string[],
  role: Role,
  files: Files,
  into: Findings,
): RequestInput[] {
  const candidates = places.flatMap((at) =>
    keys.flatMap((key) => {
      // `audio` is a switch as well, which is read elsewhere.
      if (key === 'audio' && !isMediaText(property(at.object, key) ?? null) && !files.has(`${at.path}${key}`))
        return [];
      const value = map(map(readRaw(at, key), unpacked), (given, param) => readMedia(given, param, role, into));
      const uploads = takeFiles(files, `${at.path}${key}`, role, value.kind === 'absent' ? 0 : 1);
      return [value, ...uploads];
    }),
  );
  const found = prefer(into, candidates, (a, b) => sameSource(a.source, b.source));
  return found === null ? [] : [found.value];
}

export function takeFiles(files: Files, field: string, role: Role | null, before: number): Field<RequestInput>[] {
  const uploads = files.get(field) ?? [];
  files.delete(field);
  return uploads.map(({ upload }, at) => {
    const source: MediaSource = { from: 'upload', upload };
    const param = before + uploads.length > 1 ? `${field}[${before + at}]` : field;
    return { kind: 'value', value: { role: role ?? looseRole(source), source, param }, param };
  });
}

/** The value of a JSON text that can only be a list or an object: neither base64 nor a URL begins so. */
export function unpacked(value: Json, param: string): Field<Json> {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return { kind: 'value', value, param };
  const parsed = parseJson(value);
  const subject = { en: 'it begins like JSON but is none', zh: '不是有效的 JSON' };
  if (parsed === undefined)
    return { kind: 'violation', violation: violation('unreadable', param, value, null, subject) };
  const fault = depthFault(parsed, param);
  return fault === null ? { kind: 'value', value: parsed, param } : { kind: 'violation', violation: fault };
}

/** A medium in any of its forms; the empty text counts as absent. A `role` of null is decided by what it is. */
function readMedia(value: Json, param: string, role: Role | null, into: Findings): Field<RequestInput> {
  if (value === null || value === '') return { kind: 'absent' };
  if (typeof value === 'string') {
    const fault = textFault(value, param);
    if (fault !== null) return { kind: 'violation', violation: fault };
    const source = sourceOf(value);
    return { kind: 'value', value: { role: role ?? looseRole(source), source, param }, param };
  }
  if (!isObject(value)) return wrongType(param, value, EXPECTED_MEDIA);
  return readMediaObject(place(value, `${param}.`, false), param, role, into);
}

/** `{url}`, `{image_url}` or `{image_url: {url}}`; `{file_id}` is refused. */
function readMediaObject(at: Place, param: string, role: Role | null, into: Findings): Field<RequestInput> {
  readRaw(at, 'type');
  const fileId = readRaw(at, 'file_id');
  if (fileId.kind === 'value' && fileId.value !== '') {
    return { kind: 'violation', violation: fileIdRefused(fileId.param, fileId.value) };
  }
  const links = ['image_url', 'url'].map((key) => map(readRaw(at, key), nestedUrl));
  const found = links.find((link) => link.kind !== 'absent');
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
  if (found === undefined)
    return { kind: 'violation', violation: missing(`${param}.${role === null ? 'image_url' : 'url'}`) };
  return map(found, (link, linkParam) => {
    if (typeof link !== 'string') return wrongType(linkParam, link, EXPECTED_MEDIA);
    return readMedia(link, linkParam, role, into);
  });
}

function nestedUrl(value: Json, param: string): Field<Json> {
  if (value === '') return { kind: 'absent' };
  return isObject(value) ? readRaw(place(value, `${param}.`, false), 'url') : { kind: 'value', value, param };
}

/** Keeps a picture once that is given in more than one field; twice in one list is the client's wish (a loop). */
function withoutRepeats(inputs: readonly RequestInput[], into: Findings): RequestInput[] {
  return inputs.filter((input, at) => {
    const before = inputs
      .slice(0, at)
      .find((other) => fieldOf(other) !== fieldOf(input) && sameSource(other.source, input.source));
    if (before === undefined) return true;
    remark(into, 'not_used', input.param, `it is the same as '${before.param}'`, `与“${before.param}”相同`);
    return false;
  });
}

function fieldOf(input: RequestInput): string {
  return input.param.split(/[[.]/, 1)[0] ?? '';
}
