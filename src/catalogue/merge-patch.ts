/** Merge patches (RFC 7396): what is said replaces what was there, null takes it away, what is left out stays. */

import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';

/** Lists are replaced as a whole. Neither argument is changed. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const kept = isObject(target) ? target : {};
  const said = new Map(Object.entries(patch));
  const old = Object.entries(kept).flatMap(([key, value]): [string, Json][] => {
    const change = said.get(key);
    if (change === undefined) return [[key, value]];
    return change === null ? [] : [[key, mergePatch(value, change)]];
  });
  const added = Object.entries(patch).flatMap(([key, change]): [string, Json][] =>
    change === null || Object.hasOwn(kept, key) ? [] : [[key, mergePatch(undefined, change)]],
  );
  return Object.fromEntries([...old, ...added]) satisfies JsonObject;
}
