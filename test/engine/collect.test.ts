/** A finished video becomes ours, however often its vendor breaks off, and can be had from there until it is. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { collectJob } from '../../src/engine/collect.ts';
import { createTaskDesk } from '../../src/engine/task-desk.ts';
import type { CheckResult } from '../../src/providers/provider.ts';
import type { Channel } from '../../src/store/channels.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { smallClip } from '../support/clips.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import { serveFile } from './support/file-vendor.ts';
import type { FileVendor } from './support/file-vendor.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { install, scripted } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

let site: Installation;
let node: TestNode;
let clip: Buffer;
let files: FileVendor;
beforeAll(async () => {
  clip = await smallClip();
  files = await serveFile(clip);
  site = await install();
  node = site.node();
});
afterAll(async () => {
  await files.close();
  await closeWithCleanBooks(site);
});
beforeEach(() => {
  files.ranges.length = 0;
  files.script.length = 0;
  files.servesRanges = true;
});

let vendors = 0;

/** A job whose vendor says that its video lies at `url()`, seen by the engine. */
async function finished(url: () => string, over: Partial<Channel> = {}): Promise<JobRecord> {
  vendors += 1;
  const check = async (): Promise<CheckResult> => ({
    kind: 'done',
    video: { from: 'url', url: url() },
    usage: { seconds: 5, tokens: null },
  });
  const channelId = await site.channel(scripted(`files-${vendors}`, { check }), { baseUrl: files.base, ...over });
  const job = await site.running(channelId);
  await node.step();
  return site.job(job.id);
}

/** Makes the copies that were asked for, one try each. */
async function copy(): Promise<void> {
  for (const task of site.copies.splice(0)) await collectJob(node.context, task);
}

async function isDue(job: JobRecord): Promise<boolean> {
  const [row] = await site.db.query<{ due: boolean }>(
    `select run_at <= now() + interval '10 seconds' as due from job where id = $1`,
    [job.id],
  );
  return row?.due ?? false;
}

