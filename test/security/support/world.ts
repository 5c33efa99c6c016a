/** The whole server between a strict vendor, a farm of bad URLs and traps; and what a request left behind in it. */

import { connect } from 'node:net';
import { expect } from 'vitest';

import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { Overrides } from '../../../src/reelgate.ts';
import type { Call } from '../../dialects/crossings.ts';
import { reply, startFakeServer } from '../../fakes/fake-server.ts';
import type { Asked, FakeServer } from '../../fakes/fake-server.ts';
import type { FakeAnswer, SeenRequest } from '../../providers/suite.ts';
import { startTestReelgate } from '../../support/reelgate.ts';
import type { Answer, TestReelgate } from '../../support/reelgate.ts';
import { openFarm } from './farm.ts';
import type { Farm } from './farm.ts';
import { createNames } from './names.ts';
import type { Refusal } from './refusals.ts';
import type { Names } from './names.ts';
import { setTrap } from './trap.ts';
import type { Trap } from './trap.ts';

/** What the operator's channel pays with: no client may ever see it. */
export const VENDOR_KEY = 'vendor-key-that-nobody-may-see-0123456789';

export type Customer = { readonly accountId: string; readonly key: string; readonly keyId: string };

export type Vendor = FakeServer & {
  /** Answers looks at a task by its id; what is not here is queued. */
  readonly tasks: Map<string, JsonObject>;
  /** Submits that reached it. */
  submits(): number;
};

/** What a request that is refused must not change. */
export type Footprint = {
  readonly transactions: number;
  readonly jobs: number;
  readonly attempts: number;
  readonly submits: number;
  readonly trapped: number;
};

export type World = {
  readonly reelgate: TestReelgate;
  readonly vendor: Vendor;
  readonly farm: Farm;
  readonly names: Names;
  /** No URL may lead there. */
  readonly trap: Trap;
  /** Two customers with money; channels serve every model for both. */
  readonly mine: Customer;
  readonly other: Customer;
  /** With the first customer's key unless told otherwise; `null` sends none. No answer may hold a secret. */
  ask(call: Omit<Call, 'method'> & { readonly method: string }, key?: string | null): Promise<Answer>;
  /** Sends bytes and gives all that came back until the connection ended, or until the first answer was whole. */
  raw(text: string | Buffer, until?: 'end' | 'answer'): Promise<string>;
  /** The same of one request with the first customer's key, whose address and body no client makes prettier. */
  askAsIs(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Refusal>;
  newCustomer(usd?: string): Promise<Customer>;
  footprint(): Promise<Footprint>;
  /** The server's clock for keys, links and rates, and how it goes on by so much. */
  nowMs(): number;
  later(ms: number): void;
  close(): Promise<void>;
};

const RAW_MS = 20_000;
const QUICK = { headersTimeoutMs: 500, connectTimeoutMs: 1_000 };

export async function openWorld(over: Overrides = {}, env: Record<string, string> = {}): Promise<World> {
  const [farm, trap, vendor] = await Promise.all([openFarm(), setTrap(), startVendor()]);
  // Another machine on the same port: where a name leads that is asked twice.
  const neighbour = await setTrap(farm.port, '127.0.0.2').catch(() => null);
  const names = createNames();
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const reelgate = await startTestReelgate(
    { ...env, REELGATE_FETCH_ALLOW: [farm.host, env['REELGATE_FETCH_ALLOW'] ?? ''].join(',') },
    {
      requestNowMs: nowMs,
      fetcher: { resolve: names.resolve, limits: QUICK },
      ...over,
    },
  );
  await reelgate.admin('POST', '/channels', {
    name: 'upstream',
    provider: 'reelgate',
    mode: 'live',
    base_url: vendor.url,
    credentials: VENDOR_KEY,
  });
  const newCustomer = (usd = '1000'): Promise<Customer> => customerOf(reelgate, usd);
  const [mine, other] = [await newCustomer(), await newCustomer()];
  return {
    reelgate,
    vendor,
    farm,
    names,
    trap,
    mine,
    other,
    ask: async ({ method, path, headers, body }, key = mine.key) => {
      const answer = await reelgate.ask(method, path, {
        key,
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
      });
      expectNoSecret(JSON.stringify([answer.body, [...answer.headers]]), reelgate);
      return answer;
    },
    raw: (text, until = 'end') => exchange(reelgate.url, text, until),
    askAsIs: async (method, path, headers = {}, body = '') => {
      const lines = Object.entries({ host: 'x', authorization: `Bearer ${mine.key}`, connection: 'close', ...headers });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      return refusalIn(await exchange(reelgate.url, `${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`, 'answer'));
    },
    newCustomer,
    footprint: async () => {
      const [counts] = await reelgate.db.query<{ transactions: string; jobs: string; attempts: string }>(
        `select (select count(*) from ledger_txn) as transactions, (select count(*) from job) as jobs,
                (select count(*) from attempt) as attempts`,
      );
      return {
        transactions: Number(counts?.transactions),
        jobs: Number(counts?.jobs),
        attempts: Number(counts?.attempts),
        submits: vendor.submits(),
        trapped: trap.connections() + (neighbour?.connections() ?? 0),
      };
    },
    nowMs,
    later: (ms) => {
      aheadMs += ms;
    },
    close: async () => {
      await reelgate.stop();
      await Promise.all([farm.close(), trap.close(), vendor.close(), neighbour?.close()]);
    },
  };
}

/** Nothing was written, nobody was called, and no trap was touched by what `act` did. */
export async function leavesNothing<T>(world: World, act: () => Promise<T>): Promise<T> {
  const before = await world.footprint();
  const result = await act();
  expect(await world.footprint()).toEqual(before);
  return result;
}

function expectNoSecret(text: string, { adminKey }: TestReelgate): void {
  expect(text).not.toContain(VENDOR_KEY);
  expect(text).not.toContain(adminKey);
}

async function customerOf(reelgate: TestReelgate, usd: string): Promise<Customer> {
  const accountId = String((await reelgate.admin('POST', '/accounts', { name: 'A customer' }))['id']);
  await reelgate.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: usd, note: 'for a test' });
  const made = await reelgate.admin('POST', '/keys', { account_id: accountId, name: 'key', mode: 'live' });
  return { accountId, key: String(made['key']), keyId: String(made['id']) };
}

