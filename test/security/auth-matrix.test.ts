/** Who may call what: every route that the router knows against every kind of key, and what each cell answers. */

import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Json } from '../../src/model/json.ts';
import { PEPPER } from '../../src/rotate-secrets.ts';
import { newKey } from '../../src/secrets.ts';
import { collectAccess, OPEN } from '../../src/server/access.ts';
import type { DeclaredRoute } from '../../src/server/access.ts';
import { revokeKey } from '../../src/store/accounts.ts';
import { readJob } from '../../src/store/jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { insertSetting } from '../../src/store/settings.ts';
import { finishJob, queuedJob, rowEngine } from '../server/support/row-engine.ts';
import { accountWith } from '../support/rows.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';

const MINUTE_MS = 60_000;
const MATRIX_MS = 180_000;
/** An id that never was. */
const NOBODY = '01900000-0000-7000-8000-000000000000';

type Actor = (typeof ACTORS)[number];
const STRANGERS = ['no key', 'an unknown key', 'a revoked key', 'an expired key'] as const;
const FOREIGNERS = ['a key of another account', 'a live key of the account'] as const;
const OWNERS = ['another key of the account', 'the key that made it'] as const;
const ACTORS = [...STRANGERS, 'the admin key', ...FOREIGNERS, ...OWNERS] as const;

let nowMs = Date.now();
let server: TestServer;
let keys: Readonly<Record<Actor, string | null>>;
/** Cells that were looked at. */
let cells = 0;
let routes = 0;

beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine, nowMs: () => nowMs });
  const { accountId } = server.test;
  const pepper = server.secrets.seal('of this test', PEPPER.context).toString('base64');
  await insertSetting(server.db, PEPPER.setting, pepper);
  const revoked = await server.issueKey();
  await revokeKey(server.db, revoked.id);
  keys = {
    'no key': null,
    'an unknown key': newKey('test'),
    'a revoked key': revoked.key,
    'an expired key': (await server.issueKey({ expiresAt: new Date(nowMs - 1000) })).key,
    'the admin key': server.adminKey,
    'a key of another account': (await server.issueKey({ accountId: await accountWith(server.db, 0n) })).key,
    'a live key of the account': (await server.issueKey({ accountId, mode: 'live' })).key,
    'another key of the account': (await server.issueKey()).key,
    'the key that made it': server.testKey,
  };
});
afterAll(async () => {
  process.stdout.write(`auth matrix: ${routes} routes × ${ACTORS.length} kinds of key, ${cells} cells\n`);
  await server.close();
});

/** Where dialects name a job outside of the path. */
const ID_IN_QUERY: Readonly<Record<string, string>> = {
  '/v1/video/query': 'id',
  '/v1/query/video_generation': 'task_id',
  '/v1/files/retrieve': 'file_id',
  '/tasks': 'task_ids',
  '/kling/tasks': 'task_ids',
};
const ID_IN_BODY: Readonly<Record<string, (id: string) => Json>> = {
  '/video-model/status': (id) => ({ operation: { id } }),
  '/v1/videos/edits': (id) => ({ video: { id }, prompt: 'again' }),
  '/v1/videos/extensions': (id) => ({ video: { id }, prompt: 'on', seconds: '4' }),
};
/** Values of path parameters that are no ids of jobs. */
const PARAMS: Readonly<Record<string, string>> = {
  model: 'kling-v3',
  name: 'sora-2',
  project: 'p',
  location: 'l',
  call: 'veo-3.1:predictLongRunning',
  channelId: NOBODY,
  lastStep: `${NOBODY}.x`,
  delivery: NOBODY,
  credential: NOBODY,
};

type Reply = { readonly status: number; readonly text: string };

