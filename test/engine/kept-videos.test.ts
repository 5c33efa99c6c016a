/** Videos that a vendor gives out to the channel's credential only. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { collectJob } from '../../src/engine/collect.ts';
import type { CheckResult, OutputSource } from '../../src/providers/provider.ts';
import { smallClip } from '../support/clips.ts';
import { serveFile } from './support/file-vendor.ts';
import type { FileVendor } from './support/file-vendor.ts';
import { install, scripted } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

let site: Installation;
let node: TestNode;
let files: FileVendor;
let elsewhere: FileVendor;
beforeAll(async () => {
  const clip = await smallClip();
  files = await serveFile(clip);
  elsewhere = await serveFile(clip);
  site = await install('127.0.0.1');
  node = site.node();
});
afterAll(async () => {
  await site.close();
  await files.close();
  await elsewhere.close();
});

let vendors = 0;

/** The state of a job whose vendor named this video, once that was fetched. */
async function fetched(video: OutputSource): Promise<string> {
  vendors += 1;
  const check = async (): Promise<CheckResult> => ({ kind: 'done', video, usage: { seconds: 5, tokens: null } });
  const videoHeaders = (credential: string) => ({ authorization: `Bearer ${credential}` });
  const vendor = scripted(`keeper-${vendors}`, { check, videoHeaders });
  const job = await site.running(await site.channel(vendor, { baseUrl: `${files.base}/v1` }));
  await node.step();
  for (const task of site.copies.splice(0)) await collectJob(node.context, task);
  return (await site.job(job.id)).state;
}

it('are fetched with it, and it is written down nowhere', async () => {
  expect(await fetched({ from: 'url', url: `${files.base}/v1/content`, withCredential: true })).toBe('succeeded');
  expect(files.keys.splice(0)).toEqual(['Bearer the-key']);
  const [kept] = await site.db.query<{ text: string }>(
    'select string_agg(source::text, $1) as text from vendor_output',
    [' '],
  );
  expect(kept?.text).not.toContain('the-key');
});

it('are fetched without it where the vendor did not ask for it', async () => {
  expect(await fetched({ from: 'url', url: `${files.base}/v.mp4` })).toBe('succeeded');
  expect(files.keys.splice(0)).toEqual([null]);
});

it('that lie on another host are fetched without it', async () => {
  expect(await fetched({ from: 'url', url: `${elsewhere.base}/v.mp4`, withCredential: true })).toBe('succeeded');
  expect([files.keys, elsewhere.keys]).toEqual([[], [null]]);
});