/** Another Reelgate, as its page describes it: it takes every job and never hurries. */
async function startVendor(): Promise<Vendor> {
  const tasks = new Map<string, JsonObject>();
  /** Task ids by the token of their submit: one that is sent again is the same. */
  const taken = new Map<string, string>();
  const answer = ({ method, url, headers }: Asked): FakeAnswer => {
    if (headers['authorization'] !== `Bearer ${VENDOR_KEY}`) return reply(401, { error: { code: 'invalid_api_key' } });
    if (method === 'POST' && url.pathname === '/v1/videos') {
      const token = headers['idempotency-key'] ?? '';
      const id = taken.get(token) ?? `video_${taken.size + 1}`;
      taken.set(token, id);
      return reply(200, shown(id, {}));
    }
    const id = url.pathname.split('/')[3] ?? '';
    return reply(200, shown(id, tasks.get(id) ?? {}));
  };
  const server = await startFakeServer(answer);
  return { ...server, tasks, submits: () => new Set(server.seen.flatMap(tokenOf)).size };
}

/** What a submit carries so that it is known again. */
function tokenOf({ method, headers }: SeenRequest): string[] {
  return method === 'POST' ? [headers['idempotency-key'] ?? ''] : [];
}

function shown(id: string, over: JsonObject): Json {
  return { id, object: 'video', status: 'queued', progress: 0, ...over };
}

function exchange(base: string, text: string | Buffer, until: 'end' | 'answer'): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(new Error('the server keeps the connection open')), RAW_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (until === 'answer' && isWhole(Buffer.concat(chunks).toString('latin1'))) socket.destroy();
    });
    socket.on('error', (error) => (chunks.length === 0 ? reject(error) : undefined));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(text);
  });
}

/** The status and the JSON of an answer's text; null where it holds none. */
function refusalIn(text: string): Refusal {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  return { status: Number(text.slice(9, 12)), body: JSON.parse(body === '' ? 'null' : body) as Json };
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  const bytes = /content-length: (\d+)/i.exec(answer.slice(0, head))?.[1];
  return head > 0 && bytes !== undefined && answer.length >= head + 4 + Number(bytes);
}
