/** The promise of webhooks: every end of a job reaches each receiver at least once, signed, and nobody else's waits for it. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { advance } from '../../src/engine/advance.ts';
import { createNotifier, NOTIFIER_LIMITS } from '../../src/engine/notify/notifier.ts';
import type { Notifier, NotifierContext, NotifierLimits } from '../../src/engine/notify/notifier.ts';
import { nextTryMs, retryAfterMs, TRY_AFTER_MS } from '../../src/engine/notify/retry.ts';
import { callbackSecretContext, endpointSecretContext } from '../../src/engine/notify/send.ts';
import { newWebhookSecret, secretHint, webhookHeaders } from '../../src/engine/notify/sign.ts';
import { tellNotifiers } from '../../src/engine/notify/wake-up.ts';
import { createLog } from '../../src/log.ts';
import { createGuardedFetcher } from '../../src/media/guard/guarded-fetch.ts';
import type { GuardedFetcher } from '../../src/media/guard/guarded-fetch.ts';
import { parseFetchAllow } from '../../src/media/guard/fetch-allow.ts';
import type { KeyMode } from '../../src/model/job.ts';
import type { NoticeType } from '../../src/model/notice.ts';
import { newId } from '../../src/new-id.ts';
import { createSecrets } from '../../src/secrets.ts';
import { claimDueDeliveries, concludeTry, listDeliveries, listTries } from '../../src/store/deliveries.ts';
import type { Delivery } from '../../src/store/deliveries.ts';
import { insertJob } from '../../src/store/jobs.ts';
import {
  ensureCallbackSecret,
  insertEndpoint,
  readEndpoint,
  rotateEndpointSecret,
  updateEndpoint,
} from '../../src/store/webhooks.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Heard, Receiver } from '../support/receiver.ts';
import { accountWith, jobOf, keyOf, SPEC } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const secrets = createSecrets(randomBytes(32).toString('hex'));
const openai = new OpenAI({ apiKey: 'none' });

let test: TestDatabase;
let fetcher: GuardedFetcher;
let receiver: Receiver;
let other: Receiver;
let owner: { accountId: string; mode: KeyMode; keyId: string };
let running: Notifier[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  fetcher = createGuardedFetcher({ allow: parseFetchAllow('127.0.0.1') });
});
afterAll(async () => {
  await fetcher.close();
  await test.drop();
});
beforeEach(async () => {
  const accountId = await accountWith(test.db, 0n);
  owner = { accountId, mode: 'test', keyId: await keyOf(test.db, accountId, 'test') };
  receiver = await startReceiver();
  other = await startReceiver();
});
afterEach(async () => {
  // What hangs is let go first, so that no notifier waits for it.
  await Promise.all([receiver.close(), other.close()]);
  await Promise.all(running.map((notifier) => notifier.stop()));
  running = [];
  await test.db.query(`update delivery set state = 'cancelled' where state = 'pending'`);
});

function notifier(
  over: Partial<NotifierLimits> = {},
  through: GuardedFetcher = fetcher,
  own: Pick<NotifierContext, 'writeCallback'> = {},
): void {
  const context = { node: newId(), db: test.db, log: createLog('silent'), secrets, fetcher: through, ...own };
  const started = createNotifier(context, { ...NOTIFIER_LIMITS, ...over });
  started.start();
  running.push(started);
}

type Endpoint = { readonly id: string; readonly secret: string };

async function endpoint(url: string, over: { mode?: KeyMode; types?: readonly NoticeType[] } = {}): Promise<Endpoint> {
  const id = newId();
  const secret = newWebhookSecret();
  const row = {
    id,
    accountId: owner.accountId,
    mode: over.mode ?? owner.mode,
    name: 'a receiver',
    url,
    host: new URL(url).host,
    eventTypes: over.types ?? (['video.completed', 'video.failed'] as const),
    secretSealed: secrets.seal(secret, endpointSecretContext(id)),
    secretHint: secretHint(secret),
  };
  expect(await insertEndpoint(test.db, row, 100)).toBe(true);
  return { id, secret };
}

async function job(callbackUrl: string | null = null): Promise<JobRecord> {
  const order = jobOf(owner.accountId, owner.keyId, {
    mode: owner.mode,
    spec: { ...SPEC, callbackUrl },
    price: null,
    quoteMicros: null,
    holdMicros: 0n,
  });
  const made = await insertJob(test.db, order);
  if (made === null) throw new Error('a test job needs no money');
  return made;
}

async function ended(callbackUrl: string | null = null): Promise<JobRecord> {
  const made = await job(callbackUrl);
  const failure = { kind: 'content_rejected', message: 'The prompt was rejected.' } as const;
  expect(await advance(test.db, made, 'reject', { failure })).not.toBeNull();
  return made;
}

function deliveriesOf(endpointId: string | null): Promise<Delivery[]> {
  return listDeliveries(test.db, { ...owner, endpointId }, { state: null, after: null, limit: 100 });
}

const PATIENCE_MS = 15_000;
const LOOK_MS = 5;

/** Looks again until it holds; the database has no bell. */
async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error('it never came to be');
}

