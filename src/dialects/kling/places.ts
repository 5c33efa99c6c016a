/** Objects and lists of objects inside a request, as places to read fields from. */

import { isObject, property } from '../../model/json.ts';
import type { RequestInput } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { EXPECTED, leftovers, place, readBoolean, readPlace, readRaw, wrongType } from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { MAX_LIST, readSource } from '../read-sources.ts';

/** The object under a key; an empty one where there is none. */
export function placeOf(at: Place, key: string, into: Findings): Place {
  return prefer(into, [readPlace(at, key)])?.value ?? place({}, `${at.path}${key}.`, at.texts);
}

/** The objects of a list; anything else in it is blamed and left out. */
export function readItems(at: Place, key: string, into: Findings, max: number = MAX_LIST): readonly Place[] {
  const field = readRaw(at, key);
  if (field.kind !== 'value' || field.value === '') return [];
  const { value, param } = field;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED.list).violation);
    return [];
  }
  if (value.length > max) {
    blame(into, violation('too_many', param, value.length, { min: 0, max, unit: 'items' }));
    return [];
  }
  return value.flatMap((item, index) => {
    if (isObject(item)) return [place(item, `${param}[${index}].`, at.texts)];
    blame(into, wrongType(`${param}[${index}]`, item, EXPECTED.object).violation);
    return [];
  });
}

/** The file under a key, as a list of one or none. */
export function readFile(at: Place, key: string, role: RequestInput['role'], into: Findings): readonly RequestInput[] {
  const found = prefer(into, [readSource(at, key)]);
  return found === null ? [] : [{ role, source: found.value, param: found.param }];
}

/** The file that an item of a list is about: without it the item means nothing. */
export function readItemFile(
  at: Place,
  key: string,
  role: RequestInput['role'],
  into: Findings,
): readonly RequestInput[] {
  if (!isGiven(at, key)) blame(into, missing(`${at.path}${key}`));
  return readFile(at, key, role, into);
}

/** `watermark_info.enabled`. */
export function readWatermark(at: Place, into: Findings): boolean | null {
  const info = placeOf(at, 'watermark_info', into);
  const enabled = take(into, 'watermark', [readBoolean(info, 'enabled')]);
  remarkUnknown(into, unread(info));
  return enabled;
}

/** Whether a key says anything: null, the empty text and the empty list do not. */
export function isGiven(at: Place, key: string): boolean {
  const value = property(at.object, key) ?? null;
  return value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** Keys of a place that nobody asked for, as the client would name them. */
export function unread(at: Place): readonly string[] {
  return leftovers(at).map((key) => `${at.path}${key}`);
}
