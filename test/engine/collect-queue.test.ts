/** The queue of finished videos on the real database. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { openCollectQueue } from '../../src/engine/collect-queue.ts';
import type { CollectQueue } from '../../src/engine/collect-queue.ts';
import { createLog } from '../../src/log.ts';
import { newId } from '../../src/new-id.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const VIDEOS = 200;
/** Each worker that took one video per look at the queue would need most of a minute. */
const SOON_MS = 15_000;

let database: TestDatabase;
let queue: CollectQueue;
beforeAll(async () => {
  database = await createTestDatabase();
  queue = await openCollectQueue(database.connection, createLog('silent'));
});
afterAll(async () => {
  await queue.stop();
  await database.drop();
});

it('hands out the videos of one channel as fast as they are copied', async () => {
  const handled = new Set<string>();
  const all = Promise.withResolvers<void>();
  await queue.work(async ({ jobId }) => {
    if (handled.add(jobId).size === VIDEOS) all.resolve();
  });
  const channelId = newId();
  const startedMs = performance.now();
  for (let video = 0; video < VIDEOS; video += 1) await queue.send(database.db, { jobId: newId(), channelId });
  queue.wake();
  await all.promise;
  expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
});