/** The latest delivery of the endpoint, once so many of its tries are written down. */
function tried(endpointId: string | null, times: number): Promise<Delivery> {
  return until(async () => {
    const [found] = await deliveriesOf(endpointId);
    const tries = (await listTries(test.db, [found?.id ?? newId()], 100)).get(found?.id ?? '')?.length ?? 0;
    return tries >= times ? ((await deliveriesOf(endpointId))[0] ?? null) : null;
  });
}

async function makeDue(): Promise<void> {
  await test.db.query(`update delivery set run_at = now() where state = 'pending'`);
  tellNotifiers();
}

async function waitOf(deliveryId: string): Promise<number> {
  const [row] = await test.db.query<{ ms: number }>(
    `select (extract(epoch from run_at - now()) * 1000)::double precision as ms from delivery where id = $1`,
    [deliveryId],
  );
  return row?.ms ?? Number.NaN;
}

async function unwrapped(heard: Heard | undefined, secret: string): Promise<unknown> {
  if (heard === undefined) throw new Error('nothing was heard');
  return openai.webhooks.unwrap(heard.body, heard.headers as Record<string, string>, secret);
}

describe('a signature', () => {
  it('is the one that Standard Webhooks asks for', () => {
    const signed = {
      id: 'wh_1',
      timestamp: 1_760_000_000,
      body: '{"id":"evt_1","object":"event","created_at":1760000000,"type":"video.completed","data":{"id":"video_68e6"}}',
    };
    expect(webhookHeaders(signed, ['whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='])).toMatchObject({
      'webhook-id': 'wh_1',
      'webhook-timestamp': '1760000000',
      'webhook-signature': 'v1,Bqul9uGSsCR/olck8T9hIhvYfXmW8J7yDwx3bcDrb6M=',
    });
  });
});

describe('the times of the tries', () => {
  it('are those promised, a tenth more or less, and then there are no more', () => {
    expect(TRY_AFTER_MS.map((ms) => ms / 1000)).toEqual([0, 10, 30, 120, 600, 3600, 21_600, 86_400]);
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), chance, (tries, luck) => {
        const usual = TRY_AFTER_MS[tries] ?? 0;
        const wait = nextTryMs(tries, null, luck) ?? -1;
        expect(wait).toBeGreaterThanOrEqual(usual * 0.9);
        expect(wait).toBeLessThanOrEqual(usual * 1.1);
      }),
    );
    expect(nextTryMs(8, null, 0.5)).toBeNull();
    expect(nextTryMs(8, 60_000, 0.5)).toBeNull();
  });

  it('heed what a busy receiver asks for, up to a day', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterMs(429, '120', now)).toBe(120_000);
    expect(retryAfterMs(503, 'Thu, 01 Jan 2026 00:05:00 GMT', now)).toBe(300_000);
    expect(retryAfterMs(503, '999999999', now)).toBe(86_400_000);
    expect(retryAfterMs(503, 'Mon, 01 Jan 2001 00:00:00 GMT', now)).toBe(0);
    expect(retryAfterMs(503, 'soon', now)).toBeNull();
    expect(retryAfterMs(500, '120', now)).toBeNull();
    expect(nextTryMs(1, 120_000, 0.5)).toBe(120_000);
    expect(nextTryMs(4, 5_000, 0.5)).toBe(600_000);
  });
});

