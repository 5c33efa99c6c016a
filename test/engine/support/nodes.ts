/** Nodes of one installation without their servers: the real engine on a real database, stepped by the test. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CollectTask } from '../../../src/engine/collect-queue.ts';
import { DueWork } from '../../../src/engine/due-work.ts';
import { ENGINE_LIMITS } from '../../../src/engine/engine-context.ts';
import type { EngineContext, EngineLimits } from '../../../src/engine/engine-context.ts';
import { createExpectations } from '../../../src/engine/expectations.ts';
import { createHealth } from '../../../src/engine/health.ts';
import { createLiveCatalogue } from '../../../src/engine/live-catalogue.ts';
import { createLiveChannels } from '../../../src/engine/live-channels.ts';
import { createLog } from '../../../src/log.ts';
import { parseFetchAllow } from '../../../src/media/guard/fetch-allow.ts';
import { createGuardedFetcher } from '../../../src/media/guard/guarded-fetch.ts';
import { openInspector } from '../../../src/media/inspect/inspect.ts';
import { openDiskStorage } from '../../../src/media/storage/disk-storage.ts';
import { newId } from '../../../src/new-id.ts';
import { VendorConnections } from '../../../src/providers/http.ts';
import type { CheckResult, Provider } from '../../../src/providers/provider.ts';
import { createSecrets } from '../../../src/secrets.ts';
import { readAttempt } from '../../../src/store/attempts.ts';
import type { Attempt } from '../../../src/store/attempts.ts';
import { insertChannel } from '../../../src/store/channels.ts';
import type { Channel } from '../../../src/store/channels.ts';
import { credentialContext, insertCredentials } from '../../../src/store/credentials.ts';
import type { Database } from '../../../src/store/database.ts';
import { listEvents } from '../../../src/store/events.ts';
import { createJobWriter } from '../../../src/store/job-writer.ts';
import { readJob } from '../../../src/store/jobs.ts';
import { insertJob } from '../../../src/store/new-jobs.ts';
import type { JobRecord } from '../../../src/store/jobs.ts';
import type { NewJob } from '../../../src/store/new-jobs.ts';
import { transition } from '../../../src/store/transition.ts';
import { accountWith, credentialOf, jobOf, keyOf } from '../../support/rows.ts';
import { createTestDatabase } from '../../support/test-database.ts';

export const WAITING: CheckResult = { kind: 'waiting', progress: null, checkAfterMs: 60_000 };

export type TestNode = {
  readonly context: EngineContext;
  readonly due: DueWork;
  /** Statements sent by this node since the last look. */
  statements(): readonly string[];
  /** Begins what is due and waits until all of it is done. */
  step(): Promise<void>;
};

export type Installation = {
  readonly db: Database;
  readonly accountId: string;
  /** Copies that were asked for and not taken yet. */
  readonly copies: CollectTask[];
  node(limits?: Partial<EngineLimits>): TestNode;
  channel(provider: Provider, over?: Partial<Channel>): Promise<string>;
  /** A job that the vendor accepted, due now. */
  running(channelId: string, taskId?: string, over?: Partial<NewJob>): Promise<JobRecord>;
  /** A job whose submit had no answer, due now. */
  lost(channelId: string, over?: Partial<NewJob>): Promise<JobRecord>;
  job(id: string): Promise<JobRecord>;
  attempt(job: JobRecord): Promise<Attempt>;
  events(jobId: string): Promise<string[]>;
  /** Makes the job due now, whoever has it. */
  makeDue(jobId: string): Promise<void>;
  /** Moves the job's attempt into the past. */
  age(job: JobRecord, ms: number): Promise<void>;
  close(): Promise<void>;
};

/** A vendor that does nothing but what the test says. */
export function scripted(name: string, over: Partial<Provider> = {}): Provider {
  return {
    name,
    baseUrl: 'http://vendor.invalid',
    servesEveryModel: true,
    credentialFault: () => null,
    errors: {},
    submit: () => Promise.reject(new Error('this vendor takes no jobs')),
    check: () => Promise.resolve(WAITING),
    ...over,
  };
}

