/** What a server has, as a declarative file: a beginning for those who made everything by hand. */

import { stringify } from 'yaml';

import type { JsonObject } from '../../model/json.ts';
import { KINDS, sameJson } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { Live } from './plan.ts';

const HEAD = `# Credentials cannot be read back: a channel keeps those it has unless it says, for example,
#   credentials: \${KLING_CREDENTIALS}
`;
/** What cannot be read is left out, and stays as it is when the file is applied. */
export function exportYaml(live: Live): string {
  const sections = KINDS.flatMap((kind) => {
    const items = live.items[kind.name].map((item) => entryOf(kind, item)).filter((entry) => isWorthIt(kind, entry));
    if (items.length === 0) return [];
    return [[kind.name, kind.make === 'put' ? byName(live.items[kind.name]) : items] as const];
  });
  return HEAD + stringify(Object.fromEntries(sections), { lineWidth: 0 });
}

function entryOf(kind: Kind, item: JsonObject): JsonObject {
  const said = Object.entries(kind.usual).filter(([field, usual]) => !sameJson(item[field] ?? null, usual));
  return {
    ...Object.fromEntries(fixedOf(kind).map((field) => [field, item[field] ?? null])),
    ...Object.fromEntries(said.map(([field]) => [field, item[field] ?? null])),
  };
}

/** What every entry says. */
function fixedOf({ identity, fixed }: Kind): string[] {
  return [...identity, ...Object.keys(fixed)];
}

/** A key without any limit is not a file's business. */
function isWorthIt(kind: Kind, entry: JsonObject): boolean {
  return kind.make !== null || Object.keys(entry).length > fixedOf(kind).length;
}

function byName(items: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(items.map(({ id: _id, name, ...fields }) => [String(name), fields]));
}
