/** Whose things are whose: the cases B on the whole server, with a vendor that would notice a call. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';

import { parseJobId } from '../../src/model/id.ts';
import type { Json } from '../../src/model/json.ts';
import { newId } from '../../src/new-id.ts';
import { openai } from '../../src/dialects/openai/dialect.ts';
import { CROSSINGS, valueAt } from '../dialects/crossings.ts';
import { smallClip } from '../support/clips.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf } from '../support/reelgate.ts';
import type { Answer } from '../support/reelgate.ts';
import { OBJECT_ACCESS } from './cases/object-access.ts';
import { DOORS } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const NOBODY = '01900000-0000-7000-8000-000000000000';
const IDS = 100_000;
const FOREIGN_VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3', size: '1280x720' };

let world: World;
let directory: string;
/** The other customer's finished video, and the one of theirs that a vendor has. */
let finished: string;
let running: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-owners-'));
  const clip = join(directory, 'clip.mp4');
  await writeFile(clip, await smallClip());
  world = await openWorld({ providers: [quickVendor(clip, 'quick')] });
  running = await madeByOther();
  const quick = { name: 'quick', provider: 'quick', mode: 'live', credentials: 'k', priority: 9 };
  const { id } = await world.reelgate.admin('POST', '/channels', quick);
  finished = await madeByOther();
  await world.reelgate.ended(`video_${finished}`, world.other.key);
  await world.reelgate.admin('DELETE', `/channels/${String(id)}`).catch(() => undefined);
});
afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true, force: true });
});

async function madeByOther(): Promise<string> {
  const made = await world.ask({ method: 'POST', path: '/v1/videos', body: FOREIGN_VIDEO }, world.other.key);
  const id = parseJobId(String(objectOf(made.body)['id']));
  if (id === null) throw new Error(JSON.stringify(made.body));
  return id;
}

/** The same answer for the foreign job as for one that never was. */
async function isNobodys(ask: (id: string) => Promise<Answer>, id: string): Promise<Answer> {
  const [foreign, unknown] = await leavesNothing(world, async () => [await ask(id), await ask(NOBODY)] as const);
  expect(sameWords(foreign.body)).toBe(sameWords(unknown.body));
  expect(foreign.status).toBe(unknown.status);
  return foreign;
}

function sameWords(body: Json): string {
  return JSON.stringify(body)
    .replaceAll(/req_[0-9a-f]{32}/g, '(request)')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)');
}

async function versionOf(id: string): Promise<number | undefined> {
  const [row] = await world.reelgate.db.query<{ version: number }>('select version from job where id = $1', [id]);
  return row?.version;
}

async function link(): Promise<URL> {
  const { body } = await world.ask({ method: 'GET', path: `/v1/videos/video_${finished}` }, world.other.key);
  return new URL(String(objectOf(body)['video_url']));
}