describe('a finished video', () => {
  it('is copied from its own channel, be that private, and settled on what was delivered', async () => {
    const job = await finished(() => `${files.base}/v.mp4`);
    expect(job).toMatchObject({ state: 'collecting', progress: 99 });
    await copy();
    const done = await site.job(job.id);
    expect(done).toMatchObject({ state: 'succeeded', facts: { durationMs: 1_000, width: 320, height: 180 } });
    expect(done.chargeMicros).toBe(200_000n);
  });

  it('has stills of its own, also where the same video was delivered before', async () => {
    for (let jobs = 0; jobs < 3; jobs += 1) {
      const { id } = await finished(() => `${files.base}/v.mp4`);
      await copy();
      const { outputs, accountId } = await site.job(id);
      const assets = await site.db.query('select id, account_id, kind from asset where job_id = $1', [id]);
      expect(assets).toHaveLength(3);
      expect(assets).toContainEqual({ id: outputs?.video, account_id: accountId, kind: 'video' });
      expect(assets).toContainEqual({ id: outputs?.thumbnail, account_id: accountId, kind: 'thumbnail' });
      expect(assets).toContainEqual({ id: outputs?.spritesheet, account_id: accountId, kind: 'spritesheet' });
    }
  });

  it('goes on where it was cut', async () => {
    const job = await finished(() => `${files.base}/v.mp4`);
    files.script.push(1_000, 500);
    await copy();
    expect(await site.job(job.id)).toMatchObject({ state: 'succeeded' });
    expect(files.ranges).toEqual([null, 'bytes=1000-', 'bytes=1500-']);
  });

  it('begins again where the vendor cannot give the rest', async () => {
    files.servesRanges = false;
    const job = await finished(() => `${files.base}/v.mp4`);
    files.script.push(1_000);
    await copy();
    expect(await site.job(job.id)).toMatchObject({ state: 'succeeded' });
    expect(files.ranges).toEqual([null, null]);
  });

  it('whose address has died is asked for again, and the owner sees why it takes longer', async () => {
    let asked = 0;
    const job = await finished(() => {
      asked += 1;
      return `${files.base}/v.mp4?${asked}`;
    });
    files.script.push('gone');
    await copy();
    expect(await site.job(job.id)).toMatchObject({ state: 'collecting' });
    expect(await site.events(job.id)).toEqual(['created', 'finished', 'copy_failed']);
    expect(await isDue(job)).toBe(true);
    await site.makeDue(job.id);
    await node.step();
    expect(asked).toBe(2);
    await copy();
    expect(await site.job(job.id)).toMatchObject({ state: 'succeeded' });
  });

  it('that is no video is not delivered, and is tried again', async () => {
    const page = await serveFile(Buffer.from('<html>come back later</html>'));
    const job = await finished(() => `${page.base}/v.mp4`, { baseUrl: page.base });
    await copy();
    expect(await site.job(job.id)).toMatchObject({ state: 'collecting', chargeMicros: null });
    await page.close();
  });

  it("is never fetched from a private place that is not its channel's", async () => {
    const job = await finished(() => `${files.base}/v.mp4`, { baseUrl: 'http://127.0.0.1:9' });
    await copy();
    expect(files.ranges).toEqual([]);
    expect(await site.events(job.id)).toContain('copy_failed');
  });

  it('is delivered once, even if two nodes copy it', async () => {
    const job = await finished(() => `${files.base}/v.mp4`);
    const task = site.copies[0];
    if (task === undefined) throw new Error('nothing is to be copied');
    await Promise.all([collectJob(node.context, task), collectJob(site.node().context, task)]);
    site.copies.length = 0;
    expect((await site.events(job.id)).filter((type) => type === 'succeeded')).toHaveLength(1);
  });

  it('is collected again when an operator says so, but not once it is here', async () => {
    const job = await finished(() => `${files.base}/v.mp4`);
    const desk = createTaskDesk(node.context, () => undefined);
    expect(await desk.act(job.id, { kind: 'recollect' }, 'admin')).toBeNull();
    await node.step();
    expect(site.copies).toHaveLength(2);
    await copy();
    expect(await desk.act(job.id, { kind: 'recollect' }, 'admin')).toMatchObject({ kind: 'conflict' });
  });
});

describe('a video that could not be copied yet', () => {
  it('is passed on to its owner from the vendor, through the same guard', async () => {
    const vendor = scripted('direct', {
      submit: async () => ({ kind: 'accepted', task: { id: 'one', data: {} }, checkAfterMs: 0 }),
      check: async () => ({
        kind: 'done',
        video: { from: 'url', url: `${files.base}/v.mp4` },
        usage: { seconds: 5, tokens: null },
      }),
    });
    const server = await startTestReelgate({}, { providers: [vendor] });
    try {
      for (let fails = 0; fails < 50; fails += 1) files.script.push('gone');
      const fixed = { provider: 'direct', mode: 'test', base_url: files.base, credentials: 'key-of-it', priority: 9 };
      await server.admin('POST', '/channels', { name: 'direct', ...fixed });
      const created = await server.ask('POST', '/v1/videos', {
        body: { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '5' },
      });
      const { id } = created.body as { id: string };
      const content = (): Promise<Response> =>
        fetch(`${server.url}/v1/videos/${id}/content`, { headers: { authorization: `Bearer ${server.testKey}` } });
      const failed = `select 1 from event where type = 'copy_failed'`;
      while ((await server.db.query(failed)).length === 0) expect((await content()).status).toBe(409);
      files.script.length = 0;
      const answer = await content();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/mp4']);
      expect(Buffer.from(await answer.arrayBuffer()).equals(clip)).toBe(true);
      expect(await server.ended(id)).toMatchObject({ status: 'completed' });
    } finally {
      await server.stop();
    }
  });
});
