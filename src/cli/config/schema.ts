/** What a declarative file may say: the bodies of the admin API, gathered. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { Convert } from 'typebox/value';

import { FailureError } from '../../model/failure.ts';
import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { NewAccount } from '../../server/admin/accounts.ts';
import { NewChannel } from '../../server/admin/channels.ts';
import { KeyChange } from '../../server/admin/keys.ts';
import { compileSchema } from '../../server/admin/schema-check.ts';
import { Exactly, Name } from '../../server/admin/shapes.ts';
import { CliError } from '../exit.ts';

const MAX_ENTRIES = 10_000;

const KeyEntry = Exactly({ ...KeyChange.properties, account: Name, name: Name });
const Override = Type.Object(
  {},
  { description: "the `override` of PUT /admin/v1/models/{name}: the row's fields", additionalProperties: true },
);
const Prices = Type.Array(Type.Object({}, { additionalProperties: true }), {
  description: 'the `prices` of PUT /admin/v1/prices',
});

export const ConfigFile = Exactly({
  accounts: Type.Optional(Type.Array(NewAccount, { maxItems: MAX_ENTRIES, description: 'accounts, by name' })),
  models: Type.Optional(Type.Record(Type.String(), Override, { description: 'changes of the catalogue, by model' })),
  prices: Type.Optional(Type.Record(Type.String(), Prices, { description: 'what models are sold for, by model' })),
  channels: Type.Optional(Type.Array(NewChannel, { maxItems: MAX_ENTRIES, description: 'channels, by name' })),
  keys: Type.Optional(
    Type.Array(KeyEntry, { maxItems: MAX_ENTRIES, description: 'limits of keys that exist, by account and name' }),
  ),
});
export type ConfigFile = Static<typeof ConfigFile>;

const ENTRIES: Readonly<Record<'accounts' | 'channels' | 'keys', TSchema>> = {
  accounts: NewAccount,
  channels: NewChannel,
  keys: KeyEntry,
};

/** Throws `CliError` that names the entry and the field. Values from variables are taken as what the field asks for. */
export function readConfigFile(given: unknown, path: string): ConfigFile {
  const value: unknown = Convert(ConfigFile, given ?? {});
  const file: JsonObject = isObject(value) ? value : {};
  const faults = Object.entries(ENTRIES).flatMap(([kind, schema]) => {
    const entries = file[kind];
    return Array.isArray(entries) ? entries.flatMap((entry, place) => entryFault(kind, schema, entry, place)) : [];
  });
  if (faults.length === 0) {
    const whole = faultOf(ConfigFile, value);
    if (whole !== null) faults.push(whole);
  }
  faults.push(...Object.keys(ENTRIES).flatMap((kind) => repeatedNames(kind, file[kind])));
  if (faults.length > 0) throw new CliError('usage', `${path} cannot be used: ${faults.join(' ')}`);
  return value as ConfigFile;
}

/** As JSON Schema for editors: wherever a number or a choice may stand, a reference to a variable may. */
export function editorSchema(): JsonObject {
  const schema: unknown = JSON.parse(JSON.stringify(ConfigFile));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'reelgate.yaml',
    ...(withReferences(schema) as JsonObject),
  };
}

const REFERENCE_SCHEMA = { type: 'string', pattern: '\\$\\{[A-Za-z_]' } as const;

function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences);
  if (!isObject(schema)) return schema;
  if (schema['type'] === 'integer' || schema['type'] === 'number' || schema['type'] === 'boolean')
    return { anyOf: [schema, REFERENCE_SCHEMA] };
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, withReferences(value)]));
}

function entryFault(kind: string, schema: TSchema, entry: unknown, place: number): string[] {
  const fault = faultOf(schema, entry);
  if (fault === null) return [];
  const name = isObject(entry) && typeof entry['name'] === 'string' ? `'${entry['name']}'` : `number ${place + 1}`;
  return [`${kind} ${name}: ${fault}`];
}

function faultOf(schema: TSchema, value: unknown): string | null {
  const result = compileSchema(schema)(value);
  return 'error' in result ? messageOf(result.error) : null;
}

function messageOf(error: unknown): string {
  return error instanceof FailureError ? error.message : String(error);
}

function repeatedNames(kind: string, entries: unknown): string[] {
  if (!Array.isArray(entries)) return [];
  const names = entries
    .filter(isObject)
    .map(({ account, name }) => [account, name].filter((word) => word !== undefined).join(' / '));
  return names
    .filter((name, place) => names.indexOf(name) !== place)
    .map((name) => `${kind} '${name}' is there twice.`);
}