runCases('B', OBJECT_ACCESS, {
  B01: async () => {
    for (const { dialect, read, statusAt, done } of CROSSINGS) {
      const answer = await isNobodys((id) => world.ask(read(id)), finished);
      expect([dialect, valueAt(answer.body, statusAt) === done]).toEqual([dialect, false]);
      const owned = await world.ask(read(finished), world.other.key);
      expect([dialect, valueAt(owned.body, statusAt)]).toEqual([dialect, done]);
    }
  },
  B02: async (row) => {
    for (const id of [finished, running]) {
      for (const [path, headers] of [
        ['/content', {}],
        ['/content?variant=thumbnail', {}],
        ['/content', { range: 'bytes=0-9' }],
      ] as const) {
        const ask = (asked: string): Promise<Answer> =>
          world.ask({ method: 'GET', path: `/v1/videos/${asked}${path}`, headers });
        expectAnswer(row, await isNobodys(ask, id), openai);
      }
    }
  },
  B03: async (row) => {
    const before = await Promise.all([finished, running].map(versionOf));
    const calls: readonly (readonly [string, string, ((id: string) => Json)?])[] = [
      ['DELETE', '/v1/videos/:id'],
      ['POST', '/v1/videos/:id/remix', () => ({ prompt: 'again' })],
      ['POST', '/v1/videos/edits', (id) => ({ prompt: 'again', video: { id: `video_${id}` } })],
      ['POST', '/v1/videos/extensions', (id) => ({ prompt: 'on', seconds: '4', video: { id: `video_${id}` } })],
      ['POST', '/api/v1/videos/:id/cancel', () => ({})],
      ['DELETE', '/api/v1/videos/:id'],
      ['POST', '/ent/v2/tasks/:id/cancel', () => ({})],
      ['DELETE', '/api/v3/contents/generations/tasks/:id'],
      ['POST', '/api/v1/tasks/:id/cancel', () => ({})],
    ];
    for (const [method, path, body] of calls) {
      const at = DOORS.find(({ dialect }) =>
        dialect.routes.some((route) => route.method === method && route.path === path),
      );
      for (const id of [finished, running]) {
        const ask = (asked: string): Promise<Answer> =>
          world.ask({
            method,
            path: path.replace(':id', asked),
            ...(body === undefined ? {} : { body: objectOf(body(asked)) }),
          });
        expectAnswer(row, await isNobodys(ask, id), at?.dialect ?? null);
      }
    }
    expect(await Promise.all([finished, running].map(versionOf))).toEqual(before);
  },
  B04: async (row) => {
    for (const [path, dialect] of [
      ['/v1/videos', openai],
      ['/api/v1/videos', DOORS.find(({ dialect }) => dialect.name === 'native')?.dialect ?? null],
    ] as const) {
      const ask = (id: string): Promise<Answer> => world.ask({ method: 'GET', path: `${path}?after=video_${id}` });
      expectAnswer(row, await isNobodys(ask, finished), dialect);
      expect(
        (await world.ask({ method: 'GET', path: `${path}?after=video_${finished}` }, world.other.key)).status,
      ).toBe(200);
    }
  },
  B05: async (row) => {
    const native = DOORS.find(({ dialect }) => dialect.name === 'native');
    const ask = (id: string): Promise<Answer> =>
      world.ask({
        method: 'POST',
        path: '/api/v1/videos',
        body: {
          model: 'Kling-3.0-Omni',
          prompt: 'x',
          scene: 'extend',
          inputs: [{ role: 'source_video', video_id: `video_${id}` }],
        },
      });
    expectAnswer(row, await isNobodys(ask, finished), native?.dialect ?? null);
  },
  B06: async (row) => {
    const url = `http://${world.farm.host}/hook`;
    const endpoint = { url, event_types: ['video.completed'] };
    const made = await world.ask({ method: 'POST', path: '/v1/webhook_endpoints', body: endpoint }, world.other.key);
    const id = String(objectOf(made.body)['id']);
    for (const [method, path, body] of [
      ['GET', '', null],
      ['POST', '', { name: 'mine' }],
      ['POST', '/rotate_secret', {}],
      ['POST', '/test', {}],
      ['GET', '/deliveries', null],
      ['POST', '/resend_failed', { since: 0 }],
      ['DELETE', '', null],
    ] as const) {
      const ask = (asked: string): Promise<Answer> =>
        world.ask({ method, path: `/v1/webhook_endpoints/${asked}${path}`, ...(body === null ? {} : { body }) });
      const foreign = await ask(id);
      expectAnswer(row, foreign, openai);
      expect(sameWords(foreign.body)).toBe(sameWords((await ask(`whe_${NOBODY}`)).body));
    }
    const now = await world.ask({ method: 'GET', path: `/v1/webhook_endpoints/${id}` }, world.other.key);
    const { signing_secret: _, ...told } = objectOf(made.body);
    expect(now.body).toEqual(told);
    expect(world.farm.asked).not.toContain('/hook');
  },
  B07: async (row) => {
    const good = await link();
    expect((await fetch(good)).status).toBe(200);
    const altered: ((url: URL) => void)[] = [
      (url) => (url.pathname = `/files/${NOBODY}`),
      (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1)),
      (url) => url.searchParams.set('signature', 'x'),
      (url) => url.searchParams.delete('signature'),
      (url) => url.searchParams.append('expires', '9999999999'),
    ];
    for (const alter of altered) {
      const url = new URL(good);
      alter(url);
      expectAnswer(row, await world.ask({ method: 'GET', path: url.href }, null), null);
    }
    expect((await fetch(good, { method: 'POST' })).status).toBe(405);
    world.later(48 * 3_600_000);
    expectAnswer(row, await world.ask({ method: 'GET', path: good.href }, null), null);
  },
  B08: async () => {
    const taken = world.vendor.submits();
    expect(taken).toBeGreaterThan(0);
    for (const { dialect, read, statusAt } of CROSSINGS) {
      const answer = await leavesNothing(world, () => world.ask(read(`video_${taken}`), world.other.key));
      const word = valueAt(answer.body, statusAt);
      expect([dialect, ['queued', 'running', 'processing', 'submitted'].includes(String(word))]).toEqual([
        dialect,
        false,
      ]);
    }
  },
  B09: async (row) => {
    const endpoint = { url: `http://${world.farm.host}/hook`, event_types: ['video.completed'] };
    for (const field of row.values.map(String)) {
      const body = { ...endpoint, [field]: world.other.accountId };
      const answer = await leavesNothing(world, () =>
        world.ask({ method: 'POST', path: '/v1/webhook_endpoints', body }),
      );
      expectAnswer(row, answer, openai);
      expect(JSON.stringify(answer.body)).toContain(field);
    }
  },
  B10: async () => {
    const ids = new Set(Array.from({ length: IDS }, () => newId()));
    expect(ids.size).toBe(IDS);
    const randomParts = new Set(Array.from(ids, (id) => id.slice(19)));
    expect(randomParts.size).toBe(IDS);
  },
});
