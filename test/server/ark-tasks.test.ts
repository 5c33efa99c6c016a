/** Ark's tasks as a client sees them after they were made: listed by every filter, cancelled, deleted. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { JobState } from '../../src/model/job.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { startTestServer } from '../support/test-server.ts';
import type { IssuedKey, TestServer } from '../support/test-server.ts';
import { accountWith } from '../support/rows.ts';
import { call, errorOf } from './support/http.ts';
import { finishJob, moveJob, queuedJob, rowEngine } from './support/row-engine.ts';

const TASKS = '/api/v3/contents/generations/tasks';

type Task = { id: string; status: string; model: string; service_tier: string };
type List = { items: Task[]; total: number };

let server: TestServer;
let key: IssuedKey;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
beforeEach(async () => {
  key = await server.issueKey({ accountId: await accountWith(server.db, 0n) });
});
afterAll(() => server.close());

function ask(path: string, method = 'GET'): Promise<Response> {
  return call(server, path, { method, key: key.key });
}

async function list(query: string): Promise<List> {
  const response = await ask(`${TASKS}?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as List;
}

/** A job in this state, as far as the states of rows go. */
async function jobIn(state: Exclude<JobState, 'succeeded' | 'submitting'>): Promise<JobRecord> {
  const job = await queuedJob(server, key);
  if (state === 'queued') return job;
  const isOver = state === 'failed' || state === 'cancelled' || state === 'expired';
  const money = isOver ? ({ kind: 'release' } as const) : null;
  return moveJob(server, job, { state, dueInMs: null, event: null, ...(money === null ? {} : { money }) });
}

async function statusOf(id: string): Promise<string> {
  const response = await ask(`${TASKS}/${id}`);
  return response.status === 200 ? ((await response.json()) as Task).status : (await errorOf(response)).code;
}

describe('a delete', () => {
  it('cancels a task that waits, and keeps its record', async () => {
    const { id } = await jobIn('queued');
    const response = await ask(`${TASKS}/${id}`, 'DELETE');
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(await statusOf(id)).toBe('cancelled');
  });

  it.each(['running', 'collecting', 'cancelled'] as const)('refuses a task that is %s', async (state) => {
    const { id } = await jobIn(state);
    const before = await statusOf(id);
    const response = await ask(`/doubao${TASKS}/${id}`, 'DELETE');
    expect(response.status).toBe(409);
    expect((await errorOf(response)).code).toBe('InvalidAction.RunningTaskDeletion');
    expect(await statusOf(id)).toBe(before);
  });

  it.each(['failed', 'expired'] as const)('removes the record of a task that is %s', async (state) => {
    const { id } = await jobIn(state);
    expect((await ask(`${TASKS}/${id}`, 'DELETE')).status).toBe(200);
    expect(await statusOf(id)).toBe('ResourceNotFound');
  });

  it('removes the record of a task that succeeded', async () => {
    const { id } = await finishJob(server, await jobIn('running'), Buffer.from('a video'));
    expect((await ask(`${TASKS}/${id}`, 'DELETE')).status).toBe(200);
    expect(await statusOf(id)).toBe('ResourceNotFound');
  });

  it('does not find the task of another account', async () => {
    const { id } = await queuedJob(server);
    expect((await ask(`${TASKS}/${id}`, 'DELETE')).status).toBe(404);
  });
});

describe('a list', () => {
  it('is paged, newest first, with the number of all', async () => {
    const jobs = [await jobIn('queued'), await jobIn('running'), await jobIn('failed')];
    const [first, second, third] = jobs.map(({ id }) => id);
    expect(await list('')).toMatchObject({ items: [{ id: third }, { id: second }, { id: first }], total: 3 });
    expect(await list('page_num=2&page_size=2')).toMatchObject({ items: [{ id: first }], total: 3 });
    expect(await list('page_num=3&page_size=2')).toEqual({ items: [], total: 3 });
  });

  it('is filtered by status, model and repeated ids', async () => {
    const running = await jobIn('running');
    const collecting = await jobIn('collecting');
    const failed = await jobIn('failed');
    const ids = ({ items }: List) => items.map(({ id }) => id);
    expect(ids(await list('filter.status=running'))).toEqual([collecting.id, running.id]);
    expect(ids(await list(`filter.task_ids=${running.id}&filter.task_ids=task_${failed.id}`))).toEqual([
      failed.id,
      running.id,
    ]);
    expect(ids(await list('filter.task_ids=cgt-20260514183217-t8rzv'))).toEqual([]);
    expect((await list(`filter.model=${running.spec.requestedModel}`)).total).toBe(3);
    expect((await list('filter.model=another')).total).toBe(0);
  });

  it('leaves out tasks of flex unless they are asked for', async () => {
    const { id } = await jobIn('queued');
    expect((await list('filter.service_tier=flex')).items).toEqual([]);
    expect((await list('filter.service_tier=default')).items).toMatchObject([{ id, service_tier: 'default' }]);
  });

  it('refuses a page that is none, in the error of the API', async () => {
    const response = await ask(`${TASKS}?page_size=501`);
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'page_size']);
  });
});

it('answers in the error of the API where there is nothing', async () => {
  const response = await ask('/doubao/api/v3/chat/completions', 'POST');
  expect([response.status, (await errorOf(response)).code]).toEqual([404, 'ResourceNotFound']);
});
