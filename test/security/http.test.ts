/** Bytes on the wire, headers and addresses: the cases P on raw sockets and at every dialect. */

import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import { CROSSINGS } from '../dialects/crossings.ts';
import { objectOf } from '../support/reelgate.ts';
import type { Case } from './cases/case.ts';
import { HTTP } from './cases/http.ts';
import { DOORS, put } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3' };
/** All that a vendor is ever sent. */
const OURS: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-type', 'content-length', 'authorization', 'accept', 'idempotency-key', 'via'],
]);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

function filled(template: string): string {
  const body = JSON.stringify(VIDEO);
  return template
    .replaceAll('{auth}', `Authorization: Bearer ${world.mine.key}\r\n`)
    .replaceAll('{length}', String(body.length))
    .replaceAll('{body}', body);
}

function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** One answer of this status, and then the connection ends. */
async function endsWith(text: string, status: number): Promise<string> {
  const answer = await leavesNothing(world, () => world.raw(filled(text)));
  expect([text, statusesIn(answer)]).toEqual([text, [status]]);
  expect(answer).not.toContain('evil');
  return answer;
}

/** A create that must not be one, under each content type. */
async function refusedByType(row: Case): Promise<void> {
  await leavesNothing(world, async () => {
    for (const { dialect, create, seconds } of DOORS) {
      const { path, headers, body } = put(create, seconds, -5);
      const text = JSON.stringify(body);
      for (const type of row.values.map(String)) {
        const said = { ...headers, 'content-type': type, 'content-length': String(Buffer.byteLength(text)) };
        const answer = await world.askAsIs('POST', path, said, text);
        expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${type}` }, answer, dialect);
      }
    }
  });
}

runCases('P', HTTP, {
  P01: async (row) => {
    for (const text of row.values.map(String)) await endsWith(text, 401);
    const absolute = 'GET http://evil.example/v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect([401, 404]).toContain(statusesIn(await world.raw(absolute))[0]);
    const host = 'GET /v1/videos HTTP/1.1\r\nHost: evil.example\r\n{auth}Connection: close\r\n\r\n';
    await endsWith(host, 200);
  },
  P02: async (row) => {
    for (const text of row.values.map(String)) await endsWith(text, 400);
  },
  P03: async (row) => {
    for (const text of row.values.map(String)) {
      const answer = await leavesNothing(world, () => world.raw(filled(text), 'answer'));
      expect([text, statusesIn(answer)]).toEqual([text, [400]]);
    }
  },
  P04: async (row) => {
    for (const method of row.values.map(String)) {
      const answer = await world.raw(`${method} /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      // A tunnel is not answered at all: the connection ends.
      expect([method, statusesIn(answer)]).toEqual([method, method === 'CONNECT' ? [] : [405]]);
    }
    const overriding = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' };
    const made = await world.ask({ method: 'POST', path: '/v1/videos', body: VIDEO });
    const path = `/v1/videos/${String(objectOf(made.body)['id'])}`;
    expect((await world.ask({ method: 'GET', path: `${path}?_method=DELETE`, headers: overriding })).status).toBe(200);
    expect((await world.ask({ method: 'GET', path })).status).toBe(200);
  },
  P05: async (row) => {
    const looks = (): number => world.vendor.seen.length;
    for (const { dialect, read } of CROSSINGS) {
      const door = DOORS.find((one) => one.dialect.name === dialect);
      const about = read('{id}');
      if (about.method !== 'GET') continue;
      for (const id of row.values.map(String)) {
        const before = looks();
        const answer = await world.askAsIs(about.method, about.path.replace('{id}', id));
        expectAnswer({ ...row, id: `${row.id} ${dialect} ${id}` }, answer, door?.dialect ?? null);
        expect(looks()).toBe(before);
      }
    }
  },
  P06: async (row) => {
    for (const id of row.values.map(String)) {
      world.vendor.answerNext({ status: 200, body: JSON.stringify({ id, object: 'video', status: 'queued' }) });
      const before = world.vendor.seen.length;
      const made = await world.ask({ method: 'POST', path: '/v1/videos', body: { ...VIDEO, prompt: id } });
      expectAnswer({ ...row, id: `${row.id} ${id}` }, made, null);
      const job = String(objectOf(made.body)['id']).replace('video_', '');
      await world.reelgate.admin('POST', `/jobs/${job}/recheck`).catch(() => undefined);
      for (const { path } of world.vendor.seen.slice(before)) expect(path).toMatch(/^\/v1\/videos(?:$|\?|\/[\w%.-]+$)/);
      for (const { path } of world.vendor.seen.slice(before)) expect(path).not.toMatch(/\.\.|#|\/\.$/);
    }
  },
  P07: async (row) => {
    const headers = {
      'x-evil': '1',
      cookie: 'session=1',
      'x-forwarded-for': '10.0.0.1',
      'x-api-key': 'mine',
      'proxy-authorization': 'Basic eDp5',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    for (const { dialect, create } of DOORS) {
      const before = world.vendor.seen.length;
      const made = await world.ask({ ...create, headers: { ...create.headers, ...headers } });
      expectAnswer({ ...row, id: `${row.id} ${dialect.name}` }, made, dialect);
      const sent = world.vendor.seen.slice(before).flatMap((seen) => Object.keys(seen.headers));
      expect(sent.filter((name) => !OURS.has(name))).toEqual([]);
    }
  },
  P08: async (row) => {
    for (const url of row.values.map(String)) {
      const body = { name: `at ${url}`, provider: 'reelgate', base_url: url, credentials: 'k' };
      const answer = await world.reelgate.ask('POST', '/admin/v1/channels', { key: world.reelgate.adminKey, body });
      expectAnswer({ ...row, id: `${row.id} ${url}` }, answer, null);
    }
  },
  P09: async (row) => {
    for (const path of row.values.map(String)) {
      const answer = await world.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const [status = 0] = statusesIn(answer);
      expect([path, [400, 401, 403, Number(row.answer)].includes(status)]).toEqual([path, true]);
      const post = await world.raw(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      expect([path, [400, 401, 403, 404, 405].includes(statusesIn(post)[0] ?? 0)]).toEqual([path, true]);
    }
  },
  P10: refusedByType,
  P11: refusedByType,
  P12: refusedByType,
  P13: async () => {
    const careless = await startCareless();
    const channel = { provider: 'reelgate', mode: 'live', base_url: careless.url, credentials: 'k', priority: 9 };
    for (const model of ['sora-2', 'kling-v3'])
      await world.reelgate.admin('POST', '/channels', { ...channel, name: `careless ${model}`, models: [model] });
    for (const model of ['sora-2', 'sora-2', 'kling-v3']) {
      const body = { model, prompt: `careless ${careless.taken()}`, seconds: model === 'sora-2' ? '4' : '5' };
      expect((await world.ask({ method: 'POST', path: '/v1/videos', body })).status).toBe(200);
    }
    const rows = await world.reelgate.db.query<{ task: unknown }>(
      `select task from attempt join channel on channel.id = attempt.channel_id where channel.name like 'careless%' order by attempt.created_at`,
    );
    expect(rows.map(({ task }) => (isObject(task) ? task['id'] : null))).toEqual([
      'video_own_1',
      'video_own_2',
      'video_own_3',
    ]);
    expect(careless.shared()).toBe(false);
    await careless.close();
  },
  P14: async (row) => {
    for (const protocol of row.values.map(String)) {
      const text = `GET /v1/videos HTTP/1.1\r\nHost: x\r\nUpgrade: ${protocol}\r\nConnection: Upgrade, close\r\n\r\n`;
      await endsWith(text, Number(row.answer));
    }
  },
  P15: async (row) => {
    for (const origin of row.values.map(String)) {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const answer = await world.ask({ method: 'GET', path: '/v1/videos', headers });
      expectAnswer(row, answer, null);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect((await world.ask({ method: 'OPTIONS', path: '/v1/videos', headers })).status).toBe(405);
    }
  },
});

/** A vendor that leaves an answer too many on every connection, and sees which models come over the same one. */
async function startCareless() {
  const sockets = new Set<Socket>();
  let taken = 0;
  let isShared = false;
  const server = createServer((socket) => {
    const models = new Set<string>();
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      const model = /"model":"([^"]+)"/.exec(text)?.[1];
      if (!text.includes('POST ') && model === undefined) return;
      if (model === undefined) return;
      models.add(model);
      isShared ||= models.size > 1;
      taken += 1;
      socket.write(answerOf(`video_own_${taken}`) + answerOf('video_of_somebody_else'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => taken,
    shared: () => isShared,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(id: string): string {
  const body = JSON.stringify({ id, object: 'video', status: 'queued', progress: 0 });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
