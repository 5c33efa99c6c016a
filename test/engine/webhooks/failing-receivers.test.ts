/** A receiver that fails, hangs or is private is tried again as promised, and nobody else waits for it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nextTryMs, retryAfterMs, TRY_AFTER_MS } from '../../../src/engine/notify/retry.ts';
import { parseFetchAllow } from '../../../src/media/guard/fetch-allow.ts';
import { createGuardedFetcher } from '../../../src/media/guard/guarded-fetch.ts';
import { listTries } from '../../../src/store/deliveries.ts';
import { readEndpoint } from '../../../src/store/webhooks.ts';
import { startReceiver } from '../../support/receiver.ts';
import {
  deliveriesOf,
  eachWithPost,
  ended,
  endpoint,
  makeDue,
  notifier,
  tried,
  until,
  unwrapped,
  waitOf,
} from './post.ts';
import type { Post } from './post.ts';

let post: Post;
eachWithPost((opened) => {
  post = opened;
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

describe('a receiver that fails', () => {
  it('is tried again under the same id and a fresh signature, eight times, and each try is on record', async () => {
    notifier(post, { pollMs: 60_000 });
    post.receiver.answer(500);
    const { id, secret } = await endpoint(post, post.receiver.url);
    await ended(post);
    for (const [index, afterMs] of [...TRY_AFTER_MS.slice(1), null].entries()) {
      const delivery = await tried(post, id, index + 1);
      expect(delivery.lastStatus).toBe(500);
      if (afterMs === null) break;
      expect(delivery.state).toBe('pending');
      const wait = await waitOf(post, delivery.id);
      expect(wait).toBeGreaterThan(afterMs * 0.9 - 5_000);
      expect(wait).toBeLessThanOrEqual(afterMs * 1.1);
      await makeDue(post);
    }
    const [failed] = await deliveriesOf(post, id);
    expect(failed).toMatchObject({ state: 'failed', attempts: 8, deliveredAt: null });
    expect(new Set(post.receiver.heard.map((heard) => heard.headers['webhook-id'])).size).toBe(1);
    await Promise.all(post.receiver.heard.map((heard) => unwrapped(heard, secret)));
    const tries = (await listTries(post.db, [failed?.id ?? ''], 100)).get(failed?.id ?? '') ?? [];
    expect(tries).toHaveLength(8);
    expect(tries[0]).toMatchObject({ status: 500, response: 'noted', error: expect.stringContaining('500') });
  });

  it('is not led elsewhere: a redirect is a failure', async () => {
    notifier(post);
    post.receiver.answer([302, { location: post.other.url }]);
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    expect(await tried(post, id, 1)).toMatchObject({ state: 'pending', lastStatus: 302 });
    expect(post.other.connections()).toBe(0);
  });

  it('is waited for as long as it asks when it is busy', async () => {
    notifier(post);
    post.receiver.answer([429, { 'retry-after': '600' }]);
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    const wait = await waitOf(post, (await tried(post, id, 1)).id);
    expect(wait).toBeGreaterThan(590_000);
    expect(wait).toBeLessThanOrEqual(600_000);
  });

  it('is never told again once it says that it is gone, and hears no more of what waited', async () => {
    notifier(post, { pollMs: 60_000 });
    post.receiver.answer(503);
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    await tried(post, id, 1);
    post.receiver.answer(410);
    await ended(post, post.other.url);
    const endpointNow = await until(async () => {
      const now = await readEndpoint(post.db, post.owner, id);
      return now?.state === 'disabled' ? now : null;
    });
    expect(endpointNow.disabledReason).toBe('gone');
    expect((await deliveriesOf(post, id)).map((delivery) => delivery.state)).toEqual(['failed', 'cancelled']);
    const heardBefore = post.receiver.heard.length;
    await ended(post, post.other.url);
    await post.other.hears(2);
    expect(post.receiver.heard).toHaveLength(heardBefore);
  });

  it('keeps no more of its answer than the beginning, and none that PostgreSQL cannot hold', async () => {
    notifier(post);
    post.receiver.answer((response) => response.writeHead(500).end(`\0${'x'.repeat(100_000)}`));
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    const delivery = await tried(post, id, 1);
    const [made] = (await listTries(post.db, [delivery.id], 1)).get(delivery.id) ?? [];
    expect(made?.response).toBe(`\u{fffd}${'x'.repeat(4_095)}`);
  });

  it('that takes the event and never ends its answer has been told', async () => {
    notifier(post, { tryMs: 300 });
    post.receiver.answer((response) => response.writeHead(200).write('and'));
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    expect(await tried(post, id, 1)).toMatchObject({ state: 'delivered', lastStatus: 200 });
  });
});

describe('a receiver that hangs', () => {
  it('holds four slots at most, gives them back in time, and keeps nobody else waiting', async () => {
    notifier(post, { tryMs: 400 });
    post.receiver.answer(() => undefined);
    const slow = await endpoint(post, post.receiver.url);
    const made = await Promise.all(Array.from({ length: 6 }, () => ended(post)));
    await post.receiver.hears(4);
    const quick = await endpoint(post, post.other.url);
    await ended(post);
    await post.other.hears(1);
    await post.receiver.hears(7);
    expect(await tried(post, quick.id, 1)).toMatchObject({ state: 'delivered' });
    expect(post.receiver.mostAtOnce()).toBe(4);
    const hung = await until(async () => {
      const all = await deliveriesOf(post, slow.id);
      return all.every((delivery) => delivery.lastError !== null) ? all : null;
    });
    expect(hung).toHaveLength(made.length + 1);
    expect(hung.every((delivery) => delivery.state === 'pending' && delivery.lastStatus === null)).toBe(true);
  });
});

describe('many receivers that hang', () => {
  it('keep nobody else waiting, though they are more than a process tries at once', async () => {
    notifier(post, { concurrency: 2, perHost: 1, briskMs: 50 });
    const hanging = await Promise.all(Array.from({ length: 4 }, () => startReceiver()));
    for (const one of hanging) {
      one.answer(() => undefined);
      await endpoint(post, one.url);
    }
    await ended(post);
    await Promise.all(hanging.map((one) => one.hears(1)));
    const { id } = await endpoint(post, post.other.url);
    await ended(post);
    await post.other.hears(1);
    expect(await tried(post, id, 1)).toMatchObject({ state: 'delivered' });
    await Promise.all(hanging.map((one) => one.close()));
  });
});

describe('an address that is private', () => {
  it('is refused at every try, without a connection', async () => {
    const strict = createGuardedFetcher({ allow: parseFetchAllow('') });
    notifier(post, {}, { fetcher: strict });
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    const delivery = await tried(post, id, 1);
    expect(delivery).toMatchObject({ state: 'pending', lastStatus: null });
    expect(delivery.lastError).toContain('not on the public internet');
    expect(post.receiver.connections()).toBe(0);
    await strict.close();
  });
});
