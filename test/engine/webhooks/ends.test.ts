/** Every end of a job is told once, signed, to each of its receivers, in the words that they know. */

import { describe, expect, it } from 'vitest';

import { advance } from '../../../src/engine/advance.ts';
import { callbackSecretContext } from '../../../src/engine/notify/send.ts';
import { webhookHeaders } from '../../../src/engine/notify/sign.ts';
import { ensureCallbackSecret } from '../../../src/store/webhooks.ts';
import {
  deliveriesOf,
  eachWithPost,
  ended,
  endpoint,
  job,
  makeDue,
  notifier,
  secrets,
  tried,
  unwrapped,
} from './post.ts';
import type { Post } from './post.ts';

let post: Post;
eachWithPost((opened) => {
  post = opened;
});

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

describe('the end of a job', () => {
  it('is told to each endpoint that listens and to its own callback, at once', async () => {
    notifier(post, { pollMs: 60_000 });
    const first = await endpoint(post, post.receiver.url);
    const deaf = await endpoint(post, post.receiver.url, { types: ['video.completed'] });
    const live = await endpoint(post, post.receiver.url, { mode: 'live' });
    const made = await ended(post, post.other.url);
    const [[atEndpoint], [atCallback]] = await Promise.all([post.receiver.hears(1), post.other.hears(1)]);
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
    const shown = await ensureCallbackSecret(post.db, post.owner, Buffer.alloc(0));
    await unwrapped(atCallback, secrets.open(shown.secretSealed, callbackSecretContext(post.owner)));
    expect(await tried(post, first.id, 1)).toMatchObject({ state: 'delivered', lastStatus: 200, lastError: null });
    expect(await tried(post, null, 1)).toMatchObject({ state: 'delivered', jobId: made.id, url: post.other.url });
    expect([await deliveriesOf(post, deaf.id), await deliveriesOf(post, live.id)]).toEqual([[], []]);
    expect(post.receiver.heard).toHaveLength(1);
  });

  it('is told of success, of being cancelled and of coming too late in the words of the API', async () => {
    notifier(post);
    const { secret } = await endpoint(post, post.receiver.url);
    const made = [await job(post), await job(post), await job(post)] as const;
    await post.db.query(`update job set state = 'collecting' where id = $1`, [made[0].id]);
    await advance(post.db, { ...made[0], state: 'collecting' }, 'collect', {});
    await advance(post.db, made[1], 'cancel', { failure: { kind: 'cancelled', message: 'The job was cancelled.' } });
    await advance(post.db, made[2], 'expire', { failure: { kind: 'expired', message: 'Too late.' } });
    const heard = await post.receiver.hears(3);
    const events = await Promise.all(heard.map((one) => unwrapped(one, secret) as Promise<{ id: string }>));
    const byJob = made.map((one) => events.find((event) => event.id === `evt_${one.id}`));
    expect(byJob).toMatchObject([
      { type: 'video.completed', data: { id: `video_${made[0].id}`, status: 'completed' } },
      { type: 'video.failed', data: { status: 'failed', error: { code: 'cancelled' } } },
      { type: 'video.failed', data: { status: 'failed', error: { code: 'expired', message: 'Too late.' } } },
    ]);
  });

  it('is told once: who comes second to end it writes no delivery', async () => {
    const { id } = await endpoint(post, post.receiver.url);
    const made = await ended(post);
    const failure = { kind: 'cancelled', message: 'The job was cancelled.' } as const;
    expect(await advance(post.db, made, 'cancel', { failure })).toBeNull();
    expect(await deliveriesOf(post, id)).toHaveLength(1);
  });
});

describe('a callback in the words of the API that the job came through', () => {
  it('has one body at all tries, however the job is written by then, and each try a signature of its own', async () => {
    let writes = 0;
    notifier(
      post,
      { pollMs: 60_000 },
      {
        writeCallback: async (job, target) => {
          writes += 1;
          const signed = writes;
          return {
            body: { job: job.id, writes },
            headers: (raw) => ({ 'x-signed': `${signed} ${target.url} ${target.secret} ${raw}` }),
          };
        },
      },
    );
    post.receiver.answer(500);
    const made = await ended(post, post.receiver.url);
    await tried(post, null, 1);
    post.receiver.answer(200);
    await makeDue(post);
    const delivery = await tried(post, null, 2);
    const body = `{"job":"${made.id}","writes":1}`;
    expect(post.receiver.heard.map((heard) => heard.body)).toEqual([body, body]);
    const shown = await ensureCallbackSecret(post.db, post.owner, Buffer.alloc(0));
    const secret = secrets.open(shown.secretSealed, callbackSecretContext(post.owner));
    expect(post.receiver.heard.map((heard) => heard.headers['x-signed'])).toEqual([
      `1 ${post.receiver.url} ${secret} ${body}`,
      `2 ${post.receiver.url} ${secret} ${body}`,
    ]);
    expect(delivery).toMatchObject({ state: 'delivered', body, ownBody: true });
  });

  it('is not sent once another node has taken it over', async () => {
    const taken = Promise.withResolvers<void>();
    notifier(
      post,
      { pollMs: 60_000 },
      {
        writeCallback: async () => {
          await post.db.query(
            `update delivery set version = version + 1, lease_owner = 'other' where state = 'pending'`,
          );
          taken.resolve();
          return { body: {}, headers: () => ({}) };
        },
      },
    );
    await ended(post, post.receiver.url);
    await taken.promise;
    await Promise.all(post.running.map((one) => one.stop()));
    expect(post.receiver.connections()).toBe(0);
    expect((await deliveriesOf(post, null))[0]).toMatchObject({ state: 'pending', ownBody: false });
  });
});
