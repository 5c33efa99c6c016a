/** What has to work for this process to serve: each part looked at by itself, and none waited for too long. */

import { setTimeout as delay } from 'node:timers/promises';

import { readSnapshot } from '../store/gauges.ts';
import { latestMigration } from '../store/migrate.ts';
import { ping } from '../store/ping.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import { isShed } from './load.ts';
import type { LoadReading } from './load.ts';

/** `ok` is false for what keeps the process from serving; the rest is for people to judge. */
export type Check = { readonly ok: boolean; readonly [fact: string]: string | number | boolean | null };

export type Readiness = {
  /** Asked at most once at a time, however many want to know. */
  databaseAnswers(): Promise<boolean>;
  look(): Promise<Readonly<Record<string, Check>>>;
};

export function createReadiness(deps: ServerDependencies, load: () => LoadReading): Readiness {
  let asking: Promise<boolean> | null = null;
  const databaseAnswers = (): Promise<boolean> => {
    asking ??= inTime(ping(deps.db).then(() => true)).then((answer) => {
      asking = null;
      return answer === true;
    });
    return asking;
  };
  return {
    databaseAnswers,
    look: async () => {
      const startedMs = performance.now();
      const isUp = await databaseAnswers();
      const ms = Math.round((performance.now() - startedMs) * 10) / 10;
      const [migration, snapshot, disk, storage] = await Promise.all([
        isUp ? inTime(latestMigration(deps.db)) : null,
        isUp ? inTime(readSnapshot(deps.db)) : null,
        inTime(deps.room.storageHealth()),
        inTime(storageAnswers(deps)),
      ]);
      const { delayMs, utilization } = load();
      return {
        database: { ok: isUp, ms },
        migrations: { ok: migration !== null, latest: migration },
        storage: { ok: storage === true },
        disk: {
          ok: true,
          low: disk?.isLow ?? null,
          free_bytes: disk?.space?.freeBytes ?? null,
          total_bytes: disk?.space?.totalBytes ?? null,
        },
        queue: {
          ok: snapshot !== null,
          unfinished: snapshot?.unfinished.reduce((sum, { jobs }) => sum + jobs, 0) ?? null,
          oldest_seconds: snapshot?.queueAgeSeconds ?? null,
          overdue_seconds: snapshot?.overdueSeconds ?? null,
        },
        event_loop: {
          ok: !isShed({ delayMs, utilization }, 'read', deps.shedDelayMs),
          delay_ms: Math.round(delayMs),
          utilization: rounded(utilization),
        },
      };
    },
  };
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100;
}

/** Looks for a file that is not there. */
async function storageAnswers({ storage }: ServerDependencies): Promise<true> {
  await storage.stat('0'.repeat(64));
  return true;
}

/** Null where there is no answer, or none in time. */
async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  const answered = new AbortController();
  const late = delay(READ_BOUNDS.readyMs, null, { signal: answered.signal, ref: false }).catch(() => null);
  try {
    return await Promise.race([answer.catch(() => null), late]);
  } finally {
    answered.abort();
  }
}
