/** Answers of the admin API as outcomes: lists become tables, single things become lines of name and value. */

import { stringify } from 'yaml';

import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { isUuid } from '../model/id.ts';
import type { AdminClient, Page } from './admin-client.ts';
import { CliError } from './exit.ts';
import type { OptionRow, Outcome, Words } from './command.ts';
import { cell, columns, CONTROLS } from './paint.ts';
import type { Paint } from './paint.ts';

const LIMITS = { usual: 100, most: 100_000 } as const;

/** The option of every list. */
export const LIMIT: OptionRow = { name: 'limit', value: 'count', about: `how many to show (${LIMITS.usual})` };

/** Words that deserve a colour wherever they stand in a table. */
const TONES: Readonly<Record<string, keyof Paint>> = {
  enabled: 'good',
  succeeded: 'good',
  ok: 'good',
  yes: 'good',
  draining: 'warn',
  resting: 'warn',
  warn: 'warn',
  failed: 'bad',
  fail: 'bad',
  expired: 'bad',
  no: 'bad',
  disabled: 'dim',
  cancelled: 'dim',
};

export function limitOf(words: Words): number {
  const said = words.optional('limit');
  if (said === null) return LIMITS.usual;
  const count = /^\d{1,6}$/.test(said) ? Number(said) : 0;
  if (count >= 1 && count <= LIMITS.most) return count;
  throw new CliError('usage', `--limit must be a number from 1 to ${LIMITS.most}, not '${said}'.`);
}

/** `shown` are the columns: members of the items, such as `health.state`. */
export function listOutcome(page: Page, shown: readonly string[]): Outcome {
  return {
    data: { data: page.data, next: page.next },
    text: (paint) => {
      if (page.data.length === 0) return 'There are none.';
      const more = page.next === null ? [] : [paint.dim('There are more: raise --limit.')];
      return [tableOf(page.data, shown, paint), ...more].join('\n');
    },
  };
}

export function tableOf(items: readonly JsonObject[], shown: readonly string[], paint: Paint): string {
  const lines = items.map((item) => shown.map((path) => cell(memberOf(item, path))));
  return columns(shown.map(titleOf), lines, paint, (text) => toned(text, paint));
}

/** One thing; members that are lists of things become tables below it, and other things follow as YAML. */
export function recordOutcome(record: JsonObject): Outcome {
  return {
    data: record,
    text: (paint) => {
      const entries = Object.entries(record);
      const width = Math.max(...entries.map(([name]) => name.length));
      const lines = entries
        .filter(([, value]) => !isTable(value) && !isThing(value))
        .map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${toned(cell(value), paint)}`);
      const things = entries
        .filter(([, value]) => isThing(value))
        .flatMap(([name, value]) => ['', paint.dim(name), ...yamlLines(value)]);
      const tables = entries.flatMap(([name, value]) => {
        const items = Array.isArray(value) ? value.filter(isObject) : [];
        return items.length === 0 ? [] : ['', paint.dim(name), tableOf(items, Object.keys(items[0] ?? {}), paint)];
      });
      return [...lines, ...things, ...tables].join('\n');
    },
  };
}

/** A sentence for people beside the answer for programs. */
export function saidOutcome(data: Json, sentence: string): Outcome {
  return { data, text: () => sentence };
}

/** The item of a list whose id or name this is. Throws `CliError` where none or several have the name. */
export async function itemNamed(
  admin: AdminClient,
  kind: 'accounts' | 'channels' | 'keys',
  given: string,
): Promise<JsonObject> {
  const what = kind.slice(0, -1);
  const { data } = await admin.list(`/${kind}`, LIMITS.most);
  const found = data.filter((item) => (isUuid(given) ? item['id'] === given : item['name'] === given));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new CliError(
    'refused',
    one === undefined
      ? `There is no ${what} '${given}'.`
      : `${found.length} ${kind} have the name '${given}': give the id of one.`,
  );
}

/** The same, when only its id matters: an id is taken as it is. */
export async function idNamed(
  admin: AdminClient,
  kind: 'accounts' | 'channels' | 'keys',
  given: string,
): Promise<string> {
  return isUuid(given) ? given : String((await itemNamed(admin, kind, given))['id']);
}

function memberOf(item: JsonObject, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>((value, name) => (isObject(value) ? property(value, name) : undefined), item);
}

function titleOf(path: string): string {
  return path.replaceAll('.', ' ').replaceAll('_', ' ');
}

function isTable(value: Json): boolean {
  return Array.isArray(value) && value.some(isObject);
}

function isThing(value: Json): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}

function yamlLines(value: Json): string[] {
  const lines = stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `  ${line.replaceAll(CONTROLS, ' ')}`);
}

function toned(text: string, paint: Paint): string {
  const tone = TONES[text.trim()];
  return tone === undefined ? text : paint[tone](text);
}
