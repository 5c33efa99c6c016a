/** What applying a file would do: the file against what it said last time, and against what is there. */

import { createHmac } from 'node:crypto';

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { AdminClient } from '../admin-client.ts';
import { CliError } from '../exit.ts';
import { kindNamed, nameOf, sameJson } from './kinds.ts';
import type { Declared, Kind, KindName } from './kinds.ts';

/** `make` a new one, `take_over` one that nobody's file owns, `change` an own one; the rest is for what left the file. */
export type Action = 'make' | 'take_over' | 'change' | 'let_go' | 'drain' | 'delete';

export type Change = { readonly field: string; readonly from: Json; readonly to: Json };

export type Step = {
  readonly action: Action;
  readonly kind: Kind;
  readonly name: string;
  /** Null for one that is not made yet. */
  readonly id: string | null;
  readonly fields: JsonObject;
  /** Without any secret. */
  readonly changes: readonly Change[];
  /** Of a channel to drain. */
  readonly unfinishedJobs: number;
};

/** What the server has: by kind, and what files own. */
export type Live = {
  readonly items: Readonly<Record<KindName, readonly JsonObject[]>>;
  readonly owned: readonly Owned[];
};

type Owned = {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly declared: JsonObject;
  readonly secretDigest: string | null;
  readonly unfinishedJobs: number;
};

const MOST = 100_000;
const HIDDEN = '(secret)';

export async function readLive(admin: AdminClient): Promise<Live> {
  const [accounts, channels, keys, owned] = await Promise.all(
    ['/accounts', '/channels', '/keys', '/file_owned'].map(async (path) => (await admin.list(path, MOST)).data),
  );
  const names = new Map((accounts ?? []).map((account) => [account['id'], account['name'] ?? null]));
  const valid = (keys ?? []).filter((key) => key['revoked_at'] === null);
  return {
    items: {
      accounts: accounts ?? [],
      models: await readOverrides(admin),
      channels: channels ?? [],
      keys: valid.map((key) => ({ ...key, account: names.get(key['account_id']) ?? null })),
    },
    owned: (owned ?? []).flatMap(ownedOf),
  };
}

/** What operators say of models; none where the server's catalogue cannot be changed. */
async function readOverrides(admin: AdminClient): Promise<JsonObject[]> {
  const models = property((await admin.find('/models')) ?? {}, 'data');
  const changed = (Array.isArray(models) ? models.filter(isObject) : []).filter(
    ({ origin }) => origin === 'overridden' || origin === 'own',
  );
  const items: JsonObject[] = [];
  for (const { id } of changed) {
    const { override } = await admin.ask('GET', `/models/${encodeURIComponent(String(id))}`);
    items.push({ ...(isObject(override) ? override : {}), id: String(id), name: String(id) });
  }
  return items;
}

/** Throws `CliError` for what no plan can bring about. */
export function planOf(declared: readonly Declared[], live: Live, file: string): Step[] {
  const own = live.owned.filter((one) => one.file === file && isThere(live, one));
  const stale = live.owned.filter((one) => one.file === file && !isThere(live, one));
  const wanted = declared.flatMap((entry) => stepFor(entry, live, own, file));
  const names = new Set(declared.map(({ kind, name }) => `${kind.name} ${name}`));
  const forgotten = own.filter(({ kind, name }) => !names.has(`${kind.name} ${name}`));
  return [...wanted, ...forgotten.map(forget).toReversed(), ...stale.map((one) => stepOf('let_go', one))];
}

/** Only whoever has the secret can tell from this that it is the same. */
export function secretDigest(secret: Json | undefined, id: string): string | null {
  return typeof secret === 'string' ? createHmac('sha256', id).update(secret).digest('base64url') : null;
}

/** The entry as it is remembered: without its secret. */
export function withoutSecret({ secret }: Kind, fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== secret));
}

