/** Clients that create one video after the other, and what they were told. */

import { expect } from 'vitest';

import type { Database } from '../../src/store/database.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { expectCleanAudit } from './clean-audit.ts';
import { ask, until } from './shop.ts';
import type { Reply, Shop } from './shop.ts';
import { bookedPrompts } from './vendor.ts';

export const UNAVAILABLE = 503;
const CREATORS = 4;

/** May be repeated: the prompt is the request's idempotency key, too. */
export function create(url: string, key: string, prompt: string): Promise<Reply> {
  const body = { model: 'sora-2', prompt, seconds: '4' };
  return ask(url, key, 'POST', '/v1/videos', { body, headers: { 'idempotency-key': prompt } });
}

export type Created = { readonly prompt: string; readonly status: number; readonly id: string };

export type Load = {
  /** Once more than so many further requests were answered. */
  more(requests: number): Promise<true>;
  stop(): Promise<{ creates: readonly Created[]; slowestMs: number }>;
};

/** Clients that create one video after the other, each read back at once. */
export function startLoad(url: string, { key }: Shop): Load {
  const creates: Created[] = [];
  let slowestMs = 0;
  let served = 0;
  let isOver = false;
  const timed = async (request: Promise<Reply>): Promise<Reply> => {
    const began = performance.now();
    const reply = await request;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    served += 1;
    return reply;
  };
  const client = async (name: number): Promise<void> => {
    for (let number = 1; !isOver; number += 1) {
      const prompt = `load ${name}, fox ${number}`;
      const { status, body } = await timed(create(url, key, prompt));
      const id = String(body['id']);
      creates.push({ prompt, status, id });
      if (status !== 200) continue;
      const read = await timed(ask(url, key, 'GET', `/v1/videos/${id}`));
      if (read.status !== 200 && read.status !== UNAVAILABLE)
        throw new Error(`a read was answered with ${read.status}`);
    }
  };
  const clients = Promise.all(Array.from({ length: CREATORS }, (_, name) => client(name)));
  return {
    more: (requests) => {
      const before = served;
      return until('there is load', () => (served > before + requests ? true : null));
    },
    stop: async () => {
      isOver = true;
      await clients;
      return { creates, slowestMs };
    },
  };
}

/**
 * Once all jobs have ended, as if the leases had run out of those that were cut off: all that was answered with 200 is on record,
 * refused requests were refused with 503, the vendor has one task for each job, and the audit finds nothing. Answers the prompts on
 * record.
 */
export async function expectKept(db: Database, creates: readonly Created[], vendor: FakeVendor): Promise<string[]> {
  await db.query(`update pgboss.job set heartbeat_on = now() - interval '1 minute' where state = 'active'`);
  await until('all jobs have ended', async () => {
    await db.query(
      `update job set run_at = now() where state = 'queued' and updated_at < now() - interval '3 seconds'`,
    );
    const open = await db.query(`select from job where state <> 'succeeded'`);
    return open.length === 0 ? true : null;
  });
  const jobs = await db.query<{ id: string; prompt: string }>(
    `select 'video_' || id as id, spec ->> 'prompt' as prompt from job`,
  );
  const ids = new Set(jobs.map(({ id }) => id));
  const prompts = jobs.map(({ prompt }) => prompt).toSorted();
  expect(creates.filter(({ status }) => status !== 200 && status !== UNAVAILABLE)).toEqual([]);
  expect(creates.filter(({ id, status }) => status === 200 && !ids.has(id))).toEqual([]);
  expect(bookedPrompts(vendor)).toEqual(prompts);
  await expectCleanAudit(db);
  return prompts;
}