describe('the end of a job', () => {
  it('is told to each endpoint that listens and to its own callback, at once', async () => {
    notifier({ pollMs: 60_000 });
    const first = await endpoint(receiver.url);
    const deaf = await endpoint(receiver.url, { types: ['video.completed'] });
    const live = await endpoint(receiver.url, { mode: 'live' });
    const made = await ended(other.url);
    const [[atEndpoint], [atCallback]] = await Promise.all([receiver.hears(1), other.hears(1)]);
    const event = (await unwrapped(atEndpoint, first.secret)) as { id: string; created_at: number };
    expect(event).toEqual({
      id: `evt_${made.id}`,
      object: 'event',
      created_at: expect.closeTo(Date.now() / 1000, -1),
      type: 'video.failed',
      data: {
        id: `video_${made.id}`,
        status: 'failed',
        error: { code: 'moderation_blocked', message: 'The prompt was rejected.' },
      },
    });
    expect(Number.isInteger(event.created_at)).toBe(true);
    expect(atEndpoint?.headers).toMatchObject({
      'webhook-id': event.id,
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'reelgate',
    });
    expect(atCallback?.body).toBe(atEndpoint?.body);
    const shown = await ensureCallbackSecret(test.db, owner, Buffer.alloc(0));
    await unwrapped(atCallback, secrets.open(shown.secretSealed, callbackSecretContext(owner)));
    expect(await tried(first.id, 1)).toMatchObject({ state: 'delivered', lastStatus: 200, lastError: null });
    expect(await tried(null, 1)).toMatchObject({ state: 'delivered', jobId: made.id, url: other.url });
    expect([await deliveriesOf(deaf.id), await deliveriesOf(live.id)]).toEqual([[], []]);
    expect(receiver.heard).toHaveLength(1);
  });

  it('is told of success, of being cancelled and of coming too late in the words of the API', async () => {
    notifier();
    const { secret } = await endpoint(receiver.url);
    const made = [await job(), await job(), await job()] as const;
    await test.db.query(`update job set state = 'collecting' where id = $1`, [made[0].id]);
    await advance(test.db, { ...made[0], state: 'collecting' }, 'collect', {});
    await advance(test.db, made[1], 'cancel', { failure: { kind: 'cancelled', message: 'The job was cancelled.' } });
    await advance(test.db, made[2], 'expire', { failure: { kind: 'expired', message: 'Too late.' } });
    const heard = await receiver.hears(3);
    const events = await Promise.all(heard.map((one) => unwrapped(one, secret) as Promise<{ id: string }>));
    const byJob = made.map((one) => events.find((event) => event.id === `evt_${one.id}`));
    expect(byJob).toMatchObject([
      { type: 'video.completed', data: { id: `video_${made[0].id}`, status: 'completed' } },
      { type: 'video.failed', data: { status: 'failed', error: { code: 'cancelled' } } },
      { type: 'video.failed', data: { status: 'failed', error: { code: 'expired', message: 'Too late.' } } },
    ]);
  });

  it('is told once: who comes second to end it writes no delivery', async () => {
    const { id } = await endpoint(receiver.url);
    const made = await ended();
    const failure = { kind: 'cancelled', message: 'The job was cancelled.' } as const;
    expect(await advance(test.db, made, 'cancel', { failure })).toBeNull();
    expect(await deliveriesOf(id)).toHaveLength(1);
  });
});

