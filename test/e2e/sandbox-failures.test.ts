/**
 * Everything the sandbox can be told to do, as a paying client of `/v1/videos` sees it: the answer, the video, the money, the
 * history, and the webhook, which the packages of its receivers verify.
 */

import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { formatUsd, parseUsd } from '../../src/model/money.ts';
import type { Micros } from '../../src/model/money.ts';
import { DIRECTIVES, SCRIPTED_KINDS } from '../../src/providers/sandbox/directives.ts';
import { runAudit } from '../../src/ledger/audit.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Heard, Receiver } from '../support/receiver.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const REQUEST = { model: 'Kling-3.0-Omni', seconds: '3', size: '1280x720' };
const GRANTED = '10.00';
/** Long enough for anything here on a slow machine. */
const PATIENCE = { timeout: 60_000, interval: 50 };
const LONG_MS = 90_000;

type Customer = { readonly key: string; readonly accountId: string; readonly path: string; readonly secret: string };

/** What is to be seen; `code` is that of the video's error, null for a video that is there. */
type Case = {
  readonly prompt: string;
  readonly create: {
    readonly status: number;
    readonly code?: string;
    readonly type?: string;
    readonly retryAfter?: true;
  };
  readonly code: string | null;
  readonly events: readonly string[];
  /** What else is done once the create was answered, before the end is waited for. */
  readonly next?: (video: string, customer: Customer) => Promise<unknown>;
  /** What is there to be seen after the end. */
  readonly after?: (video: string, customer: Customer) => Promise<unknown>;
};

const MADE = ['created', 'submitting', 'accepted', 'finished', 'succeeded'];
const ACCEPTED = { status: 200 };

function refused(kind: string, status: number, type: string, over: Partial<Case> & { answer?: object } = {}): Case {
  const { answer = {}, ...rest } = over;
  const create = { status, type, code: kind, ...answer };
  return { prompt: '', create, code: kind, events: ['created', 'submitting', 'refused', 'failed'], ...rest };
}

function failed(code: string): Case {
  return { prompt: '', create: ACCEPTED, code, events: ['created', 'submitting', 'accepted', 'failed'] };
}

/** Refusals that no other channel would take back. */
const FINAL = ['created', 'submitting', 'failed'];
const LATER = { answer: { retryAfter: true } };

/** By directive, with its kind where it takes one. */
const CASES: Readonly<Record<string, Case>> = {
  delay: { prompt: '[delay:1s]', create: ACCEPTED, code: null, events: MADE },
  flaky: { prompt: '[flaky:2]', create: ACCEPTED, code: null, events: MADE },
  lost: {
    prompt: '[lost]',
    create: ACCEPTED,
    code: null,
    events: ['created', 'submitting', 'outcome_unknown', 'accepted', 'finished', 'succeeded'],
  },
  stuck: {
    prompt: '[stuck]',
    create: ACCEPTED,
    code: 'expired',
    events: ['created', 'submitting', 'accepted', 'expired'],
    next: (video) => passDeadline(video),
  },
  'refuse:invalid_request': refused('invalid_value', 400, 'invalid_request_error', {
    code: 'invalid_request',
    events: FINAL,
  }),
  'refuse:content_rejected': refused('moderation_blocked', 400, 'invalid_request_error', { events: FINAL }),
  'refuse:rate_limited': refused('rate_limit_exceeded', 429, 'rate_limit_error', { code: 'rate_limited', ...LATER }),
  'refuse:upstream_credential': refused('upstream_unavailable', 503, 'server_error', { code: 'upstream_credential' }),
  'refuse:upstream_unavailable': refused('upstream_unavailable', 503, 'server_error', LATER),
  'refuse:upstream_protocol': refused('upstream_error', 502, 'server_error', { code: 'upstream_protocol' }),
  'refuse:generation_failed': refused('generation_failed', 500, 'server_error', { events: FINAL }),
  'fail:invalid_request': failed('invalid_request'),
  'fail:content_rejected': failed('moderation_blocked'),
  'fail:rate_limited': failed('rate_limited'),
  'fail:upstream_credential': failed('upstream_credential'),
  'fail:upstream_unavailable': failed('upstream_unavailable'),
  'fail:upstream_protocol': failed('upstream_protocol'),
  'fail:generation_failed': failed('generation_failed'),
};

