/** Readers of values that relays write in more than one way. */

import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { parseUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';

export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The first of these that is an address. */
export function firstUrl(...values: readonly (Json | undefined)[]): string | null {
  const found = values.find((value) => typeof value === 'string' && /^https?:\/\//.test(value));
  return typeof found === 'string' ? found : null;
}

/** An object under `key`; an empty one where there is none. */
export function within(body: JsonObject, key: string): JsonObject {
  const value = property(body, key);
  return isObject(value) ? value : {};
}

/** 0 to 100 of a number or of a text such as `30` or `30%`. */
export function percentOf(value: Json | undefined): number | null {
  const percent = numberOf(typeof value === 'string' ? value.replace(/%$/, '') : value);
  return percent !== null && percent <= 100 ? percent : null;
}

export function secondsOf(value: Json | undefined): number | null {
  const seconds = numberOf(value);
  return seconds === 0 ? null : seconds;
}

/** What another Reelgate charged for a task. */
export function chargeOf(body: JsonObject): Micros | null {
  const cost = within(body, 'cost');
  const charge = property(cost, 'charge');
  return property(cost, 'currency') === 'USD' && typeof charge === 'string' ? parseUsd(charge) : null;
}

/** Null for what is no number from 0 to 99999. */
function numberOf(value: Json | undefined): number | null {
  const number = typeof value === 'string' && /^\d{1,5}(?:\.\d{1,6})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number < 100_000 ? number : null;
}
