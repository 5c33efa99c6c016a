/** The vendor of tests on real processes, and the channel that leads to it. */

import type { JsonObject } from '../../src/model/json.ts';
import { startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor, FakeVendorOptions } from '../fakes/openai-video-vendor.ts';
import { smallClip } from '../support/clips.ts';

const KEY = 'sk-vendor-of-processes';
const WORK_MS = 300;
const POLL_AFTER_MS = 200;

export type Vendor = FakeVendor & { readonly channel: JsonObject };

export type VendorOptions = Omit<FakeVendorOptions, 'key' | 'video'>;

/** Works quickly unless told otherwise. */
export async function startVendor(options: VendorOptions = {}): Promise<Vendor> {
  const video = await smallClip();
  const vendor = await startFakeVendor({ video, key: KEY, workMs: WORK_MS, pollAfterMs: POLL_AFTER_MS, ...options });
  const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: KEY };
  return { ...vendor, channel };
}

/** One for each task that the vendor accepted, sorted. */
export function bookedPrompts({ books }: FakeVendor): string[] {
  return books.map(({ prompt }) => prompt).toSorted();
}
