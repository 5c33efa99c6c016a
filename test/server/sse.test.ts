/** Streams of events: of one job and of all, resumed without gaps, on any node. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { STREAM_BOUNDS } from '../../src/server/bounds.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call } from './support/http.ts';
import { finishJob, moveJob, queuedJob, rowEngine } from './support/row-engine.ts';
import { openEvents } from './support/sse.ts';
import type { EventStream, ServerEvent } from './support/sse.ts';

/** About forty megabytes of events. */
const MANY_EVENTS = 30_000;

let node: TestReelgate;
let other: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate();
  other = await startTestReelgate({}, {}, node);
});
afterAll(async () => {
  await other.stop();
  await node.stop();
});

async function make(prompt: string, key: string = node.testKey): Promise<string> {
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: '3', size: '1280x720' };
  const answer = await node.ask('POST', '/v1/videos', { key, body });
  return String(objectOf(answer.body)['id']);
}

function cancel(id: string): Promise<unknown> {
  return node.admin('POST', `/jobs/${id.replace('video_', '')}/cancel`);
}

function follow(path: string, at: TestReelgate = node, lastId: string | null = null): Promise<EventStream> {
  return openEvents(`${at.url}/v1/videos${path}`, node.testKey, lastId === null ? {} : { 'last-event-id': lastId });
}

const namesOf = (events: readonly ServerEvent[]): string[] => events.map((event) => event.name);

describe('the events of one job', () => {
  it('tell its life in order and end with the finished video', async () => {
    const id = await make('a whole life [delay:600ms]');
    const stream = await follow(`/${id}/events`);
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    const events = await stream.rest();
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
    expect(namesOf(events).slice(0, 3)).toEqual(['video.created', 'video.updated', 'video.updated']);
    expect(events[0]?.data).toMatchObject({
      id,
      object: 'event',
      type: 'video.created',
      status: 'queued',
      progress: 0,
    });
    expect(events[2]?.data).toMatchObject({ status: 'in_progress', message: 'A provider is making the video.' });
    const read = await node.ask('GET', `/v1/videos/${id}`);
    expect(events.at(-1)).toMatchObject({ name: 'video.completed', data: { status: 'completed', video: read.body } });
    const progress = events.map((event) => Number(event.data['progress']));
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(JSON.stringify(events)).not.toMatch(/channel|sandbox/i);
  });

  it('come to another node, and a failure ends them with its reason', async () => {
    const id = await make('far away [stuck]');
    const stream = await follow(`/${id}/events`, other);
    await stream.until('video.created');
    await cancel(id);
    const last = (await stream.rest()).at(-1);
    expect(last).toMatchObject({ name: 'video.failed', data: { video: { error: { code: 'cancelled' } } } });
  });

  it('are resumed after the last one that was seen, and after the end there is nothing more', async () => {
    const id = await make('resumed [fail:generation_failed]');
    await node.ended(id);
    const all = await (await follow(`/${id}/events`)).rest();
    expect(all.length).toBeGreaterThan(2);
    for (const [at, event] of all.entries()) {
      const stream = await follow(`/${id}/events`, other, event.id);
      if (at < all.length - 1) expect(namesOf(await stream.rest())).toEqual(namesOf(all.slice(at + 1)));
      else expect(stream.response.status).toBe(204);
    }
  });

  it('are those of an own job only, resumed with an own cursor only', async () => {
    const [id, second] = [await make('mine [stuck]'), await make('also mine [stuck]')];
    const { key } = await liveCustomer(node, '10');
    const theirs = await openEvents(`${node.url}/v1/videos/${id}/events`, key);
    expect(theirs.response.status).toBe(404);
    const stream = await follow(`/${id}/events`);
    const cursor = (await stream.next())?.id ?? '';
    stream.close();
    for (const [path, sent] of [
      [`/${second}/events`, cursor],
      ['/events', cursor],
      [`/${id}/events`, 'nonsense'],
      [`/${id}/events`, `${cursor.slice(0, -2)}AA`],
    ] as const) {
      const { response } = await follow(path, node, sent);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: 'Last-Event-ID' } });
    }
    const foreign = await openEvents(`${node.url}/v1/videos/events`, key, { 'last-event-id': cursor });
    expect(foreign.response.status).toBe(400);
  });

  it('are only announced by HEAD', async () => {
    const id = await make('head [stuck]');
    const answer = await node.ask('HEAD', `/v1/videos/${id}/events`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });
});

