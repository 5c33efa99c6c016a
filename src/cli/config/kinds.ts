/** The kinds of objects that a file can own: where they live in the admin API, and what becomes of them when the file forgets them. */

import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { ConfigFile } from './schema.ts';

export type KindName = 'accounts' | 'models' | 'channels' | 'keys';

/** One entry of a file. */
export type Declared = { readonly kind: Kind; readonly name: string; readonly fields: JsonObject };

export type Kind = {
  readonly name: KindName;
  /** The members that together name one. */
  readonly identity: readonly string[];
  /** What is sent for a field of which the file says nothing. */
  readonly usual: JsonObject;
  /** Fields that only the making of it takes, with what they are where nothing is said of them. */
  readonly fixed: JsonObject;
  /** The field that can be written but never read. */
  readonly secret: string | null;
  /** How one is made and how it is changed: models are only ever put. */
  readonly make: 'post' | 'put' | null;
  readonly change: 'PATCH' | 'PUT';
  /** The member of the body that holds the fields; null where they are the body. */
  readonly inside: string | null;
  /** What happens to one that is no longer in its file. */
  readonly forget: 'let_go' | 'drain' | 'delete';
};

/** In the order in which they are applied: each after what it may name. */
export const KINDS: readonly Kind[] = [
  {
    name: 'accounts',
    identity: ['name'],
    usual: { budget_daily_usd: null, budget_monthly_usd: null },
    fixed: {},
    secret: null,
    make: 'post',
    change: 'PATCH',
    inside: null,
    forget: 'let_go',
  },
  {
    name: 'models',
    identity: ['name'],
    usual: {},
    fixed: {},
    secret: null,
    make: 'put',
    change: 'PUT',
    inside: 'override',
    forget: 'delete',
  },
  {
    name: 'channels',
    identity: ['name'],
    usual: {
      base_url: null,
      models: null,
      model_map: {},
      priority: 0,
      weight: 1,
      max_concurrency: null,
      requests_per_minute: null,
      costs: [],
      retry_after_failure: false,
      state: 'enabled',
    },
    fixed: { provider: null, mode: 'live' },
    secret: 'credentials',
    make: 'post',
    change: 'PATCH',
    inside: null,
    forget: 'drain',
  },
  {
    name: 'keys',
    identity: ['account', 'name'],
    usual: { models: null, expires_at: null, allowed_ips: null, limits: {} },
    fixed: {},
    secret: null,
    make: null,
    change: 'PATCH',
    inside: null,
    forget: 'let_go',
  },
];

export function kindNamed(name: string): Kind | null {
  return KINDS.find((kind) => kind.name === name) ?? null;
}

/** Every entry of the file, in the order in which they are applied. */
export function declaredIn(file: ConfigFile): Declared[] {
  return KINDS.flatMap((kind) => entriesOf(kind, file));
}

function entriesOf(kind: Kind, file: ConfigFile): Declared[] {
  switch (kind.name) {
    case 'models':
      return modelEntries(kind, file);
    case 'channels':
      return (file.channels ?? []).map((entry) => ({ kind, name: entry.name, fields: withState(plain(entry)) }));
    case 'accounts':
    case 'keys':
      return (file[kind.name] ?? []).map((entry) => ({ kind, name: nameOf(kind, plain(entry)), fields: plain(entry) }));
  }
}

/** What a model is sold for is a part of its row, and is put with it. */
function modelEntries(kind: Kind, { models = {}, prices = {} }: ConfigFile): Declared[] {
  const names = [...new Set([...Object.keys(models), ...Object.keys(prices)])];
  return names.map((name) => {
    const own = prices[name] === undefined ? {} : { prices: prices[name] };
    return { kind, name, fields: plain({ ...models[name], ...own }) };
  });
}

/** A key's is unique only together with its account's. */
export function nameOf({ identity }: Kind, entry: JsonObject): string {
  return identity.map((field) => String(entry[field])).join(' / ');
}

/** `enabled` is the short way to say `state`. */
function withState({ enabled, ...rest }: JsonObject): JsonObject {
  return enabled === undefined ? rest : { ...rest, state: enabled === true ? 'enabled' : 'disabled' };
}

function plain(value: unknown): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isObject(copy) ? copy : {};
}

/** Whether two JSON values say the same, whatever the order of their members. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member) ?? null]),
  );
}