/** The route called about a job by one of the actors. */
async function call(route: DeclaredRoute, method: string, id: string, actor: Actor): Promise<Reply> {
  cells += 1;
  const key = keys[actor];
  const query = ID_IN_QUERY[route.url];
  const path = route.url.replaceAll(/::/g, ':').replaceAll(/:(\w+)/g, (_, name: string) => PARAMS[name] ?? id);
  const hasBody = method === 'POST' || method === 'PATCH' || method === 'PUT';
  const leaving = new AbortController();
  const response = await fetch(`${server.url}${path}${query === undefined ? '' : `?${query}=${id}`}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { body: JSON.stringify(ID_IN_BODY[route.url]?.(id) ?? {}) } : {}),
    signal: leaving.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = isStream ? 'a stream' : await response.text();
  leaving.abort();
  return { status: response.status, text: withoutIds(text) };
}

/** What differs between two answers that say the same. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/req_[0-9a-f]{32}/g, '(request)')
    .replaceAll(/whsec_[A-Za-z0-9+/]{43}=/g, '(secret)')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(id)')
    .replaceAll(/\d{10,}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)');
}

function eachCall(auth: DeclaredRoute['access']['auth']): { route: DeclaredRoute; method: string }[] {
  const found = server.app.declaredRoutes.filter(({ access }) => access.auth === auth);
  const calls = found.flatMap((route) => route.methods.map((method) => ({ route, method })));
  routes += calls.length;
  return calls;
}

async function isUntouched(job: JobRecord): Promise<boolean> {
  const now = await readJob(server.db, job.id);
  return now !== null && now.version === job.version;
}

describe('a route that asks for a key', () => {
  it(
    'answers strangers as it answers everyone about an id that never was, and only its owners otherwise',
    async () => {
      const calls = eachCall('key');
      expect(calls.length).toBeGreaterThan(150);
      const unfound: string[] = [];
      for (const { route, method } of calls) {
        nowMs += MINUTE_MS;
        const name = `${method} ${route.url}`;
        const job = await finishJob(server, await queuedJob(server), Buffer.from('video'));
        const refused = await Promise.all(
          [...STRANGERS, 'the admin key' as const].map((actor) => call(route, method, job.id, actor)),
        );
        expect([name, ...refused.map(({ status }) => status)]).toEqual([name, ...refused.map(() => expect401(name))]);
        const foreign = await Promise.all(
          FOREIGNERS.map((actor) => Promise.all([job.id, NOBODY].map((id) => call(route, method, id, actor)))),
        );
        for (const [asked, unknown] of foreign) expect([name, asked]).toEqual([name, unknown]);
        expect([name, await isUntouched(job)]).toEqual([name, true]);
        const unknown = await call(route, method, NOBODY, 'the key that made it');
        const statuses: Reply[] = [];
        for (const actor of OWNERS) {
          const own =
            method === 'DELETE' ? await finishJob(server, await queuedJob(server), Buffer.from('video')) : job;
          statuses.push(await call(route, method, own.id, actor));
        }
        const [first, second] = statuses;
        expect([name, first?.status]).toEqual([name, second?.status]);
        if (method !== 'HEAD' && namesJob(route) && JSON.stringify(first) === JSON.stringify(unknown))
          unfound.push(name);
      }
      expect(unfound).toEqual(BLIND);
    },
    MATRIX_MS,
  );
});

/** MiniMax tells every failure with status 200. */
function expect401(name: string): number {
  return /\/v1\/(?:video_generation|query\/video_generation|files\/retrieve)$/.test(name) ? 200 : 401;
}

function namesJob({ url }: DeclaredRoute): boolean {
  if (url.startsWith('/v1/webhook_endpoints') || url === '/v1/models/:id') return false;
  return /:(?:id|file)\b/.test(url) || url in ID_IN_QUERY || url in ID_IN_BODY;
}

/** What is not offered, and lists that take no id: they answer an owner as they answer anyone. */
const BLIND = ['GET /v1/videos/characters/:id', 'POST /tasks', 'POST /kling/tasks'];

describe('a route of the operator', () => {
  it('is closed to every key but the admin key', async () => {
    const calls = [...eachCall('admin'), ...eachCall('metrics')];
    expect(calls.length).toBeGreaterThan(25);
    for (const { route, method } of calls) {
      nowMs += MINUTE_MS;
      for (const actor of ACTORS) {
        const { status } = await call(route, method, NOBODY, actor);
        const isIn = actor === 'the admin key';
        expect([method, route.url, actor, status === 401]).toEqual([method, route.url, actor, !isIn]);
        expect([method, route.url, actor, status < 500]).toEqual([method, route.url, actor, true]);
      }
    }
  });
});

describe('a route that judges by itself what was made for it', () => {
  it('lets in no key of an account, and nobody without any', async () => {
    for (const { route, method } of eachCall('own')) {
      for (const actor of ACTORS.filter((one) => one !== 'the admin key')) {
        const { status } = await call(route, method, NOBODY, actor);
        expect([method, route.url, actor, [401, 403, 404].includes(status)]).toEqual([method, route.url, actor, true]);
      }
    }
  });
});

describe('a route that is open', () => {
  it('is one of a short list, and answers everyone alike', async () => {
    const calls = eachCall('open');
    expect([...new Set(calls.map(({ route }) => route.url))].toSorted()).toEqual(PUBLIC);
    for (const { route, method } of calls) {
      const answers = new Set<string>();
      for (const actor of ACTORS) answers.add(JSON.stringify(await call(route, method, NOBODY, actor)));
      expect([route.url, answers.size]).toEqual([route.url, 1]);
    }
  });
});

/** What everybody may see; a route more is a decision. */
const PUBLIC: readonly string[] = ['/healthz', '/openapi', '/openapi/:file', '/readyz', '/version'];

describe('a server with a route that says nothing of who may call it', () => {
  it('never gets ready', async () => {
    const app = Fastify();
    collectAccess(app);
    app.get('/said', { config: { access: OPEN } }, () => 'ok');
    app.get('/unsaid', () => 'ok');
    await expect(app.ready()).rejects.toThrow('The route GET /unsaid does not say who may call it.');
    await app.close();
  });

  it('knows of every route what it counts as and how large its body may be', () => {
    for (const { methods, url, access } of server.app.declaredRoutes) {
      const takesBody = !methods.every((method) => ['GET', 'HEAD', 'DELETE'].includes(method));
      expect([url, access.bodyBytes > 0 || !takesBody]).toEqual([url, true]);
      if (access.limitClass === 'public')
        expect([url, access.auth]).toEqual([url, expect.stringMatching(/^o(pen|wn)$/)]);
    }
  });
});
