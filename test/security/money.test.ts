/** Numbers that money is made of: the cases M at every dialect, with an account that could pay. */

import { afterAll, beforeAll, expect } from 'vitest';

import type { Json } from '../../src/model/json.ts';
import { objectOf } from '../support/reelgate.ts';
import { MONEY } from './cases/money.ts';
import { DOORS, put } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const MARK = 424_242;

/** A create whose number at a place is written as no JSON library would write it. */
async function askText(path: string, headers: Record<string, string>, text: string) {
  const response = await fetch(`${world.reelgate.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.mine.key}`, 'content-type': 'application/json', ...headers },
    body: text,
  });
  return { status: response.status, body: (await response.json()) as Json };
}

runCases('M', MONEY, {
  M02: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, create, seconds } of DOORS) {
        for (const value of row.values) {
          const answer = await world.ask(put(create, seconds, value));
          expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${JSON.stringify(value)}` }, answer, dialect);
        }
      }
    });
  },
  M03: async (row) => {
    for (const { dialect, create, seconds } of DOORS) {
      const text = JSON.stringify(put(create, seconds, MARK).body);
      const name = `"${String(seconds.at(-1))}":`;
      for (const wrong of ['1e309', '-1e309', `5,${name}-5`, `5,${name}1e309`]) {
        const spoilt = text.replace(String(MARK), wrong);
        const answer = await leavesNothing(world, () => askText(create.path, create.headers ?? {}, spoilt));
        expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${wrong}` }, answer, dialect);
      }
    }
    const asked = await askText(
      '/v1/videos',
      {},
      '{"model":"Kling-3.0-Omni","prompt":"x","seconds":"15","seconds":"3"}',
    );
    const submit = world.vendor.seen.findLast(({ method }) => method === 'POST');
    expect([asked.status, objectOf(asked.body)['seconds']]).toEqual([200, '3']);
    expect(objectOf(submit?.body ?? null)['seconds']).toBe('3');
  },
  M04: async (row) => {
    const doors = DOORS.flatMap((door) => (door.count === null ? [] : [{ ...door, count: door.count }]));
    expect(doors.length).toBeGreaterThan(3);
    await leavesNothing(world, async () => {
      for (const { dialect, create, count } of doors) {
        for (const value of row.values) {
          const answer = await world.ask(put(create, count, value));
          expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${JSON.stringify(value)}` }, answer, dialect);
        }
      }
    });
  },
  M22: async () => {
    const headers = { 'x-request-id': 'the-same-one' };
    const body = { model: 'Kling-3.0-Omni', prompt: 'twice', seconds: '3' };
    const before = await world.footprint();
    const ids = new Set<unknown>();
    for (let time = 0; time < 2; time += 1) {
      const made = await world.ask({ method: 'POST', path: '/v1/videos', headers, body });
      expect([made.status, made.headers.get('x-request-id')]).toEqual([200, 'the-same-one']);
      ids.add(objectOf(made.body)['id']);
    }
    const after = await world.footprint();
    expect([ids.size, after.jobs - before.jobs, after.transactions - before.transactions]).toEqual([2, 2, 2]);
  },
});