export async function install(allow = ''): Promise<Installation> {
  const database = await createTestDatabase();
  const { db } = database;
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-nodes-'));
  const storage = await openDiskStorage(join(directory, 'assets'));
  const fetcher = createGuardedFetcher({ allow: parseFetchAllow(allow) });
  const connections = new VendorConnections();
  const inspector = openInspector();
  const secrets = createSecrets(randomBytes(32).toString('base64url'));
  const providers = new Map<string, Provider>();
  const copies: CollectTask[] = [];
  const accountId = await accountWith(db, 1_000_000_000n);
  const keyId = await keyOf(db, accountId, 'live');

  const submitting = async (channelId: string, over: Partial<NewJob>): Promise<JobRecord> => {
    const job = await insertJob(db, jobOf(accountId, keyId, over));
    if (job === null) throw new Error('the account is too poor');
    const credentialId = await credentialOf(db, channelId);
    const attempt = { kind: 'open', id: newId(), channelId, credentialId } as const;
    await transition(db, job.id, job.version, { state: 'submitting', dueInMs: 60_000, event: null, attempt });
    return found(job.id);
  };
  const found = async (id: string): Promise<JobRecord> => {
    const job = await readJob(db, id);
    if (job === null) throw new Error('the job is gone');
    return job;
  };
  const closed = async (job: JobRecord, state: 'accepted' | 'unknown', taskId: string | null): Promise<JobRecord> => {
    const task = taskId === null ? null : { id: taskId, data: {} };
    const attempt = { kind: 'close', id: job.attemptId ?? '', state, task, failure: null } as const;
    const to = state === 'accepted' ? 'running' : 'submitting';
    await transition(db, job.id, job.version, { state: to, dueInMs: 0, event: null, attempt });
    return found(job.id);
  };

  return {
    db,
    accountId,
    copies,
    node: (limits = {}) => {
      const sent: string[] = [];
      const counted = counting(db, sent);
      const log = createLog(process.env['TEST_LOG'] === undefined ? 'silent' : 'debug');
      const catalogue = createLiveCatalogue(counted, new Set(providers.keys()), log);
      const context: EngineContext = {
        node: `node-${randomBytes(4).toString('hex')}`,
        newId,
        db: counted,
        log,
        secrets,
        providers,
        storage,
        fetcher,
        connections,
        inspector,
        limits: { ...ENGINE_LIMITS, ...limits },
        health: createHealth(Date.now),
        expectations: createExpectations(counted, catalogue.now),
        catalogue,
        publicUrl: 'https://reelgate.example',
        channels: createLiveChannels(counted),
        writeJob: createJobWriter(counted),
        queueCollect: async (_tx, task) => void copies.push(task),
        wakeCollect: () => undefined,
      };
      const due = new DueWork(context, (work) => void work.catch((error: unknown) => context.log.error(error)));
      return {
        context,
        due,
        statements: () => sent.splice(0),
        step: async () => {
          await due.turn();
          await due.settled();
        },
      };
    },
    channel: async (provider, over = {}) => {
      providers.set(provider.name, provider);
      const id = newId();
      const fixed = { baseUrl: null, models: null, modelMap: {}, priority: 0, weight: 1 };
      const limits = { maxConcurrency: null, requestsPerMinute: null };
      const name = `${provider.name} ${id}`;
      await insertChannel(db, {
        id,
        name,
        provider: provider.name,
        mode: 'live',
        state: 'enabled',
        credentials: [],
        ...fixed,
        ...limits,
        ...over,
      });
      const credential = { id: newId(), channelId: id };
      const sealed = secrets.seal('the-key', credentialContext(credential));
      await insertCredentials(db, [{ ...credential, sealed, tail: null, state: 'enabled' }]);
      return id;
    },
    running: async (channelId, taskId = newId(), over = {}) =>
      closed(await submitting(channelId, over), 'accepted', taskId),
    lost: async (channelId, over = {}) => closed(await submitting(channelId, over), 'unknown', null),
    job: found,
    attempt: async (job) => {
      const attempt = await readAttempt(db, job.attemptId ?? '');
      if (attempt === null) throw new Error('the job has no attempt');
      return attempt;
    },
    events: async (jobId) => (await listEvents(db, jobId)).map((event) => event.type),
    makeDue: async (jobId) => void (await db.query('update job set run_at = now() where id = $1', [jobId])),
    age: async (job, ms) => {
      const text = `update attempt set created_at = now() - $2 * interval '1 ms' where id = $1`;
      await db.query(text, [job.attemptId, ms]);
    },
    close: async () => {
      await inspector.close();
      await fetcher.close();
      await connections.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function counting(db: Database, sent: string[]): Database {
  return {
    ...db,
    query: (text, values, name) => {
      sent.push(text);
      return db.query(text, values, name);
    },
    transaction: (run, options) =>
      db.transaction(
        (tx) =>
          run({
            query: (text, values, name) => {
              sent.push(text);
              return tx.query(text, values, name);
            },
          }),
        options,
      ),
  };
}
