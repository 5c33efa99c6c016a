/** Keys: the cases A, through every dialect of the whole server. */

import { afterAll, beforeAll, expect } from 'vitest';

import type { Json } from '../../src/model/json.ts';
import { newKey } from '../../src/secrets.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import { AUTHENTICATION } from './cases/authentication.ts';
import type { Case } from './cases/case.ts';
import { DOORS, put } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const MINUTE_MS = 60_000;
const BAD_KEYS = 10;
const SPREAD_MS = 5_000;
const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A create in every dialect with this key is answered as the row says, and leaves nothing. */
async function refusedEverywhere(row: Case, key: string | null): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (const { dialect, create } of DOORS) {
    world.later(MINUTE_MS);
    const answer = await leavesNothing(world, () => world.ask(create, key));
    expectAnswer(row, answer, dialect);
    bodies.push(withoutIds(answer.body));
  }
  return bodies;
}

function withoutIds(body: Json): string {
  return JSON.stringify(body).replaceAll(/req_[0-9a-f]{32}/g, '(request)');
}

async function issued(settings: Record<string, Json> = {}): Promise<{ id: string; key: string }> {
  const body = { account_id: world.mine.accountId, name: 'a key', mode: 'live', ...settings };
  const made = await world.reelgate.admin('POST', '/keys', body);
  return { id: String(made['id']), key: String(made['key']) };
}

