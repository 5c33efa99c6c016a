/** One fuzzed request for each number of a seed: a route of some dialect, a body of its schema, and things that are wrong. */

import { DIALECTS } from '../../../src/dialects/index.ts';
import type { Dialect, Route } from '../../../src/dialects/dialect.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json } from '../../../src/model/json.ts';
import { CROSSINGS } from '../../dialects/crossings.ts';
import { createRandom } from '../../sim/random.ts';
import type { Random } from '../../sim/random.ts';
import { oddText, spoilt, valueOf } from './values.ts';

/** `{id}` stands for the id of a job of the account, `{key}` for its key. */
export type FuzzRequest = {
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

type Place = { readonly dialect: Dialect; readonly route: Route };

const PLACES: readonly (readonly Place[])[] = DIALECTS.map((dialect) =>
  dialect.routes.map((route) => ({ dialect, route })),
);
/** Seeds lie so far apart that no two share a request. */
const SEED_STEP = 1_000_003;
const MAX_FAULTS = 4;
const OTHER_METHODS = ['PUT', 'PATCH', 'OPTIONS', 'DELETE', 'HEAD', 'POST', 'GET'];
const TYPES = [
  'application/json; charset=utf-8',
  'application/json\ta',
  'text/plain',
  'multipart/form-data',
  'multipart/form-data; boundary=b',
  'application/x-www-form-urlencoded',
  '',
  'application/json; charset=utf-16',
];
const BOUNDARY = 'fuzz-boundary';
const WAITING = { prefer: 'wait=1', accept: 'text/event-stream' };

/** The same for the same seed and number, on any machine. */
export function requestOf(seed: number, number: number): FuzzRequest {
  const random = createRandom(seed * SEED_STEP + number);
  const { dialect, route } = random.pick(random.pick(PLACES));
  const method = random.chance(0.03) ? random.pick(OTHER_METHODS) : route.method;
  const headers: Record<string, string> = { ...credentialOf(dialect, random), ...extraHeaders(random) };
  const hasBody = method !== 'GET' && method !== 'HEAD' && (route.bodySchema !== null || random.chance(0.05));
  const body = hasBody ? bodyOf(dialect, route, headers, random) : null;
  return { route: `${dialect.name} ${route.method} ${route.path}`, method, path: pathOf(route, random), headers, body };
}

function pathOf(route: Route, random: Random): string {
  const param = (): string => (random.chance(0.5) ? '{id}' : encodeURIComponent(oddText(random).toWellFormed()));
  const call = (): string =>
    `veo-3.1-fast-generate-001:${random.pick(['predictLongRunning', 'fetchPredictOperation', 'constructor'])}`;
  const path = route.path
    .replaceAll(/:(\w+)/g, (_, name: string) => (name === 'call' && random.chance(0.8) ? call() : param()))
    .replaceAll('::', ':');
  const query = queryOf(route, random);
  return query === '' ? path : `${path}?${query}`;
}

function queryOf({ querySchema }: Route, random: Random): string {
  const sample = querySchema === undefined ? {} : valueOf(plain(querySchema), random);
  const asked = random.chance(0.5) ? spoilt(sample, random) : sample;
  const entries = isObject(asked) ? Object.entries(asked) : [];
  const extra: [string, Json][] = random.chance(0.1)
    ? [[random.pick(['id', 'limit', 'after', 'dry_run', 'key']), oddText(random)]]
    : [];
  return [...entries, ...extra]
    .map(([name, value]) => `${encoded(name)}=${encoded(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join('&');
}

function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 500).toWellFormed()).replaceAll('%7Bid%7D', '{id}');
}

function credentialOf({ auth = [] }: Dialect, random: Random): Record<string, string> {
  if (random.chance(0.92)) return { authorization: 'Bearer {key}' };
  if (auth.includes('google-header')) return { 'x-goog-api-key': '{key}' };
  return random.pick<Record<string, string>>([
    {},
    { authorization: '{key}' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer a.b.c' },
    { authorization: `HMAC-SHA256 Credential={key}/x, Signature=x` },
    { authorization: headerText(random) },
  ]);
}

function extraHeaders(random: Random): Record<string, string> {
  const names = [
    'idempotency-key',
    'accept-language',
    'range',
    'x-request-id',
    'x-stainless-retry-count',
    'ai-model-id',
    'if-none-match',
    'content-encoding',
    'via',
  ];
  const chosen = names.filter(() => random.chance(0.05));
  return {
    ...(random.chance(0.5) ? { 'ai-model-id': 'klingai/kling-v2-6' } : {}),
    ...Object.fromEntries(chosen.map((name) => [name, headerText(random)])),
    ...(random.chance(0.02) ? WAITING : {}),
  };
}

/** What an HTTP client can put into a header. */
function headerText(random: Random): string {
  return oddText(random)
    .replaceAll(/[^\t\x20-\x7e]/g, '?')
    .trim();
}

function bodyOf(dialect: Dialect, route: Route, headers: Record<string, string>, random: Random): Buffer {
  let value = sampleOf(dialect, route, random);
  for (let faults = random.below(MAX_FAULTS); faults > 0; faults -= 1) value = spoilt(value, random);
  headers['content-type'] = random.chance(0.95) ? 'application/json' : random.pick(TYPES);
  if (random.chance(0.05)) {
    headers['content-type'] = `multipart/form-data; boundary=${BOUNDARY}`;
    return spoiltBytes(formOf(value), random, 0.2);
  }
  return spoiltBytes(Buffer.from(JSON.stringify(value)), random, 0.05);
}

/** Half of the time the dialect's own example, so that what is behind the first checks is reached. */
function sampleOf(dialect: Dialect, route: Route, random: Random): Json {
  const schema = valueOf(plain(route.bodySchema ?? {}), random);
  const known = CROSSINGS.find((one) => one.dialect === dialect.name)?.create;
  const isKnown =
    known?.body !== undefined &&
    known.path.split('?', 1)[0]?.replace(/[^/]+:\w+$/, '') === route.path.replace(/:call$/, '');
  if (!isKnown || !random.chance(0.6)) return schema;
  return isObject(schema) && random.chance(0.5) ? { ...schema, ...known.body } : known.body;
}

function formOf(value: Json): Buffer {
  const fields = isObject(value) ? Object.entries(value) : [['value', value] as const];
  const parts = fields.map(([name, item], at) => {
    const file = at % 4 === 3 ? `; filename="x.png"\r\nContent-Type: image/png` : '';
    const text = typeof item === 'string' ? item : JSON.stringify(item);
    return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${text}\r\n`;
  });
  return Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`);
}

function spoiltBytes(bytes: Buffer, random: Random, share: number): Buffer {
  if (!random.chance(share) || bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  switch (random.weighted({ cut: 2, flipped: 2, doubled: 1, added: 1, number: 1 })) {
    case 'cut':
      return bytes.subarray(0, at);
    case 'flipped': {
      const flipped = Buffer.from(bytes);
      flipped[at] = random.below(256);
      return flipped;
    }
    case 'doubled':
      return Buffer.concat([bytes, bytes]);
    case 'added':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.bytes(8)), bytes.subarray(at)]);
    case 'number':
      return Buffer.from(bytes.toString('utf8').replace(/\d+/, '1e999'));
  }
}

/** Schemas carry marks of their library, which are no JSON. */
function plain(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema));
}
