/** What is kept, and what is let go of: the content of old and of deleted videos, never the books. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { letGo } from '../../src/engine/retention.ts';
import { openDiskStorage } from '../../src/media/storage/disk-storage.ts';
import type { Storage } from '../../src/media/storage/storage.ts';
import { uuidV7 } from '../../src/model/id.ts';
import { USUAL_KEPT_DAYS } from '../../src/model/retention.ts';
import type { KeptDays } from '../../src/model/retention.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import { transition } from '../../src/store/transition.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { picture } from '../support/pictures.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { jobOf, keyOf, SPEC } from '../support/rows.ts';

const NEVER = new AbortController().signal;
const PROMPT = 'a letter that nobody else may read';
const DAY_MS = 24 * 3_600_000;
const FOR_EVER: KeptDays = { files: null, events: null, deliveries: null, jobs: null };

let reelgate: TestReelgate;
let storage: Storage;
let customer: LiveCustomer;
let directory = '';
let clip: Buffer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-retention-'));
  clip = await smallClip();
  reelgate = await startTestReelgate({}, { providers: [vendor()] });
  storage = await openDiskStorage(join(reelgate.dataDir, 'assets'));
  customer = await liveCustomer(reelgate, '100');
});
afterAll(async () => {
  await reelgate.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Has every video at once, and no two of them are the same bytes. */
function vendor(): Provider {
  return {
    ...quickVendor(''),
    check: async ({ id }) => {
      const path = join(directory, `${id}.mp4`);
      const room = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('free'), randomBytes(16)]);
      await writeFile(path, Buffer.concat([clip, room]));
      return { kind: 'done', video: { from: 'file', path }, usage: { seconds: null, tokens: null } };
    },
  };
}

type Made = { readonly id: string; readonly publicId: string };

/** A finished video, made of a picture. */
async function made(turn: number, prompt = PROMPT): Promise<Made> {
  const image = `data:image/png;base64,${picture(320, 180, turn).toString('base64')}`;
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: '3', input_reference: { image_url: image } };
  const { body: answer } = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
  const publicId = String(objectOf(answer)['id']);
  expect((await reelgate.ended(publicId, customer.key))['status']).toBe('completed');
  return { id: publicId.replace('video_', ''), publicId };
}

function content({ publicId }: Made): Promise<Response> {
  const headers = { authorization: `Bearer ${customer.key}` };
  return fetch(`${reelgate.url}/v1/videos/${publicId}/content`, { headers });
}

function blobsOf({ id }: Made): Promise<{ sha256: string; kind: string }[]> {
  return reelgate.db.query('select sha256, kind from asset where job_id = $1 order by kind', [id]);
}

/** Moves all that the video has into the past. */
async function age({ id }: Made, days: number): Promise<void> {
  for (const text of [
    `update asset set created_at = created_at - $2 * interval '1 day' where job_id = $1`,
    `update event set created_at = created_at - $2 * interval '1 day' where job_id = $1`,
    `update job set completed_at = completed_at - $2 * interval '1 day' where id = $1`,
  ])
    await reelgate.db.query(text, [id, days]);
}

/** As upkeep does, as if what was deleted were deleted long ago. */
function round(keptDays: KeptDays): Promise<void> {
  return letGo({ db: reelgate.db, storage }, keptDays, NEVER, -60_000);
}

async function auditIsClean(): Promise<void> {
  const { body } = await reelgate.ask('GET', '/admin/v1/audit', { key: reelgate.adminKey });
  expect(objectOf(body)).toMatchObject({ ok: true });
}

/** Every row that has anything to do with the job, as text. */
async function rowsOf({ id }: Made): Promise<string> {
  const tables = ['job', 'attempt', 'event', 'asset', 'vendor_output', 'delivery', 'idempotency'];
  const found = await Promise.all(
    tables.map((table) =>
      reelgate.db.query<{ row: string }>(
        `select "${table}"::text as row from "${table}" where ${table === 'job' ? 'id' : 'job_id'} = $1`,
        [id],
      ),
    ),
  );
  return JSON.stringify(found);
}

