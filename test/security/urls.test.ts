/** URLs of strangers: the cases S, at every place of every dialect that takes one. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openai } from '../../src/dialects/openai/dialect.ts';
import { objectOf } from '../support/reelgate.ts';
import type { Case } from './cases/case.ts';
import { FORBIDDEN_URLS, LEADING_URLS, OTHER_URLS } from './cases/urls.ts';
import { DOORS, put } from './support/doors.ts';
import type { Door } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const EVENTS = ['video.completed'];
/** How long the slowest server of these tests may keep a fetch waiting. */
const FETCH_MS = 1_500;

let world: World;
beforeAll(async () => {
  world = await openWorld({ limits: { inputMs: FETCH_MS } });
});
afterAll(() => world.close());

/** A place that takes a URL: what is sent there, in which words it is refused. */
type Sink = {
  readonly name: string;
  readonly dialect: Door['dialect'];
  readonly send: (url: string) => ReturnType<World['ask']>;
};

function inputSinks(): Sink[] {
  return DOORS.flatMap(({ dialect, files }) =>
    files.map(({ name, create, at }) => ({
      name: `${dialect.name} ${name}`,
      dialect,
      send: (url: string) => world.ask(put(create, at, url)),
    })),
  );
}

function callbackSinks(): Sink[] {
  return DOORS.flatMap(({ dialect, create, callback }) =>
    callback === null
      ? []
      : [{ name: `${dialect.name} callback`, dialect, send: (url: string) => world.ask(put(create, callback, url)) }],
  );
}

const endpointSink: Sink = {
  name: 'webhook endpoint',
  dialect: openai,
  send: (url) => world.ask({ method: 'POST', path: '/v1/webhook_endpoints', body: { url, event_types: EVENTS } }),
};

function filled(template: string): string {
  return template
    .replaceAll('{port}', String(world.trap.port))
    .replaceAll('{farm}', world.farm.base)
    .replaceAll('{own}', world.reelgate.url);
}

/** Every URL at every sink: the row's answer, in words about the URL, and nothing left behind. */
async function refusedAt(row: Case, sinks: readonly Sink[]): Promise<void> {
  await leavesNothing(world, async () => {
    for (const url of row.values.map((value) => filled(String(value)))) {
      await Promise.all(
        sinks.map(async ({ name, dialect, send }) => {
          const answer = await send(url);
          expectAnswer({ ...row, id: `${row.id} ${url} at ${name}` }, answer, dialect);
          expect([name, JSON.stringify(answer.body)]).toEqual([name, expect.stringMatching(ABOUT_URLS)]);
        }),
      );
    }
  });
}

const ABOUT_URLS = /URL|image|video|audio|too large|pixels/;

describe('the way into every dialect', () => {
  it('leads to the fetcher: a good picture at each place is fetched, and its video is begun', async () => {
    for (const { name, send } of inputSinks().filter(({ name: one }) => !/video_list|audio/.test(one))) {
      const before = world.farm.asked.length;
      const answer = await send(`${world.farm.base}/picture.png`);
      expect([name, answer.status, JSON.stringify(answer.body)]).toEqual([name, 200, expect.any(String)]);
      expect([name, world.farm.asked.length]).toEqual([name, before + 1]);
    }
    for (const { name, send } of [...callbackSinks(), endpointSink]) {
      expect([name, (await send(`${world.farm.base}/hook`)).status]).toEqual([name, 200]);
    }
  });
});

runCases(
  'S',
  [...FORBIDDEN_URLS, ...LEADING_URLS, ...OTHER_URLS],
  {
    ...Object.fromEntries(
      FORBIDDEN_URLS.map((one) => [
        one.id,
        (row: Case) => refusedAt(row, [...inputSinks(), ...callbackSinks(), endpointSink]),
      ]),
    ),
    S30: async (row) => {
      const port = world.farm.port;
      world.names.set('mixed.example.com', ['93.184.216.34', '127.0.0.2']);
      world.names.set('private.example.com', ['10.0.0.1']);
      world.names.set('nip.example.com', ['::ffff:127.0.0.2']);
      const values = row.values.map((name) => `http://${String(name)}:${port}/x.png`);
      await refusedAt({ ...row, values }, [...inputSinks(), ...callbackSinks(), endpointSink]);
    },
    S31: async (row) => {
      const [name] = row.values.map(String);
      if (name === undefined) throw new Error('a name is needed');
      for (const { name: sink, dialect, send } of inputSinks()) {
        world.names.set(name, ['127.0.0.1'], ['127.0.0.2']);
        await leavesNothing(world, async () => {
          const answer = await send(`http://${name}:${world.farm.port}/loop`);
          expectAnswer({ ...row, id: `${row.id} ${sink}` }, answer, dialect);
        });
        expect([sink, world.names.asked(name)]).toEqual([sink, 2]);
      }
    },
    S60: async (row) => {
      const name = 'hook.example.com';
      world.names.set(name, ['127.0.0.1']);
      const made = await endpointSink.send(`http://${name}:${world.farm.port}/hook`);
      expect(made.status).toBe(200);
      world.names.set(name, ['127.0.0.2']);
      const path = `/v1/webhook_endpoints/${String(objectOf(made.body)['id'])}/test`;
      const answer = await leavesNothing(world, () => world.ask({ method: 'POST', path, body: {} }));
      expectAnswer(row, answer, openai);
      expect(JSON.stringify(answer.body)).not.toContain('secret');
    },
    S61: async (row) => {
      const body = { name: 'inside', provider: 'reelgate', base_url: 'http://10.0.0.7:9000', credentials: 'k' };
      const answer = await world.reelgate.ask('POST', '/admin/v1/channels', { key: world.reelgate.adminKey, body });
      expectAnswer(row, answer, null);
      expect(objectOf(answer.body)['base_url']).toBe(body.base_url);
      await world.reelgate.admin('DELETE', `/channels/${String(objectOf(answer.body)['id'])}`);
    },
  },
  (row) => refusedAt(row, inputSinks()),
);