describe('the events of all jobs', () => {
  it('begin now and are resumed without loss or repetition on another node', async () => {
    const before = await make('before [stuck]');
    const stream = await follow('/events');
    const first = await make('first [stuck]');
    const seen = await stream.until('video.created');
    expect(seen.at(-1)?.data['id']).toBe(first);
    expect(seen.every((event) => event.data['id'] !== before)).toBe(true);
    stream.close();
    // While nobody follows.
    await cancel(before);
    const second = await make('second [fail:generation_failed]');
    await node.ended(second);
    const resumed = await follow('/events', other, seen.at(-1)?.id ?? null);
    const rest: ServerEvent[] = [];
    while (!rest.some((event) => event.data['id'] === second && event.name === 'video.failed')) {
      const event = await resumed.next();
      if (event === null) throw new Error('the stream ended');
      rest.push(event);
    }
    resumed.close();
    expect(rest.filter((event) => event.name === 'video.created').map((event) => event.data['id'])).toEqual([second]);
    expect(rest).toContainEqual(
      expect.objectContaining({ name: 'video.failed', data: expect.objectContaining({ id: before }) }),
    );
    expect(new Set(rest.map((event) => event.id)).size).toBe(rest.length);
  });

  it('are those of the account and the mode of the key', async () => {
    const { key, accountId } = await liveCustomer(node, '100');
    const made = await node.admin('POST', '/keys', { account_id: accountId, name: 'test', mode: 'test' });
    const [live, test] = [
      await openEvents(`${node.url}/v1/videos/events`, key),
      await openEvents(`${node.url}/v1/videos/events`, String(made['key'])),
    ];
    await make('of another account [stuck]');
    const [liveId, testId] = [await make('live [stuck]', key), await make('test [stuck]', String(made['key']))];
    expect((await live.next())?.data['id']).toBe(liveId);
    expect((await test.next())?.data['id']).toBe(testId);
    live.close();
    test.close();
  });
});

describe('a stream', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ makeEngine: rowEngine });
  });
  afterAll(() => server.close());

  const open = (path: string): Promise<EventStream> => openEvents(`${server.url}/v1/videos${path}`, server.testKey);

  it('tells of progress, which is no event of its own', async () => {
    const job = await queuedJob(server);
    const running = await moveJob(server, job, {
      state: 'running',
      dueInMs: 60_000,
      event: { type: 'accepted', data: {} },
    });
    const stream = await open(`/${job.id}/events`);
    await stream.until('video.updated');
    const further = await moveJob(server, running, { state: 'running', dueInMs: 60_000, event: null, progress: 40 });
    const event = await stream.next();
    expect(event).toMatchObject({ id: null, name: 'video.updated', data: { status: 'in_progress', progress: 40 } });
    await finishJob(server, further, Buffer.from('a video'));
    expect(await stream.rest()).toMatchObject([{ name: 'video.completed', data: { video: { progress: 100 } } }]);
  });

  it('ends also for a job whose end left no event, and for one that is deleted', async () => {
    const job = await queuedJob(server);
    const stream = await open(`/${job.id}/events`);
    await stream.next();
    await moveJob(server, job, { state: 'cancelled', dueInMs: null, event: null, money: { kind: 'release' } });
    expect(await stream.rest()).toMatchObject([{ id: null, name: 'video.failed' }]);
    const finished = await finishJob(server, await queuedJob(server), Buffer.from('another video'));
    const all = await open('/events');
    await call(server, `/v1/videos/${finished.id}`, { method: 'DELETE' });
    expect((await all.until('video.deleted')).at(-1)?.data).toMatchObject({ id: `video_${finished.id}` });
    all.close();
  });

  it('is one of a bounded number for each key, and its place is free when the client goes', async () => {
    const key = await server.issueKey();
    const openOne = (): Promise<EventStream> => openEvents(`${server.url}/v1/videos/events`, key.key);
    const streams = await Promise.all(Array.from({ length: STREAM_BOUNDS.perKey }, openOne));
    const refused = await openOne();
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '5']);
    streams[0]?.close();
    const again = await vi.waitFor(async () => {
      const stream = await openOne();
      expect(stream.response.status).toBe(200);
      return stream;
    });
    for (const stream of [...streams, again]) stream.close();
    await vi.waitFor(() => expect(server.events.watchers).toBe(0));
  });

  it('is kept alive by comments, and ends once its key is revoked', async () => {
    const own = await startTestServer({ makeEngine: rowEngine, streamBounds: { heartbeatMs: 20 } });
    const key = await own.issueKey();
    const stream = await openEvents(`${own.url}/v1/videos/events`, key.key);
    const ending = stream.rest();
    await vi.waitFor(() => expect(stream.text()).toMatch(/^retry: 2000\n\n(: still here\n\n){2}/));
    expect((await own.admin(`/keys/${key.id}`, { method: 'DELETE' })).status).toBeLessThan(300);
    expect(await ending).toEqual([]);
    await own.close();
  });

  it('of a client that takes nothing is cut, long before everything was made ready for it', async () => {
    const own = await startTestServer({ makeEngine: rowEngine, streamBounds: { stalledMs: 300 } });
    const { hostname, port } = new URL(own.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /v1/videos/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${own.testKey}\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    expect(own.events.watchers).toBe(1);
    const job = await finishJob(own, await queuedJob(own), Buffer.from('told again and again'));
    await own.db.query(
      `insert into event (job_id, account_id, type, data)
       select $1, $2, 'succeeded', '{}' from generate_series(1, ${MANY_EVENTS})`,
      [job.id, job.accountId],
    );
    await vi.waitFor(() => expect(own.events.watchers).toBe(0), { timeout: 20_000 });
    const [gone] = await Promise.all([bytesLeft(socket), own.close()]);
    expect(gone).toBeLessThan(MANY_EVENTS * 500);
  });

  it('ends when the server stops', async () => {
    const own = await startTestServer({ makeEngine: rowEngine });
    const stream = await openEvents(`${own.url}/v1/videos/events`, own.testKey);
    const [events] = await Promise.all([stream.rest(), own.close()]);
    expect(events).toEqual([]);
  });
});

/** How many bytes had come when the connection broke. */
async function bytesLeft(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return bytes;
}
