/** Reads `metadata.file_infos`, Tencent's list of input files, in snake or Pascal spelling. */

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { RequestInput } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import type { Violation } from '../../model/violation.ts';
import { EXPECTED, leftovers, map, place, readChoice, readRaw, readText, wrongType } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, missing, remark } from '../findings.ts';
import type { Findings, Found } from '../findings.ts';
import { sourceOf } from '../media-source.ts';
import { fileIdRefused, looseRole, unpacked } from './read-inputs.ts';

export const MAX_FILE_INFOS = 3;

const TYPES = ['Url', 'Base64', 'File'] as const;
const CATEGORIES = ['Image', 'Video', 'Audio'] as const;
const USAGES = ['FirstFrame', 'LastFrame', 'Reference'] as const;
/** Veo's, PixVerse's and Kling's words for what a reference is used for. */
const REFERENCE_TYPES = ['asset', 'style', 'subject', 'background', 'feature', 'base'] as const;

type Category = (typeof CATEGORIES)[number];
type Usage = (typeof USAGES)[number];
type ReferenceType = (typeof REFERENCE_TYPES)[number];

export function readFileInfos(metadata: Place, into: Findings): RequestInput[] {
  const list = map(map(readRaw(metadata, 'file_infos'), unpacked), (value, param): Field<readonly Json[]> => {
    if (value === '') return { kind: 'absent' };
    return Array.isArray(value) ? { kind: 'value', value, param } : wrongType(param, value, EXPECTED.list);
  });
  if (list.kind === 'violation') blame(into, list.violation);
  if (list.kind !== 'value') return [];
  if (list.value.length > MAX_FILE_INFOS) {
    const allowed = { min: 0, max: MAX_FILE_INFOS, unit: 'items' };
    blame(into, violation('too_many', list.param, list.value.length, allowed));
    return [];
  }
  return list.value.flatMap((item, at) => {
    const input = readItem(item, `${list.param}[${at}]`, into);
    if (input.kind === 'violation') blame(into, input.violation);
    return input.kind === 'value' ? [input.value] : [];
  });
}

function readItem(item: Json, param: string, into: Findings): Field<RequestInput> {
  if (!isObject(item)) return wrongType(param, item, EXPECTED.object);
  const at = place(item, `${param}.`, false, true);
  const link = readLink(at);
  const category = given(into, readChoice(at, 'category', CATEGORIES));
  const usage = given(into, readChoice(at, 'usage', USAGES));
  const reference = given(into, readChoice(at, 'reference_type', REFERENCE_TYPES));
  for (const key of leftovers(at)) {
    remark(into, 'not_used', `${at.path}${key}`, 'this field of a file is not passed on', '该文件字段不会传递');
  }
  return map(link, (text, linkParam) => {
    const source = sourceOf(text);
    const kind = category?.value ?? (looseRole(source) === 'video' ? 'Video' : 'Image');
    const fault = usageFault(kind, usage);
    if (fault !== null) return { kind: 'violation', violation: fault };
    remarkReference(kind, reference, into);
    return { kind: 'value', value: { role: roleOf(kind, usage?.value, reference), source, param: linkParam }, param };
  });
}

/** The file itself: `type` says which key holds it; without one, the key that is there. */
function readLink(at: Place): Field<string> {
  const type = readChoice(at, 'type', TYPES);
  const url = readText(at, 'url');
  const base64 = readText(at, 'base64');
  const fileId = readText(at, 'file_id');
  if (type.kind === 'violation') return type;
  if (fileId.kind === 'value') return { kind: 'violation', violation: fileIdRefused(fileId.param, fileId.value) };
  const word = type.kind === 'value' ? type.value : base64.kind === 'absent' ? 'Url' : 'Base64';
  switch (word) {
    case 'File':
      return { kind: 'violation', violation: fileIdRefused(`${at.path}type`, 'File') };
    case 'Url':
      return url.kind === 'absent' ? { kind: 'violation', violation: missing(`${at.path}url`) } : url;
    case 'Base64':
      return base64.kind === 'absent' ? { kind: 'violation', violation: missing(`${at.path}base64`) } : base64;
  }
}

function given<T>(into: Findings, field: Field<T>): Found<T> | null {
  if (field.kind === 'violation') blame(into, field.violation);
  return field.kind === 'value' ? { value: field.value, param: field.param } : null;
}

function usageFault(category: Category, usage: Found<Usage> | null): Violation | null {
  if (category === 'Image' || usage === null || usage.value === 'Reference') return null;
  return violation('contradiction', usage.param, usage.value, null, {
    en: `the file's category is ${category}, and only an Image can be a frame`,
    zh: `该文件的类别为 ${category},只有 Image 可作为首帧或尾帧`,
  });
}

function roleOf(
  category: Category,
  usage: Usage | undefined,
  reference: Found<ReferenceType> | null,
): RequestInput['role'] {
  switch (category) {
    case 'Audio':
      return 'audio';
    case 'Video':
      return usage === undefined && reference === null ? 'video' : 'reference_video';
    case 'Image':
      if (usage === 'FirstFrame') return 'first_frame';
      if (usage === 'LastFrame') return 'last_frame';
      return usage === undefined && reference === null ? 'image' : 'reference_image';
  }
}

/** Our references are plain ones, so that any finer word is told not to count. */
function remarkReference(category: Category, reference: Found<ReferenceType> | null, into: Findings): void {
  if (reference === null || reference.value === 'asset' || reference.value === 'feature') return;
  const word = category.toLowerCase();
  remark(into, 'adjusted', reference.param, `the ${word} is used as a plain reference`, '该文件作为普通参考使用');
}
