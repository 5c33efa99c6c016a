/** What nobody needs any more is thrown away, and nothing else. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { letGo } from '../../src/engine/retention.ts';
import { prune, sweepFiles } from '../../src/engine/upkeep.ts';
import { openDiskStorage } from '../../src/media/storage/disk-storage.ts';
import type { Storage } from '../../src/media/storage/storage.ts';
import { USUAL_KEPT_DAYS } from '../../src/model/retention.ts';
import { takeOn } from '../../src/store/upkeep.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { picture } from '../support/pictures.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const NEVER = new AbortController().signal;

let reelgate: TestReelgate;
let storage: Storage;
beforeAll(async () => {
  reelgate = await startTestReelgate();
  storage = await openDiskStorage(join(reelgate.dataDir, 'assets'));
});
afterAll(() => reelgate.stop());

function create(prompt: string, key: string, turn: number): Promise<Answer> {
  const image = `data:image/png;base64,${picture(320, 180, turn).toString('base64')}`;
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: '3', input_reference: { image_url: image } };
  return reelgate.ask('POST', '/v1/videos', { key, body });
}

async function inputOf(videoId: string): Promise<{ sha256: string; job_id: string | null }> {
  const [input] = await reelgate.db.query<{ sha256: string; job_id: string | null }>(
    `select asset.sha256, asset.job_id from asset join job on asset.id = (job.spec -> 'inputs' -> 0 ->> 'assetId')::uuid
     where job.id = $1`,
    [videoId.replace('video_', '')],
  );
  if (input === undefined) throw new Error('the job has an input');
  return input;
}

async function stray(): Promise<string[]> {
  return (await reelgate.db.query<{ sha256: string }>('select sha256 from asset where job_id is null')).map(
    (row) => row.sha256,
  );
}

/** As if all that is stored by now were old. */
function sweepAll(): Promise<number> {
  return sweepFiles({ db: reelgate.db, storage }, Date.now() + 60_000, NEVER);
}

describe('the input of a create', () => {
  it('stays as long as its video, and goes with it', async () => {
    const made = await create('a boat [fail:generation_failed]', reelgate.testKey, 1);
    const id = String(objectOf(made.body)['id']);
    const { sha256, job_id: jobId } = await inputOf(id);
    expect(jobId).toBe(id.replace('video_', ''));
    await reelgate.ended(id);
    await reelgate.db.query(`update asset set created_at = now() - interval '2 days'`);
    await prune(reelgate.db, NEVER);
    await sweepAll();
    expect(await storage.stat(sha256)).not.toBeNull();

    const kept = String(objectOf((await create('kept [stuck]', reelgate.testKey, 3)).body)['id']);
    await reelgate.ask('DELETE', `/v1/videos/${id}`);
    expect(await sweepAll()).toBe(1);
    expect(await storage.stat(sha256)).toBeNull();
    expect(await storage.stat((await inputOf(kept)).sha256)).not.toBeNull();
  });

  it('that was refused is gone after a day, its file too unless someone else has the same', async () => {
    const poor = await liveCustomer(reelgate, '0.000001');
    const [own, shared] = [await create('too dear', poor.key, 0), await create('too dear too', poor.key, 3)];
    expect([own.status, shared.status]).toEqual([402, 402]);
    const [one = '', two = ''] = await stray();
    await prune(reelgate.db, NEVER);
    expect(await stray()).toHaveLength(2);
    await reelgate.db.query(`update asset set created_at = now() - interval '25 hours' where job_id is null`);
    await prune(reelgate.db, NEVER);
    expect(await stray()).toEqual([]);
    expect(await sweepAll()).toBe(1);
    expect([await storage.stat(one), await storage.stat(two)]).toEqual([null, { bytes: expect.any(Number) }]);
  });
});

describe('a file that belongs to nothing', () => {
  it('stays while it may be on its way to belong to something', async () => {
    const { sha256 } = await storage.put(Buffer.from('just uploaded'));
    expect(await sweepFiles({ db: reelgate.db, storage }, Date.now() - 60_000, NEVER)).toBe(0);
    expect(await storage.stat(sha256)).not.toBeNull();
    expect(await sweepAll()).toBe(1);
  });

  it('stays where the storage is not the one that the database tells of', async () => {
    const strange = await openDiskStorage(join(reelgate.dataDir, 'somewhere-else'));
    const { sha256 } = await strange.put(Buffer.from('of another installation'));
    expect(await sweepFiles({ db: reelgate.db, storage: strange }, Date.now() + 60_000, NEVER)).toBe(0);
    expect(await strange.stat(sha256)).not.toBeNull();
  });
});

describe('the log of deliveries', () => {
  it('is kept for thirty days, and what is still to be sent for as long as it takes', async () => {
    const [job] = await reelgate.db.query<{ id: string; account_id: string }>('select id, account_id from job limit 1');
    const add = (event: string, state: string, age: string): Promise<unknown> =>
      reelgate.db.query(
        `with made as (
           insert into delivery (event_id, type, job_id, account_id, mode, url, host, body, state, created_at, run_at)
           values ($1, 'video.failed', $2, $3, 'test', 'https://x.invalid/', 'x.invalid', '{}', $4, now() - $5::interval,
                   now() + interval '1 hour')
           returning id
         )
         insert into delivery_try (delivery_id, status, ms) select id, 500, 1 from made`,
        [event, job?.id, job?.account_id, state, age],
      );
    await add('old', 'delivered', '31 days');
    await add('old and failed', 'failed', '31 days');
    await add('old and waiting', 'pending', '31 days');
    await add('young', 'failed', '29 days');
    await letGo({ db: reelgate.db, storage }, USUAL_KEPT_DAYS, NEVER);
    const left = await reelgate.db.query<{ event_id: string; tries: number }>(
      `select event_id, (select count(*)::integer from delivery_try where delivery_id = delivery.id) as tries
       from delivery where event_id in ('old', 'old and failed', 'old and waiting', 'young') order by event_id`,
    );
    expect(left).toEqual([
      { event_id: 'old and waiting', tries: 1 },
      { event_id: 'young', tries: 1 },
    ]);
  });
});

describe('upkeep', () => {
  it('is done by one of many nodes, and again when it is due again', async () => {
    const round = async (everyMs: number): Promise<number> =>
      (await Promise.all(Array.from({ length: 5 }, () => takeOn(reelgate.db, 'sweep', everyMs)))).filter(Boolean)
        .length;
    expect(await round(3_600_000)).toBe(1);
    expect(await round(3_600_000)).toBe(0);
    await reelgate.db.query(`update upkeep set taken_at = now() - interval '61 minutes'`);
    expect(await round(3_600_000)).toBe(1);
  });
});