describe('a callback in the words of the API that the job came through', () => {
  it('has one body at all tries, however the job is written by then, and each try a signature of its own', async () => {
    let writes = 0;
    notifier({ pollMs: 60_000 }, fetcher, {
      writeCallback: async (job, target) => {
        writes += 1;
        const signed = writes;
        return {
          body: { job: job.id, writes },
          headers: (raw) => ({ 'x-signed': `${signed} ${target.url} ${target.secret} ${raw}` }),
        };
      },
    });
    receiver.answer(500);
    const made = await ended(receiver.url);
    await tried(null, 1);
    receiver.answer(200);
    await makeDue();
    const delivery = await tried(null, 2);
    const body = `{"job":"${made.id}","writes":1}`;
    expect(receiver.heard.map((heard) => heard.body)).toEqual([body, body]);
    const shown = await ensureCallbackSecret(test.db, owner, Buffer.alloc(0));
    const secret = secrets.open(shown.secretSealed, callbackSecretContext(owner));
    expect(receiver.heard.map((heard) => heard.headers['x-signed'])).toEqual([
      `1 ${receiver.url} ${secret} ${body}`,
      `2 ${receiver.url} ${secret} ${body}`,
    ]);
    expect(delivery).toMatchObject({ state: 'delivered', body, ownBody: true });
  });

  it('is not sent once another node has taken it over', async () => {
    const taken = Promise.withResolvers<void>();
    notifier({ pollMs: 60_000 }, fetcher, {
      writeCallback: async () => {
        await test.db.query(`update delivery set version = version + 1, lease_owner = 'other' where state = 'pending'`);
        taken.resolve();
        return { body: {}, headers: () => ({}) };
      },
    });
    await ended(receiver.url);
    await taken.promise;
    await Promise.all(running.map((one) => one.stop()));
    expect(receiver.connections()).toBe(0);
    expect((await deliveriesOf(null))[0]).toMatchObject({ state: 'pending', ownBody: false });
  });
});

