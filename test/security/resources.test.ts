/** What a request may cost us: the cases D at every dialect. */

import { afterAll, beforeAll, expect } from 'vitest';

import { openai } from '../../src/dialects/openai/dialect.ts';
import { objectOf } from '../support/reelgate.ts';
import { RESOURCES } from './cases/resources.ts';
import { DOORS, put } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const MEGABYTE = 1024 * 1024;
const HUGE_BYTES = 200 * MEGABYTE;
const ANSWERED_MS = 5_000;
const CLIENTS = 100;
const TOO_MANY_HOPS = '1.1 reelgate, 1.1 reelgate, 1.1 reelgate';
/** Long texts on which a careless pattern would go back and forth. */
const TWISTED = [
  'a'.repeat(MEGABYTE),
  `${'1x'.repeat(50_000)}!`,
  `${' '.repeat(50_000)}x`,
  `${'-'.repeat(50_000)}1`,
  `${'9'.repeat(50_000)}:`,
];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const JSON_TYPE = { 'content-type': 'application/json' };

runCases('D', RESOURCES, {
  D01: async (row) => {
    for (const { dialect, create } of DOORS) {
      const headers = { ...JSON_TYPE, ...create.headers, 'content-length': String(HUGE_BYTES) };
      const answer = await leavesNothing(world, () => world.askAsIs('POST', create.path, headers, '{'));
      expectAnswer(row, answer, dialect);
    }
  },
  D03: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, files } of DOORS) {
        for (const { create, at, name } of files) {
          for (const value of row.values) {
            const answer = await world.ask(put(create, at, value));
            expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${name} ${String(value)}` }, answer, dialect);
          }
        }
      }
    });
  },
  D04: async (row) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const keys = `{${Array.from({ length: 1_000_000 }, (_, at) => `"${at}":1`).join(',')}}`;
    const values = `[${'1,'.repeat(1_000_000)}1]`;
    for (const { dialect, create } of DOORS) {
      for (const body of [deep, keys, values, `{"a":${deep}}`]) {
        const headers = { ...JSON_TYPE, ...create.headers, 'content-length': String(body.length) };
        const answer = await leavesNothing(world, () => world.askAsIs('POST', create.path, headers, body));
        expectAnswer(row, answer, dialect);
      }
    }
  },
  D05: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, create } of DOORS) {
        for (const encoding of row.values.map(String)) {
          const headers = { ...create.headers, 'content-encoding': encoding };
          expectAnswer(row, await world.ask({ ...create, headers }), dialect);
        }
      }
    });
  },
  D09: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, create, prompt, seconds } of DOORS) {
        for (const text of TWISTED) {
          const startedMs = performance.now();
          if (text.length >= MEGABYTE) expectAnswer(row, await world.ask(put(create, prompt, text)), dialect);
          expectAnswer(row, await world.ask(put(create, seconds, text)), dialect);
          expect(performance.now() - startedMs).toBeLessThan(ANSWERED_MS);
        }
      }
    });
  },
  D10: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, files } of DOORS) {
        for (const { create, at } of files) {
          for (const path of row.values.map(String))
            expectAnswer(row, await world.ask(put(create, at, `${world.farm.base}${path}`)), dialect);
        }
      }
    });
  },
  D11: async (row) => {
    const many = Array.from({ length: 500 }, (_, at) => `X-Number-${at}: ${'x'.repeat(40)}\r\n`).join('');
    for (const extra of [`X-Big: ${'x'.repeat(64 * 1024)}\r\n`, many]) {
      const answer = await world.raw(`GET /v1/videos HTTP/1.1\r\nHost: x\r\n${extra}\r\n`);
      expect(answer.slice(9, 12)).toBe(row.answer);
    }
  },
  D12: async (row) => {
    await leavesNothing(world, async () => {
      for (const { dialect, create } of DOORS) {
        const headers = { ...create.headers, via: TOO_MANY_HOPS };
        expectAnswer(row, await world.ask({ ...create, headers }), dialect);
      }
    });
    const { key, accountId } = await world.newCustomer();
    const circle = {
      name: 'circle',
      provider: 'reelgate',
      mode: 'live',
      base_url: world.reelgate.url,
      credentials: key,
    };
    const { id } = await world.reelgate.admin('POST', '/channels', { ...circle, models: ['sora-2'], priority: 9 });
    const { data } = await world.reelgate.admin('GET', '/channels');
    const others = (Array.isArray(data) ? data.map(objectOf) : []).filter((one) => one['name'] === 'upstream');
    const upstream = `/channels/${String(others[0]?.['id'])}`;
    await world.reelgate.admin('PATCH', upstream, { enabled: false });
    const before = await world.footprint();
    const body = { model: 'sora-2', prompt: 'round and round', seconds: '4' };
    const answer = await world.ask({ method: 'POST', path: '/v1/videos', body }, key);
    expect(answer.status).toBe(503);
    expect((await world.footprint()).jobs - before.jobs).toBe(3);
    const account = await world.reelgate.admin('GET', `/accounts/${accountId}`);
    expect([account['held_usd'], account['available_usd']]).toEqual(['0.00', '1000.00']);
    await world.reelgate.admin('PATCH', upstream, { enabled: true });
    await world.reelgate.admin('DELETE', `/channels/${String(id)}`);
  },
  D15: async (row) => {
    await leavesNothing(world, async () => {
      for (const limit of row.values.map(String)) {
        expectAnswer(row, await world.ask({ method: 'GET', path: `/v1/videos?limit=${limit}` }), openai);
        const admin = await world.reelgate.ask('GET', `/admin/v1/jobs?limit=${limit}`, {
          key: world.reelgate.adminKey,
        });
        expectAnswer(row, admin, null);
      }
    });
  },
  D16: async () => {
    const body = { model: 'Kling-3.0-Omni', prompt: 'everybody looks', seconds: '3' };
    const made = await world.ask({ method: 'POST', path: '/v1/videos', body });
    const path = `/v1/videos/${String(objectOf(made.body)['id'])}`;
    const looks = (): number =>
      world.vendor.seen.filter((one) => one.path.endsWith(`video_${world.vendor.submits()}`)).length;
    const before = looks();
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => world.ask({ method: 'GET', path })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(looks() - before).toBeLessThanOrEqual(2);
  },
});