function stepFor(entry: Declared, live: Live, own: readonly Owned[], file: string): Step[] {
  const { kind, name, fields } = entry;
  const known = own.find((one) => one.kind === kind && one.name === name);
  if (known !== undefined) return changeOf(entry, known);
  const found = live.items[kind.name].filter((item) => nameOf(kind, item) === name);
  const [item] = found;
  if (found.length > 1)
    throw new CliError('refused', `${found.length} ${kind.name} have the name '${name}': rename all but one.`);
  const blank = { kind, name, fields, unfinishedJobs: 0 };
  if (item === undefined) {
    if (kind.make === null)
      throw new CliError(
        'refused',
        `There is no key '${name}': make it with \`reelgate keys add\`, since it is shown only once.`,
      );
    return [{ ...blank, action: 'make', id: null, changes: changesOf(kind, {}, fields) }];
  }
  const id = String(item['id']);
  const other = live.owned.find((one) => one.kind === kind && one.id === id && one.file !== file);
  if (other !== undefined)
    throw new CliError('refused', `The file ${other.file} owns '${name}' of ${kind.name} already.`);
  requireSameFixed(entry, item);
  const shown = kind.change === 'PUT' ? Object.keys(item) : Object.keys({ ...kind.usual, ...fields });
  const before = Object.fromEntries(shown.map((field) => [field, item[field] ?? null]));
  return [{ ...blank, action: 'take_over', id, changes: changesOf(kind, withoutSecret(kind, before), fields) }];
}

function changeOf(entry: Declared, known: Owned): Step[] {
  const { kind, name, fields } = entry;
  requireSameFixed(entry, known.declared);
  const secret = kind.secret === null ? undefined : fields[kind.secret];
  const isSameSecret = secretDigest(secret, known.id) === known.secretDigest;
  const changes = changesOf(kind, known.declared, fields).filter(({ field }) => field !== kind.secret || !isSameSecret);
  if (changes.length === 0) return [];
  return [{ action: 'change', kind, name, id: known.id, fields, changes, unfinishedJobs: 0 }];
}

/** Fields that differ once both sides have what is usual for those of which they say nothing. */
function changesOf(kind: Kind, before: JsonObject, after: JsonObject): Change[] {
  const [one, other] = [
    { ...kind.fixed, ...kind.usual, ...before },
    { ...kind.fixed, ...kind.usual, ...after },
  ];
  const said = new Set([...Object.keys(one), ...Object.keys(other)]);
  const fields = [...said].filter((field) => field !== 'id' && !kind.identity.includes(field));
  return fields.flatMap((field) => {
    const [from, to] = [property(one, field), property(other, field)];
    if (field === kind.secret) return to === undefined ? [] : [{ field, from: null, to: HIDDEN }];
    return sameJson(from, to) ? [] : [{ field, from: from ?? null, to: to ?? null }];
  });
}

function requireSameFixed({ kind, name, fields }: Declared, before: JsonObject): void {
  const wrong = Object.entries(kind.fixed).find(
    ([field, usual]) => !sameJson(fields[field] ?? usual, before[field] ?? usual),
  );
  if (wrong === undefined) return;
  throw new CliError('refused', `'${wrong[0]}' of '${name}' cannot be changed: give the new one another name.`);
}

function forget(one: Owned): Step {
  if (one.kind.forget !== 'drain') return stepOf(one.kind.forget, one);
  return stepOf(one.unfinishedJobs > 0 ? 'drain' : 'delete', one);
}

function stepOf(action: Action, one: Owned): Step {
  const { kind, name, id, declared, unfinishedJobs } = one;
  return { action, kind, name, id, fields: declared, changes: [], unfinishedJobs };
}

function isThere(live: Live, { kind, id }: Owned): boolean {
  return live.items[kind.name].some((item) => item['id'] === id);
}

function ownedOf(item: JsonObject): Owned[] {
  const kind = kindNamed(String(item['kind']));
  if (kind === null) return [];
  const { declared, secret_digest: digest } = item;
  return [
    {
      kind,
      id: String(item['id']),
      name: String(item['name']),
      file: String(item['file']),
      declared: isObject(declared) ? declared : {},
      secretDigest: typeof digest === 'string' ? digest : null,
      unfinishedJobs: Number(item['unfinished_jobs']),
    },
  ];
}