/** What no directive makes happen by itself. */
const ENDINGS: Readonly<Record<string, Case>> = {
  'a video that is made': { prompt: '', create: ACCEPTED, code: null, events: MADE },
  'a video that its owner deletes before it is there': {
    prompt: '[stuck]',
    create: ACCEPTED,
    code: 'cancelled',
    events: ['created', 'submitting', 'accepted', 'cancelled', 'deleted'],
    next: async (video, { key }) => {
      const answer = await reelgate.ask('DELETE', `/v1/videos/${video}`, { key });
      expect([answer.status, answer.body]).toEqual([200, { id: video, object: 'video.deleted', deleted: true }]);
      expect((await reelgate.ask('GET', `/v1/videos/${video}`, { key })).status).toBe(404);
    },
  },
  'a video that the operator cancels': {
    prompt: '[stuck]',
    create: ACCEPTED,
    code: 'cancelled',
    events: ['created', 'submitting', 'accepted', 'cancelled'],
    next: (video) => reelgate.admin('POST', `/jobs/${uuidOf(video)}/cancel`),
  },
  'a video that comes too late': {
    prompt: '[delay:4s]',
    create: ACCEPTED,
    code: 'expired',
    events: ['created', 'submitting', 'accepted', 'expired', 'late_success'],
    next: (video) => passDeadline(video),
    after: async (video) => {
      const late = `update attempt set late_check_at = now() where job_id = $1 and late_check_at > now()`;
      await vi.waitFor(async () => {
        await reelgate.db.query(late, [uuidOf(video)]);
        expect((await historyOf(video)).at(-1)).toBe('late_success');
      }, PATIENCE);
      const losses = (await reelgate.admin('GET', '/losses'))['data'];
      expect(losses).toContainEqual(expect.objectContaining({ job_id: uuidOf(video), amount_usd: PRICE }));
    },
  },
};

let reelgate: TestReelgate;
let receiver: Receiver;
const openai = new OpenAI({ apiKey: 'none' });
/** What three seconds cost. */
let PRICE = '';

beforeAll(async () => {
  receiver = await startReceiver();
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: receiver.host }, { limits: { submitMs: 500 } });
  await reelgate.admin('POST', '/channels', { name: 'Live', provider: 'sandbox', mode: 'live', credentials: '' });
  const run = await reelgate.admin('POST', '/route', { request: { ...REQUEST, prompt: 'x' } });
  PRICE = String(run['quote_usd']);
});
afterAll(async () => {
  const audit = await runAudit(reelgate.db);
  await reelgate.stop();
  await receiver.close();
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
});

let customers = 0;
/** With money, a live key, and an endpoint of its own. */
async function newCustomer(): Promise<Customer> {
  customers += 1;
  const path = `/hook/${customers}`;
  const accountId = String((await reelgate.admin('POST', '/accounts', { name: path }))['id']);
  await reelgate.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: GRANTED, note: 'for a test' });
  const key = String(
    (await reelgate.admin('POST', '/keys', { account_id: accountId, name: path, mode: 'live' }))['key'],
  );
  const url = new URL(path, receiver.url).href;
  const body = { url, event_types: ['video.completed', 'video.failed'] };
  const endpoint = objectOf((await reelgate.ask('POST', '/v1/webhook_endpoints', { key, body })).body);
  return { key, accountId, path, secret: String(endpoint['signing_secret']) };
}

const uuidOf = (video: string): string => video.replace('video_', '');

async function passDeadline(video: string): Promise<void> {
  await reelgate.db.query('update job set deadline_at = now(), run_at = now(), lease_owner = null where id = $1', [
    uuidOf(video),
  ]);
}

