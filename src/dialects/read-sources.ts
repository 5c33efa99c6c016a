/** Reads lists of media texts: URLs, data URIs or base64. */

import type { MediaSource } from '../model/request.ts';
import { violation } from '../model/violation.ts';
import { map, readRaw, textFault, wrongType } from './fields.ts';
import type { Expected, Field, Place } from './fields.ts';
import { blame, prefer } from './findings.ts';
import type { Findings } from './findings.ts';
import { sourceOf } from './media-source.ts';
import type { Json } from '../model/json.ts';

/** A longer list is refused before its items are read; how many a model takes is decided later. */
export const MAX_LIST = 64;

const EXPECTED_TEXT: Expected = { en: 'a URL, base64 or a data URI', zh: '网址、base64 或 data URI' };
const EXPECTED_LIST: Expected = {
  en: 'an array of URLs, base64 texts or data URIs',
  zh: '网址、base64 或 data URI 的数组',
};

export type FoundSource = { readonly source: MediaSource; readonly param: string };

/** The items of an array, or the one text that stands in its place; empty texts and nulls are left out. */
export function readSources(at: Place, key: string, into: Findings): readonly FoundSource[] {
  const field = readRaw(at, key);
  if (field.kind !== 'value') return [];
  const { value, param } = field;
  if (typeof value === 'string') return found(into, [sourceField(value, param)]);
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED_LIST).violation);
    return [];
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 0, max: MAX_LIST, unit: 'items' }));
    return [];
  }
  return found(
    into,
    value.map((item, index) => sourceField(item, `${param}[${index}]`)),
  );
}

/** One media text. */
export function readSource(at: Place, key: string): Field<MediaSource> {
  return map(readRaw(at, key), sourceField);
}

export function sourceField(value: Json, param: string): Field<MediaSource> {
  if (value === null || value === '') return { kind: 'absent' };
  if (typeof value !== 'string') return wrongType(param, value, EXPECTED_TEXT);
  const fault = textFault(value, param);
  return fault === null ? { kind: 'value', value: sourceOf(value), param } : { kind: 'violation', violation: fault };
}

function found(into: Findings, fields: readonly Field<MediaSource>[]): readonly FoundSource[] {
  return fields.flatMap((field) => {
    const one = prefer(into, [field]);
    return one === null ? [] : [{ source: one.value, param: one.param }];
  });
}
