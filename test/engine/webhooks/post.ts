/** What tests of webhooks need: accounts, receivers, endpoints, jobs that end, and nodes that tell of it. */

import { randomBytes } from 'node:crypto';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { advance } from '../../../src/engine/advance.ts';
import { createNotifier, NOTIFIER_LIMITS } from '../../../src/engine/notify/notifier.ts';
import type { Notifier, NotifierContext, NotifierLimits } from '../../../src/engine/notify/notifier.ts';
import { endpointSecretContext } from '../../../src/engine/notify/send.ts';
import { newWebhookSecret, secretHint } from '../../../src/engine/notify/sign.ts';
import { tellNotifiers } from '../../../src/engine/notify/wake-up.ts';
import { createLog } from '../../../src/log.ts';
import { parseFetchAllow } from '../../../src/media/guard/fetch-allow.ts';
import { createGuardedFetcher } from '../../../src/media/guard/guarded-fetch.ts';
import type { GuardedFetcher } from '../../../src/media/guard/guarded-fetch.ts';
import type { KeyMode } from '../../../src/model/job.ts';
import type { NoticeType } from '../../../src/model/notice.ts';
import { newId } from '../../../src/new-id.ts';
import { createSecrets } from '../../../src/secrets.ts';
import type { Database } from '../../../src/store/database.ts';
import { listDeliveries, listTries } from '../../../src/store/deliveries.ts';
import type { Delivery } from '../../../src/store/deliveries.ts';
import { insertJob } from '../../../src/store/new-jobs.ts';
import type { JobRecord } from '../../../src/store/jobs.ts';
import { insertEndpoint } from '../../../src/store/webhooks.ts';
import { startReceiver } from '../../support/receiver.ts';
import type { Heard, Receiver } from '../../support/receiver.ts';
import { accountWith, jobOf, keyOf, SPEC } from '../../support/rows.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import type { TestDatabase } from '../../support/test-database.ts';

export const secrets = createSecrets(randomBytes(32).toString('hex'));
const openai = new OpenAI({ apiKey: 'none' });

/** An account that owns what a test makes, and two receivers. */
export type Post = {
  readonly db: Database;
  readonly fetcher: GuardedFetcher;
  readonly owner: { readonly accountId: string; readonly mode: KeyMode; readonly keyId: string };
  readonly receiver: Receiver;
  readonly other: Receiver;
  /** Stops at the end. */
  readonly running: Notifier[];
  close(): Promise<void>;
};

/** Gives `use` a new one before each test of the file, all on one database. */
export function eachWithPost(use: (post: Post) => void): void {
  let test: TestDatabase;
  let fetcher: GuardedFetcher;
  let post: Post;
  beforeAll(async () => {
    test = await createTestDatabase();
    fetcher = createGuardedFetcher({ allow: parseFetchAllow('127.0.0.1') });
  });
  afterAll(async () => {
    await fetcher.close();
    await test.drop();
  });
  beforeEach(async () => {
    post = await openPost(test.db, fetcher);
    use(post);
  });
  afterEach(() => post.close());
}

async function openPost(db: Database, fetcher: GuardedFetcher): Promise<Post> {
  const accountId = await accountWith(db, 0n);
  const owner = { accountId, mode: 'test', keyId: await keyOf(db, accountId, 'test') } as const;
  const [receiver, other] = await Promise.all([startReceiver(), startReceiver()]);
  const running: Notifier[] = [];
  const close = async (): Promise<void> => {
    // What hangs is let go first, so that no notifier waits for it.
    await Promise.all([receiver.close(), other.close()]);
    await Promise.all(running.map((one) => one.stop()));
    await db.query(`update delivery set state = 'cancelled' where state = 'pending'`);
  };
  return { db, fetcher, owner, receiver, other, running, close };
}

/** A node that tells. */
export function notifier(
  { db, fetcher, running }: Post,
  over: Partial<NotifierLimits> = {},
  own: Partial<Pick<NotifierContext, 'fetcher' | 'writeCallback'>> = {},
): void {
  const context = { node: newId(), db, log: createLog('silent'), secrets, fetcher, ...own };
  const started = createNotifier(context, { ...NOTIFIER_LIMITS, ...over });
  started.start();
  running.push(started);
}

type Endpoint = { readonly id: string; readonly secret: string };

export async function endpoint(
  { db, owner }: Post,
  url: string,
  over: { mode?: KeyMode; types?: readonly NoticeType[] } = {},
): Promise<Endpoint> {
  const id = newId();
  const secret = newWebhookSecret();
  const row = {
    id,
    accountId: owner.accountId,
    mode: over.mode ?? owner.mode,
    name: 'a receiver',
    url,
    host: new URL(url).host,
    eventTypes: over.types ?? (['video.completed', 'video.failed'] as const),
    secretSealed: secrets.seal(secret, endpointSecretContext(id)),
    secretHint: secretHint(secret),
  };
  expect(await insertEndpoint(db, row, 100)).toBe(true);
  return { id, secret };
}

export async function job({ db, owner }: Post, callbackUrl: string | null = null): Promise<JobRecord> {
  const order = jobOf(owner.accountId, owner.keyId, {
    mode: owner.mode,
    spec: { ...SPEC, callbackUrl },
    price: null,
    quoteMicros: null,
    holdMicros: 0n,
  });
  const made = await insertJob(db, order);
  if (made === null) throw new Error('a test job needs no money');
  return made;
}

/** A job whose prompt was rejected. */
export async function ended(post: Post, callbackUrl: string | null = null): Promise<JobRecord> {
  const made = await job(post, callbackUrl);
  const failure = { kind: 'content_rejected', message: 'The prompt was rejected.' } as const;
  expect(await advance(post.db, made, 'reject', { failure })).not.toBeNull();
  return made;
}

export function deliveriesOf({ db, owner }: Post, endpointId: string | null): Promise<Delivery[]> {
  return listDeliveries(db, { ...owner, endpointId }, { state: null, after: null, limit: 100 });
}

const PATIENCE_MS = 15_000;
const LOOK_MS = 5;

/** Looks again until it holds; the database has no bell. */
export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error('it never came to be');
}

/** The latest delivery of the endpoint, once so many of its tries are written down. */
export function tried(post: Post, endpointId: string | null, times: number): Promise<Delivery> {
  return until(async () => {
    const [found] = await deliveriesOf(post, endpointId);
    const tries = (await listTries(post.db, [found?.id ?? newId()], 100)).get(found?.id ?? '')?.length ?? 0;
    return tries >= times ? ((await deliveriesOf(post, endpointId))[0] ?? null) : null;
  });
}

export async function makeDue({ db }: Post): Promise<void> {
  await db.query(`update delivery set run_at = now() where state = 'pending'`);
  tellNotifiers();
}

/** In milliseconds, until the next try. */
export async function waitOf({ db }: Post, deliveryId: string): Promise<number> {
  const [row] = await db.query<{ ms: number }>(
    `select (extract(epoch from run_at - now()) * 1000)::double precision as ms from delivery where id = $1`,
    [deliveryId],
  );
  return row?.ms ?? Number.NaN;
}

/** What the signature proves to come from us. */
export async function unwrapped(heard: Heard | undefined, secret: string): Promise<unknown> {
  if (heard === undefined) throw new Error('nothing was heard');
  return openai.webhooks.unwrap(heard.body, heard.headers as Record<string, string>, secret);
}
