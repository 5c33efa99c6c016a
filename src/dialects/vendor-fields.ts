/** Keys that mean something to some vendors only: kept as they are, as far as they can be stored. */

import type { Json, JsonObject } from '../model/json.ts';
import { violation } from '../model/violation.ts';
import { leftovers, map, readRaw, storageFault } from './fields.ts';
import type { Field, Place } from './fields.ts';
import { blame, overridden, prefer } from './findings.ts';
import type { Findings } from './findings.ts';

const MAX_VENDOR_KEYS = 64;

type NameOf = (key: string) => string;
const sameName: NameOf = (key) => key;

/** Those of `keys` that were given; the empty text counts as absent. */
export function readVendorKeys(
  at: Place,
  keys: readonly string[],
  into: Findings,
  nameOf: NameOf = sameName,
): JsonObject {
  const vendor: Record<string, Json> = {};
  for (const key of keys) {
    const given = prefer(into, [map(readRaw(at, key), storable)]);
    if (given !== null && given.value !== '') vendor[nameOf(key)] = given.value;
  }
  return vendor;
}

function storable(value: Json, param: string): Field<Json> {
  const fault = storageFault(value, param);
  return fault === null ? { kind: 'value', value, param } : { kind: 'violation', violation: fault };
}

/** What nobody asked for in these places; of a key that stands in several the first place counts. */
export function readVendorFields(places: readonly Place[], into: Findings, nameOf: NameOf = sameName): JsonObject {
  const vendor = new Map<string, { readonly value: Json; readonly param: string }>();
  for (const at of places) {
    for (const key of leftovers(at)) {
      const param = `${at.path}${key}`;
      const value = at.object[key] ?? null;
      if (value === null || value === '') continue;
      const fault = storageFault(key, at.path) ?? storageFault(value, param);
      if (fault !== null) blame(into, fault);
      const name = nameOf(key);
      const before = vendor.get(name);
      if (before === undefined) vendor.set(name, { value, param });
      else if (JSON.stringify(before.value) !== JSON.stringify(value)) overridden(into, param, before.param);
    }
  }
  if (vendor.size > MAX_VENDOR_KEYS) {
    const allowed = { min: 0, max: MAX_VENDOR_KEYS, unit: 'fields' };
    blame(into, violation('too_many', places.at(-1)?.path.replace(/\.$/, '') ?? 'body', vendor.size, allowed));
  }
  return Object.fromEntries(Array.from(vendor, ([key, { value }]) => [key, value]));
}
