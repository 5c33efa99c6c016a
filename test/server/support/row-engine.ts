/** Stands in for the engine where only HTTP is looked at: it writes real rows and talks to no vendor. */

import type { Engine } from '../../../src/engine/engine.ts';
import { createHealth } from '../../../src/engine/health.ts';
import { note } from '../../../src/model/violation.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { insertAsset } from '../../../src/store/assets.ts';
import { readJob } from '../../../src/store/jobs.ts';
import { insertJob } from '../../../src/store/new-jobs.ts';
import type { JobRecord } from '../../../src/store/jobs.ts';
import { transition } from '../../../src/store/transition.ts';
import type { JobChange } from '../../../src/store/transition.ts';
import { jobOf, SPEC } from '../../support/rows.ts';
import { newId } from '../../../src/new-id.ts';
import type { EngineParts, IssuedKey, TestEngine, TestServer } from '../../support/test-server.ts';

/** A prompt that holds one of these words makes the engine do it. */
export const SLOW_WORD = 'slowly';

const sandboxLike: Provider = {
  name: 'sandbox',
  baseUrl: 'https://sandbox.example',
  servesEveryModel: true,
  credentialFault: (credential) => (credential.includes('|') || credential === '' ? null : 'write it as ID|SECRET'),
  errors: {},
  submit: () => Promise.reject(new Error('no vendor here')),
  check: () => Promise.reject(new Error('no vendor here')),
};

export async function rowEngine({ db }: EngineParts): Promise<TestEngine> {
  const engine: Engine = {
    create: async ({ key, dialect, read }) => {
      if (read.request.prompt?.includes(SLOW_WORD) === true) await slow.wait();
      if (read.request.prompt === 'boom') throw new Error('a secret detail of the inside');
      const notes = [...read.notes, note('not_used', 'tést', 'nobody needs it', '不需要')];
      const spec = { ...SPEC, prompt: read.request.prompt, requestedModel: read.request.model };
      const money = { price: null, quoteMicros: null, holdMicros: 0n };
      const job = await insertJob(db, jobOf(key.accountId, key.id, { mode: key.mode, dialect, spec, notes, ...money }));
      if (job === null) throw new Error('no job');
      return { ok: true, job };
    },
    cancel: async (jobId) => {
      const job = await readJob(db, jobId);
      if (job === null) return { kind: 'not_found', message: 'There is no such job.' };
      if (job.state === 'collecting')
        return { kind: 'conflict', message: 'It is too late to cancel.', retryAfterMs: 2000 };
      const failure = { kind: 'cancelled', message: 'The job was cancelled.' } as const;
      await move(db, job, { state: 'cancelled', dueInMs: null, event: null, failure, money: { kind: 'release' } });
      return null;
    },
    routing: {
      dryRun: () => Promise.reject(new Error('no routing here')),
      test: async () => [],
      standing: createHealth(() => 0).standing,
      changed: async () => undefined,
      servedModels: async () => new Set(),
    },
    tasks: {
      calledBack: async () => 'unknown',
      act: async () => ({ kind: 'conflict', message: 'no vendor here' }),
      videos: { open: async () => null },
    },
    wake: () => undefined,
    start: async () => undefined,
    drain: async () => undefined,
    stop: async () => undefined,
  };
  return { engine, providers: new Map([[sandboxLike.name, sandboxLike]]), stop: async () => undefined };
}

/** Holds creates with `SLOW_WORD` until it is opened. */
export const slow = gate();

function gate() {
  let open = Promise.withResolvers<void>();
  let reached = Promise.withResolvers<void>();
  return {
    wait: () => {
      reached.resolve();
      return open.promise;
    },
    reached: () => reached.promise,
    open: () => {
      open.resolve();
      open = Promise.withResolvers<void>();
      reached = Promise.withResolvers<void>();
    },
  };
}

async function move(db: TestServer['db'], job: JobRecord, change: JobChange): Promise<JobRecord> {
  if ((await transition(db, job.id, job.version, change)) === null) throw new Error('the job moved meanwhile');
  const moved = await readJob(db, job.id);
  if (moved === null) throw new Error('the job is gone');
  return moved;
}

/** A queued test-mode job of the key's account. */
export async function queuedJob(server: TestServer, key: IssuedKey = server.test): Promise<JobRecord> {
  const job = await insertJob(server.db, jobOf(key.accountId, key.id, { mode: 'test', price: null, holdMicros: 0n }));
  if (job === null) throw new Error('no job');
  return job;
}

export function moveJob(server: TestServer, job: JobRecord, change: JobChange): Promise<JobRecord> {
  return move(server.db, job, change);
}

/** Puts `bytes` in storage as the video of the job and ends it. */
export async function finishJob(server: TestServer, job: JobRecord, bytes: Buffer): Promise<JobRecord> {
  const video = await storeAsset(server, job, 'video', 'video/mp4', bytes);
  const thumbnail = await storeAsset(server, job, 'thumbnail', 'image/webp', Buffer.from(`thumbnail of ${job.id}`));
  return move(server.db, job, {
    state: 'succeeded',
    dueInMs: null,
    event: { type: 'succeeded', data: {} },
    progress: 100,
    outputs: { video, thumbnail, spritesheet: null },
    facts: { durationMs: 5000, width: 1280, height: 720, fps: 24, videoCodec: 'avc', audioCodec: null },
    money: { kind: 'capture', chargeMicros: 0n },
  });
}

async function storeAsset(
  server: TestServer,
  job: JobRecord,
  kind: 'video' | 'thumbnail',
  mime: string,
  content: Buffer,
): Promise<string> {
  const { sha256, bytes } = await server.storage.put(content);
  const id = newId();
  const size = { width: null, height: null, durationMs: null };
  await insertAsset(server.db, { id, accountId: job.accountId, jobId: job.id, kind, sha256, mime, bytes, ...size });
  return id;
}