describe('a receiver that fails', () => {
  it('is tried again under the same id and a fresh signature, eight times, and each try is on record', async () => {
    notifier({ pollMs: 60_000 });
    receiver.answer(500);
    const { id, secret } = await endpoint(receiver.url);
    await ended();
    for (const [index, afterMs] of [...TRY_AFTER_MS.slice(1), null].entries()) {
      const delivery = await tried(id, index + 1);
      expect(delivery.lastStatus).toBe(500);
      if (afterMs === null) break;
      expect(delivery.state).toBe('pending');
      const wait = await waitOf(delivery.id);
      expect(wait).toBeGreaterThan(afterMs * 0.9 - 5_000);
      expect(wait).toBeLessThanOrEqual(afterMs * 1.1);
      await makeDue();
    }
    const [failed] = await deliveriesOf(id);
    expect(failed).toMatchObject({ state: 'failed', attempts: 8, deliveredAt: null });
    expect(new Set(receiver.heard.map((heard) => heard.headers['webhook-id'])).size).toBe(1);
    await Promise.all(receiver.heard.map((heard) => unwrapped(heard, secret)));
    const tries = (await listTries(test.db, [failed?.id ?? ''], 100)).get(failed?.id ?? '') ?? [];
    expect(tries).toHaveLength(8);
    expect(tries[0]).toMatchObject({ status: 500, response: 'noted', error: expect.stringContaining('500') });
  });

  it('is not led elsewhere: a redirect is a failure', async () => {
    notifier();
    receiver.answer([302, { location: other.url }]);
    const { id } = await endpoint(receiver.url);
    await ended();
    expect(await tried(id, 1)).toMatchObject({ state: 'pending', lastStatus: 302 });
    expect(other.connections()).toBe(0);
  });

  it('is waited for as long as it asks when it is busy', async () => {
    notifier();
    receiver.answer([429, { 'retry-after': '600' }]);
    const { id } = await endpoint(receiver.url);
    await ended();
    const wait = await waitOf((await tried(id, 1)).id);
    expect(wait).toBeGreaterThan(590_000);
    expect(wait).toBeLessThanOrEqual(600_000);
  });

  it('is never told again once it says that it is gone, and hears no more of what waited', async () => {
    notifier({ pollMs: 60_000 });
    receiver.answer(503);
    const { id } = await endpoint(receiver.url);
    await ended();
    await tried(id, 1);
    receiver.answer(410);
    await ended(other.url);
    const endpointNow = await until(async () => {
      const now = await readEndpoint(test.db, owner, id);
      return now?.state === 'disabled' ? now : null;
    });
    expect(endpointNow.disabledReason).toBe('gone');
    expect((await deliveriesOf(id)).map((delivery) => delivery.state)).toEqual(['failed', 'cancelled']);
    const heardBefore = receiver.heard.length;
    await ended(other.url);
    await other.hears(2);
    expect(receiver.heard).toHaveLength(heardBefore);
  });

  it('keeps no more of its answer than the beginning, and none that PostgreSQL cannot hold', async () => {
    notifier();
    receiver.answer((response) => response.writeHead(500).end(`\0${'x'.repeat(100_000)}`));
    const { id } = await endpoint(receiver.url);
    await ended();
    const delivery = await tried(id, 1);
    const [made] = (await listTries(test.db, [delivery.id], 1)).get(delivery.id) ?? [];
    expect(made?.response).toBe(`\u{fffd}${'x'.repeat(4_095)}`);
  });

  it('that takes the event and never ends its answer has been told', async () => {
    notifier({ tryMs: 300 });
    receiver.answer((response) => response.writeHead(200).write('and'));
    const { id } = await endpoint(receiver.url);
    await ended();
    expect(await tried(id, 1)).toMatchObject({ state: 'delivered', lastStatus: 200 });
  });
});

describe('a receiver that hangs', () => {
  it('holds four slots at most, gives them back in time, and keeps nobody else waiting', async () => {
    notifier({ tryMs: 400 });
    receiver.answer(() => undefined);
    const slow = await endpoint(receiver.url);
    const made = await Promise.all(Array.from({ length: 6 }, () => ended()));
    await receiver.hears(4);
    const quick = await endpoint(other.url);
    await ended();
    await other.hears(1);
    await receiver.hears(7);
    expect(await tried(quick.id, 1)).toMatchObject({ state: 'delivered' });
    expect(receiver.mostAtOnce()).toBe(4);
    const hung = await until(async () => {
      const all = await deliveriesOf(slow.id);
      return all.every((delivery) => delivery.lastError !== null) ? all : null;
    });
    expect(hung).toHaveLength(made.length + 1);
    expect(hung.every((delivery) => delivery.state === 'pending' && delivery.lastStatus === null)).toBe(true);
  });
});

describe('many receivers that hang', () => {
  it('keep nobody else waiting, though they are more than a process tries at once', async () => {
    notifier({ concurrency: 2, perHost: 1, briskMs: 50 });
    const hanging = await Promise.all(Array.from({ length: 4 }, () => startReceiver()));
    for (const one of hanging) {
      one.answer(() => undefined);
      await endpoint(one.url);
    }
    await ended();
    await Promise.all(hanging.map((one) => one.hears(1)));
    const { id } = await endpoint(other.url);
    await ended();
    await other.hears(1);
    expect(await tried(id, 1)).toMatchObject({ state: 'delivered' });
    await Promise.all(hanging.map((one) => one.close()));
  });
});

describe('an address that is private', () => {
  it('is refused at every try, without a connection', async () => {
    const strict = createGuardedFetcher({ allow: parseFetchAllow('') });
    notifier({}, strict);
    const { id } = await endpoint(receiver.url);
    await ended();
    const delivery = await tried(id, 1);
    expect(delivery).toMatchObject({ state: 'pending', lastStatus: null });
    expect(delivery.lastError).toContain('not on the public internet');
    expect(receiver.connections()).toBe(0);
    await strict.close();
  });
});