async function historyOf(video: string): Promise<string[]> {
  const { events } = await reelgate.admin('GET', `/jobs/${uuidOf(video)}`);
  return listOf(events).map((event) => String(event['type']));
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The account's only job. A refused create does not tell its id. */
async function onlyJob({ accountId }: Customer): Promise<JsonObject> {
  const jobs = listOf((await reelgate.admin('GET', `/jobs?account_id=${accountId}`))['data']);
  expect(jobs).toHaveLength(1);
  return jobs[0] ?? {};
}

function seeAnswer(expected: Case, answer: Answer): void {
  const { status, code, type, retryAfter } = expected.create;
  expect(answer.status).toBe(status);
  if (code === undefined) {
    const cost = { currency: 'USD', quote: PRICE, hold: PRICE, charge: null, test: false };
    expect(answer.body).toMatchObject({ object: 'video', error: null, cost });
    return;
  }
  const { error } = objectOf(answer.body);
  expect(error).toEqual({ code, type, param: null, message: expect.any(String), request_id: expect.any(String) });
  expect(answer.headers.get('retry-after')).toBe(retryAfter === true ? '1' : null);
  // Client libraries would make what may be a paid job once more.
  expect(answer.headers.get('x-should-retry')).toBe(status >= 500 ? 'false' : null);
}

async function seeMoney({ code }: Case, { accountId }: Customer, job: JsonObject): Promise<void> {
  const charge = code === null ? PRICE : '0.00';
  expect(job).toMatchObject({ quote_usd: PRICE, hold_usd: PRICE, charge_usd: charge });
  const left = formatUsd((parseUsd(GRANTED) ?? 0n) - (parseUsd(charge) ?? 0n));
  expect(await reelgate.admin('GET', `/accounts/${accountId}`)).toMatchObject({
    available_usd: left,
    held_usd: '0.00',
  });
  const entries = await reelgate.db.query<{ kind: string; book: string; amount_micros: Micros }>(
    `select kind, book, amount_micros
     from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id
     where txn.job_id = $1 and kind <> 'loss' order by txn.created_at, book`,
    [job['id']],
  );
  const settlement =
    code === null
      ? [`capture held -${PRICE}`, `capture revenue ${PRICE}`]
      : [`release available ${PRICE}`, `release held -${PRICE}`];
  expect(entries.map(({ kind, book, amount_micros: micros }) => `${kind} ${book} ${formatUsd(micros)}`)).toEqual([
    `hold available -${PRICE}`,
    `hold held ${PRICE}`,
    ...settlement,
  ]);
}

async function seeVideo({ code }: Case, { key }: Customer, video: string): Promise<void> {
  const { status, body } = await reelgate.ask('GET', `/v1/videos/${video}`, { key });
  if (status === 404) return;
  const error = code === null ? null : { code, message: expect.any(String) };
  expect(body).toMatchObject({ status: code === null ? 'completed' : 'failed', error });
  const content = await fetch(`${reelgate.url}/v1/videos/${video}/content`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const head = Buffer.from(await content.arrayBuffer())
    .subarray(4, 8)
    .toString('latin1');
  expect([content.status, head === 'ftyp']).toEqual(code === null ? [200, true] : [404, false]);
}

/** Heard once, and taken by both packages as ours. */
async function seeWebhook({ code }: Case, { path, secret }: Customer, video: string): Promise<void> {
  const heard = (): Heard[] => receiver.heard.filter((one) => one.path === path);
  await vi.waitFor(() => expect(heard()).toHaveLength(1), PATIENCE);
  const [{ headers, body } = { headers: {}, body: '' }] = heard();
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const error = code === null ? {} : { error: { code, message: expect.any(String) } };
  const event = {
    id: `evt_${uuidOf(video)}`,
    object: 'event',
    created_at: expect.any(Number),
    type: code === null ? 'video.completed' : 'video.failed',
    data: { id: video, status: code === null ? 'completed' : 'failed', ...error },
  };
  expect(new Webhook(secret).verify(body, plain)).toEqual(event);
  expect(await openai.webhooks.unwrap(body, plain, secret)).toEqual(event);
  expect(plain['webhook-id']).toBe(event.id);
  expect(() => new Webhook(secret).verify(`${body} `, plain)).toThrow('No matching signature found');
  await expect(openai.webhooks.unwrap(`${body} `, plain, secret)).rejects.toThrow();
}

async function see(expected: Case): Promise<void> {
  const customer = await newCustomer();
  const prompt = `a red balloon ${expected.prompt}`;
  const answer = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body: { ...REQUEST, prompt } });
  seeAnswer(expected, answer);
  const video = `video_${String((await onlyJob(customer))['id'])}`;
  await expected.next?.(video, customer);
  await vi.waitFor(async () => expect((await onlyJob(customer))['completed_at']).not.toBeNull(), PATIENCE);
  await expected.after?.(video, customer);
  await seeMoney(expected, customer, await onlyJob(customer));
  await seeVideo(expected, customer, video);
  expect(await historyOf(video)).toEqual(expected.events);
  await seeWebhook(expected, customer, video);
}

describe.concurrent('told by the prompt', () => {
  it('everything that it can be told is looked at', () => {
    const names = DIRECTIVES.flatMap((name) =>
      name === 'refuse' || name === 'fail' ? SCRIPTED_KINDS.map((kind) => `${name}:${kind}`) : [name],
    );
    expect(Object.keys(CASES).toSorted()).toEqual(names.toSorted());
  });

  it.each(Object.entries(CASES))(
    'the sandbox does %s',
    (name, one) => see({ ...one, prompt: one.prompt === '' ? `[${name}]` : one.prompt }),
    LONG_MS,
  );
});

describe.concurrent('a paying client sees', () => {
  it.each(Object.entries(ENDINGS))('%s', (_, one) => see(one), LONG_MS);
});
