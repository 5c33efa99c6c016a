/** The queue of finished videos to copy, on pg-boss: it survives crashes, retries, and takes over a dead node's work. */

import { PgBoss } from 'pg-boss';

import type { Log } from '../log.ts';
import type { DatabaseConnection, Queryable } from '../store/database.ts';

/** Where the video lies is in the job's vendor output, as the vendor said last. */
export type CollectTask = { readonly jobId: string; readonly channelId: string };

const QUEUE = 'collect';
const SCHEMA = 'pgboss';
const POOL_SIZE = 2;
/** Between two looks of a worker that found nothing and was not woken. */
const POLLING_SECONDS = 3;
/** A node that stops sending heartbeats loses its copies after this, noticed at the next look for such nodes. */
const HEARTBEAT_SECONDS = 10;
const HEARTBEAT_REFRESH_SECONDS = 3;
const DEAD_NODE_LOOK_SECONDS = 5;
const EXPIRE_SECONDS = 15 * 60;
const RETRY_LIMIT = 12;
const RETRY_DELAY_SECONDS = 2;
const RETRY_DELAY_MAX_SECONDS = 600;
const CONCURRENT_COPIES = 24;
/** So that a vendor whose files come slowly leaves room for the others'. */
const COPIES_PER_CHANNEL = 12;
const STOP_TIMEOUT_MS = 3_000;

export type CollectQueue = {
  /** Within the caller's transaction: queued if and only if that commits. */
  send(tx: Queryable, task: CollectTask): Promise<void>;
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** `handle` is called again, later, after it throws. */
  work(handle: (task: CollectTask) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

export async function openCollectQueue(connection: DatabaseConnection, log: Log): Promise<CollectQueue> {
  const boss = new PgBoss({
    ...('url' in connection ? { connectionString: connection.url } : connection),
    schema: SCHEMA,
    max: POOL_SIZE,
    application_name: 'reelgate-queue',
    schedule: false,
    superviseIntervalSeconds: DEAD_NODE_LOOK_SECONDS,
    monitorIntervalSeconds: DEAD_NODE_LOOK_SECONDS,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn({ error: String(error) }, 'the queue of videos to copy had an error'));
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: 'standard',
    retryLimit: RETRY_LIMIT,
    retryDelay: RETRY_DELAY_SECONDS,
    retryBackoff: true,
    retryDelayMax: RETRY_DELAY_MAX_SECONDS,
    expireInSeconds: EXPIRE_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  });
  /** A worker sleeps after each look until its next one. They are woken in turn, the idle ones first. */
  let workers: string[] = [];
  const wake = (): void => {
    const idle = new Set(boss.getWipData().flatMap(({ id, count }) => (count === 0 ? [id] : [])));
    const next = workers.find((id) => idle.has(id)) ?? workers[0];
    if (next === undefined) return;
    workers = [...workers.filter((id) => id !== next), next];
    boss.notifyWorker(next);
  };
  return {
    send: async (tx, task) => {
      await boss.send(QUEUE, task, {
        group: { id: task.channelId },
        db: { executeSql: async (text, values) => ({ rows: await tx.query(text, values ?? []) }) },
      });
    },
    wake,
    work: async (handle) => {
      const options = {
        pollingIntervalSeconds: POLLING_SECONDS,
        batchSize: 1,
        localConcurrency: CONCURRENT_COPIES,
        localGroupConcurrency: COPIES_PER_CHANNEL,
        heartbeatRefreshSeconds: HEARTBEAT_REFRESH_SECONDS,
      };
      await boss.work<CollectTask>(QUEUE, options, async (jobs) => {
        try {
          for (const job of jobs) await handle(job.data);
        } finally {
          // Where one video was waiting, there may be more.
          wake();
        }
      });
      workers = boss.getWipData().flatMap(({ id, name }) => (name === QUEUE ? [id] : []));
    },
    stop: () => boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }),
  };
}