describe('a video that its owner deleted', () => {
  it('is gone with its bytes, its words and its history; its ledger stays and the audit is clean', async () => {
    const video = await made(1);
    const blobs = await blobsOf(video);
    expect(blobs.map(({ kind }) => kind)).toEqual(['input', 'spritesheet', 'thumbnail', 'video']);
    const refund = { amount_usd: '0.01', reason: 'a courtesy' };
    await reelgate.admin('POST', `/jobs/${video.id}/refund`, refund);
    expect(await rowsOf(video)).toContain(PROMPT);
    await reelgate.ask('DELETE', `/v1/videos/${video.publicId}`, { key: customer.key });
    expect((await content(video)).status).toBe(410);
    // Nobody else learns that there was one.
    const { status } = await reelgate.ask('GET', `/v1/videos/${video.publicId}/content`);
    expect(status).toBe(404);
    await round(FOR_EVER);
    for (const { sha256 } of blobs) expect(await storage.stat(sha256)).toBeNull();
    expect(await blobsOf(video)).toEqual([]);
    const left = await rowsOf(video);
    expect(left).not.toContain(PROMPT);
    expect(left).toContain('refunded');
    expect((await content(video)).status).toBe(410);
    const kinds = await reelgate.db.query('select kind from ledger_txn where job_id = $1 order by kind', [video.id]);
    expect(kinds).toEqual([{ kind: 'capture' }, { kind: 'hold' }, { kind: 'refund' }]);
    await auditIsClean();
  });

  it('keeps the bytes that another video has too, until that one goes as well', async () => {
    const [one, two] = [await made(2, 'the same'), await made(2, 'the same')];
    const [input] = await blobsOf(one);
    await reelgate.ask('DELETE', `/v1/videos/${one.publicId}`, { key: customer.key });
    await round(FOR_EVER);
    expect(await storage.stat(input?.sha256 ?? '')).not.toBeNull();
    expect((await content(two)).status).toBe(200);
    await reelgate.ask('DELETE', `/v1/videos/${two.publicId}`, { key: customer.key });
    await round(FOR_EVER);
    expect(await storage.stat(input?.sha256 ?? '')).toBeNull();
  });

  it('keeps what it was for an hour, for whoever is reading it', async () => {
    const video = await made(3);
    await reelgate.ask('DELETE', `/v1/videos/${video.publicId}`, { key: customer.key });
    await letGo({ db: reelgate.db, storage }, FOR_EVER, NEVER);
    for (const { sha256 } of await blobsOf(video)) expect(await storage.stat(sha256)).not.toBeNull();
  });
});