function token(parts: Json): string {
  const text = JSON.stringify(parts).replaceAll('{key}', world.mine.key);
  const { header, claims } = objectOf(JSON.parse(text) as Json);
  const part = (value: Json | undefined): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.c2lnbmVk`;
}

runCases('A', AUTHENTICATION, {
  A01: async (row) => {
    await refusedEverywhere(row, null);
    for (const door of DOORS) {
      const read = {
        method: 'GET',
        path: door.dialect.routes.find(({ method }) => method === 'GET')?.path ?? '/nowhere',
      };
      if (read.path === '/nowhere') continue;
      expectAnswer(row, await world.ask({ ...read, path: read.path.replaceAll(/:\w+/g, 'x') }, null), door.dialect);
    }
  },
  A02: async (row) => {
    const unknown = await refusedEverywhere(row, newKey('live'));
    const revoked = await issued();
    await world.reelgate.admin('DELETE', `/keys/${revoked.id}`);
    expect(await refusedEverywhere(row, revoked.key)).toEqual(unknown);
  },
  A03: async (row) => {
    const second = await startTestReelgate({}, { requestNowMs: world.nowMs }, world.reelgate);
    const { id, key } = await issued();
    const list = async (node: typeof second): Promise<number> => (await node.ask('GET', '/v1/videos', { key })).status;
    expect([await list(world.reelgate), await list(second)]).toEqual([200, 200]);
    await world.reelgate.admin('DELETE', `/keys/${id}`);
    world.later(SPREAD_MS);
    expect([await list(world.reelgate), await list(second)]).toEqual([401, 401]);
    await second.stop();
    await refusedEverywhere(row, key);
    const soonOver = await issued({ expires_at: new Date(Date.now() + 24 * 60 * MINUTE_MS).toISOString() });
    expect((await world.ask({ method: 'GET', path: '/v1/videos' }, soonOver.key)).status).toBe(200);
    world.later(48 * 60 * MINUTE_MS);
    await refusedEverywhere(row, soonOver.key);
  },
  A04: async (row) => {
    const { data } = await world.reelgate.admin('GET', '/channels');
    const upstream = (Array.isArray(data) ? data.map(objectOf) : []).find(({ name }) => name === 'upstream');
    const limit = (max: number | null): Promise<unknown> =>
      world.reelgate.admin('PATCH', `/channels/${String(upstream?.['id'])}`, { max_concurrency: max });
    const held = async (): Promise<Json | undefined> =>
      (await world.reelgate.admin('GET', `/accounts/${world.mine.accountId}`))['held_usd'];
    expect((await world.ask({ method: 'POST', path: '/v1/videos', body: VIDEO })).status).toBe(200);
    await limit(1);
    const [submits, before] = [world.vendor.submits(), await held()];
    const { id, key } = await issued();
    const waiting = await world.ask({ method: 'POST', path: '/v1/videos', body: VIDEO }, key);
    expectAnswer(row, waiting, null);
    expect(await held()).not.toBe(before);
    await world.reelgate.admin('DELETE', `/keys/${id}`);
    await limit(null);
    const video = await world.reelgate.ended(String(objectOf(waiting.body)['id']), world.mine.key);
    expect(video).toMatchObject({ status: 'failed', error: { code: 'forbidden' } });
    expect([world.vendor.submits(), await held()]).toEqual([submits, before]);
  },
  A05: async (row) => {
    for (const text of row.values.map(String)) {
      world.later(MINUTE_MS);
      const headers = { authorization: `Bearer ${encodeURI(text).replaceAll('%20', ' ')}` };
      const answer = await world.ask({ method: 'GET', path: '/v1/videos', headers }, null);
      expectAnswer(row, answer, DOORS[0]?.dialect ?? null);
    }
  },
  A06: async (row) => {
    for (const value of row.values.map(objectOf)) {
      world.later(MINUTE_MS);
      const head = String(value['head']).replaceAll('{key}', world.mine.key);
      const answer = await leavesNothing(world, () =>
        world.raw(`GET /v1/videos HTTP/1.1\r\nHost: x\r\n${head}\r\nConnection: close\r\n\r\n`),
      );
      expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${String(value['status'])}`);
    }
  },
  A07: async (row) => {
    for (const { dialect, create } of DOORS) {
      const takesQuery = dialect.auth?.includes('google-query') === true;
      for (const name of row.values.map(String).filter((one) => !takesQuery || one !== 'key')) {
        const path = `${create.path}${create.path.includes('?') ? '&' : '?'}${name}=${world.mine.key}`;
        expectAnswer(row, await leavesNothing(world, () => world.ask({ ...create, path }, null)), dialect);
      }
    }
  },
  A09: async (row) => {
    for (const { dialect, create } of DOORS) {
      world.later(MINUTE_MS);
      for (let count = 0; count < BAD_KEYS; count += 1) await world.ask(create, newKey('live'));
      const limited = await world.ask(create, newKey('live'));
      expectAnswer(row, limited, dialect);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await world.ask({ method: 'GET', path: '/v1/videos' })).status).toBe(200);
    }
    world.later(MINUTE_MS);
  },
  A12: async (row) => {
    const evil = `http://127.0.0.1:${world.trap.port}/`;
    const extra = Object.fromEntries(row.values.map((name) => [String(name), evil]));
    for (const { create, prompt } of DOORS) {
      const call = put(create, prompt, `a boat of ${create.path}`);
      const hidden = `{"headers":{"x-evil":"${evil}"},"__proto__":{"base_url":"${evil}"},"constructor":{"prototype":{"x":1}},`;
      const before = world.vendor.seen.length;
      const text = hidden + JSON.stringify({ ...extra, ...call.body }).slice(1);
      const answer = await fetch(`${world.reelgate.url}${call.path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.mine.key}`, 'content-type': 'application/json', ...call.headers },
        body: text,
      });
      expect([call.path, answer.status, await answer.text()]).toEqual([call.path, 200, expect.any(String)]);
      const told = world.vendor.seen.slice(before).filter(({ method }) => method === 'POST');
      expect(told).toHaveLength(1);
      expect(JSON.stringify(told)).not.toContain('evil');
      expect(JSON.stringify(told)).not.toContain(String(world.trap.port));
    }
    expect(world.trap.connections()).toBe(0);
    expect(Object.hasOwn(Object.prototype, 'base_url')).toBe(false);
  },
  A13: async (row) => {
    const jwtDoors = DOORS.filter(({ dialect }) => dialect.auth?.includes('jwt') === true);
    expect(jwtDoors.length).toBeGreaterThan(0);
    for (const { dialect, create } of jwtDoors) {
      for (const parts of row.values) {
        world.later(MINUTE_MS);
        expectAnswer(row, await leavesNothing(world, () => world.ask(create, token(parts))), dialect);
      }
      const good = token({ header: { alg: 'HS256' }, claims: { iss: '{key}' } });
      expect((await world.ask(create, good)).status).toBe(200);
    }
  },
});