describe('nodes that share the work', () => {
  it('never make the same try twice', async () => {
    const { id } = await endpoint(receiver.url);
    const { id: secondId } = await endpoint(other.url);
    await Promise.all(Array.from({ length: 40 }, () => ended()));
    notifier();
    notifier();
    notifier();
    await Promise.all([receiver.hears(40), other.hears(40)]);
    for (const endpointId of [id, secondId]) {
      await until(async () =>
        (await deliveriesOf(endpointId)).every((delivery) => delivery.state === 'delivered') ? true : null,
      );
    }
    for (const place of [receiver, other]) {
      expect(place.heard).toHaveLength(40);
      expect(new Set(place.heard.map((heard) => heard.headers['webhook-id'])).size).toBe(40);
    }
  });

  it('take over from one that died between sending and writing it down, under the same id', async () => {
    const { id, secret } = await endpoint(receiver.url);
    await ended();
    const claim = { node: 'dead', leaseMs: 60_000, limit: 1, perHost: 1, underWay: new Map<string, number>() };
    const [claimed] = await claimDueDeliveries(test.db, claim);
    if (claimed === undefined) throw new Error('one is due');
    expect(await claimDueDeliveries(test.db, claim)).toEqual([]);
    const headers = webhookHeaders({ id: claimed.eventId, timestamp: 1, body: claimed.body }, [secret]);
    await fetch(receiver.url, { method: 'POST', headers, body: claimed.body });
    notifier();
    await makeDue();
    const [before, after] = await receiver.hears(2);
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(after?.body).toBe(before?.body);
    expect(await tried(id, 1)).toMatchObject({ state: 'delivered', attempts: 2 });
    const late = { status: 500, error: 'late', ms: 1, response: null };
    expect(await concludeTry(test.db, claimed, late, { state: 'failed' })).toBe(false);
  });
});

describe('an endpoint', () => {
  it('hears both signatures while its secret is being changed, and one afterwards', async () => {
    notifier({ pollMs: 60_000 });
    const { id, secret: old } = await endpoint(receiver.url);
    const fresh = newWebhookSecret();
    await rotateEndpointSecret(test.db, id, {
      secretSealed: secrets.seal(fresh, endpointSecretContext(id)),
      secretHint: secretHint(fresh),
      overlapMs: 86_400_000,
    });
    await ended();
    const [during] = await receiver.hears(1);
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    await unwrapped(during, old);
    await unwrapped(during, fresh);
    await test.db.query(`update webhook_endpoint set previous_until = now() where id = $1`, [id]);
    await ended();
    const [, after] = await receiver.hears(2);
    await unwrapped(after, fresh);
    await expect(unwrapped(after, old)).rejects.toThrow('signature');
  });

  it('that moves hears at its new place what still waited for it', async () => {
    notifier({ pollMs: 60_000 });
    receiver.answer(500);
    const { id } = await endpoint(receiver.url);
    await ended();
    await tried(id, 1);
    const now = await readEndpoint(test.db, owner, id);
    if (now === null) throw new Error('the endpoint exists');
    await updateEndpoint(test.db, id, { ...now, url: other.url, host: other.host });
    await makeDue();
    await other.hears(1);
    expect(await tried(id, 2)).toMatchObject({ state: 'delivered', url: other.url });
  });

  it('whose secret was sealed by another installation is not told, and the log says why', async () => {
    notifier();
    const { id } = await endpoint(receiver.url);
    await test.db.query(`update webhook_endpoint set secret_sealed = $2 where id = $1`, [
      id,
      secrets.seal(newWebhookSecret(), endpointSecretContext(newId())),
    ]);
    await ended();
    expect((await tried(id, 1)).lastError).toContain('rotate');
    expect(receiver.connections()).toBe(0);
  });
});