describe('what an account keeps', () => {
  const path = (): string => `/accounts/${customer.accountId}/retention`;

  it('is for the server to say, and for the account to say otherwise', async () => {
    const usual = { files: null, events: null, deliveries: 30, jobs: null };
    const none = { files: null, events: null, deliveries: null, jobs: null };
    expect(await reelgate.admin('GET', path())).toEqual({ object: 'retention', days: usual, own: none });
    const own = { ...none, files: 30 };
    expect(await reelgate.admin('PATCH', path(), { files: 30 })).toEqual({
      object: 'retention',
      days: { ...usual, files: 30 },
      own,
    });
    for (const files of [0, -1, 1.5, '7', 40_000]) {
      const answer = await reelgate.ask('PATCH', `/admin/v1${path()}`, { key: reelgate.adminKey, body: { files } });
      expect([files, answer.status]).toEqual([files, 400]);
    }
    await reelgate.admin('PATCH', path(), { files: null });
    expect(await reelgate.admin('GET', path())).toMatchObject({ own: none });
  });

  it('of files, goes after so many days: the job stays, without its video', async () => {
    const [old, young] = [await made(4), await made(5)];
    await reelgate.admin('PATCH', path(), { files: 30 });
    await age(old, 31);
    await age(young, 29);
    // The young one's stills are the same.
    const blobs = (await blobsOf(old)).filter(({ kind }) => kind === 'input' || kind === 'video');
    await round(USUAL_KEPT_DAYS);
    for (const { sha256 } of blobs) expect(await storage.stat(sha256)).toBeNull();
    expect((await content(old)).status).toBe(410);
    expect((await content(young)).status).toBe(200);
    const { body } = await reelgate.ask('GET', `/api/v1/videos/${old.publicId}`, { key: customer.key });
    expect(objectOf(body)).toMatchObject({ state: 'succeeded', video: { url: null } });
    await reelgate.admin('PATCH', path(), { files: null });
    await auditIsClean();
  });

  it('of events, goes after so many days, but not what the audit counts', async () => {
    const video = await made(6);
    await reelgate.admin('POST', `/jobs/${video.id}/refund`, { reason: 'a courtesy' });
    await age(video, 3);
    await round({ ...FOR_EVER, events: 2 });
    const events = await reelgate.db.query('select type from event where job_id = $1', [video.id]);
    expect(events).toEqual([{ type: 'refunded' }]);
    await auditIsClean();
  });

  it('of jobs, goes after so many days, whatever the server keeps; what is not finished stays', async () => {
    const { db } = reelgate;
    const keyId = await keyOf(db, customer.accountId, 'live');
    const oldId = (): string => uuidV7(Date.now() - 9 * DAY_MS, randomBytes(10));
    const [ended, open] = [oldId(), oldId()];
    for (const id of [ended, open]) {
      const job = jobOf(customer.accountId, keyId, { id, spec: { ...SPEC, prompt: PROMPT }, deadlineMs: 30 * DAY_MS });
      expect(await insertJob(db, job)).not.toBeNull();
    }
    const failure = { kind: 'generation_failed', message: 'It did not work out.' } as const;
    const change = { state: 'failed', dueInMs: null, event: null, failure, money: { kind: 'release' } } as const;
    expect(await transition(db, ended, 1, change)).not.toBeNull();
    await db.query(`update job set completed_at = now() - interval '8 days' where id = $1`, [ended]);
    await reelgate.admin('PATCH', path(), { jobs: 9 });
    await round({ ...FOR_EVER, jobs: 1 });
    expect(await rowsOf({ id: ended, publicId: '' })).toContain(PROMPT);
    await reelgate.admin('PATCH', path(), { jobs: 7 });
    await round({ ...FOR_EVER, jobs: 3_650 });
    await reelgate.admin('PATCH', path(), { jobs: null });
    expect(await rowsOf({ id: ended, publicId: '' })).not.toContain(PROMPT);
    expect(await rowsOf({ id: open, publicId: '' })).toContain(PROMPT);
    const left = await reelgate.admin('GET', `/jobs/${ended}`);
    expect(left).toMatchObject({
      state: 'failed',
      failure: { kind: 'generation_failed' },
      hold_usd: '1.00',
      charge_usd: '0.00',
    });
    await auditIsClean();
  });
});

it('leaves no file behind that nothing tells of', async () => {
  await reelgate.db.query(
    `update job set deleted_at = now() where state in ('succeeded', 'failed') and deleted_at is null`,
  );
  await reelgate.db.query(
    'update asset set deleted_at = now() where job_id in (select id from job where deleted_at is not null)',
  );
  await Promise.all([round(FOR_EVER), round(FOR_EVER)]);
  const names = await readdir(join(reelgate.dataDir, 'assets'), { recursive: true });
  const blobs = names.filter((name) => /[0-9a-f]{64}$/.test(name)).length;
  const [{ count } = { count: 0 }] = await reelgate.db.query<{ count: number }>(
    'select count(distinct sha256)::integer as count from asset',
  );
  expect(blobs).toBe(count);
});
