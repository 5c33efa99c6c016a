/** A whole server whose live channels lead to fakes of vendors, and a customer with money on it. */

import { expect } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import type { Fake, FakeTask } from '../providers/suite.ts';
import type { Overrides } from '../../src/reelgate.ts';
import { smallClip } from './clips.ts';
import { customerOf } from './live-customer.ts';
import type { LiveCustomer } from './live-customer.ts';
import { serveMedia } from './media-server.ts';
import { objectOf, startTestReelgate } from './reelgate.ts';
import type { TestReelgate } from './reelgate.ts';

/** For everything that waits for a video to be copied. */
export const PATIENCE_MS = 120_000;
const USD = '100';
/** What vendors are told; nobody listens there. */
const PUBLIC_URL = 'https://reelgate.example';

/** What a fake needs of its surroundings: a finished video, and the way to a callback address. */
export type Surroundings = {
  readonly video: Buffer;
  readonly videoUrl: string;
  readonly reach: (callbackUrl: string) => string;
};

/** The body of `POST /channels`; `mode` and `priority` are given. */
export type VendorChannel = JsonObject & { readonly name: string; readonly provider: string };

export type VendorSite<Vendors> = {
  readonly reelgate: TestReelgate;
  readonly customer: LiveCustomer;
  readonly vendors: Vendors;
  readonly reach: Surroundings['reach'];
  /** The id of the job that a body makes. */
  create(body: JsonObject, path?: string): Promise<string>;
  /** The job, and the one task that the vendor then has of it. */
  made(vendor: Fake, body: JsonObject, path?: string): Promise<{ readonly id: string; readonly task: FakeTask }>;
  /** Waits until the job has ended well, and looks at its file. */
  expectVideo(id: string): Promise<void>;
  ended(id: string): Promise<JsonObject>;
  account(): Promise<JsonObject>;
  /** What the test of a channel says, as text. */
  testChannel(name: string): Promise<string>;
  stop(): Promise<void>;
};

export async function startVendorSite<Vendors extends Readonly<Record<string, { close(): Promise<void> }>>>(
  openVendors: (around: Surroundings) => Promise<Vendors>,
  channelsOf: (vendors: Vendors) => readonly VendorChannel[],
  overrides: Overrides = {},
): Promise<VendorSite<Vendors>> {
  const video = await smallClip();
  const media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: video } });
  const reach = (url: string): string => url.replace(PUBLIC_URL, reelgate.url);
  const vendors = await openVendors({ video, videoUrl: `${media.base}/v.mp4`, reach });
  const reelgate: TestReelgate = await startTestReelgate(
    { REELGATE_FETCH_ALLOW: '127.0.0.1', REELGATE_PUBLIC_URL: PUBLIC_URL },
    overrides,
  );
  for (const channel of channelsOf(vendors))
    await reelgate.admin('POST', '/channels', { mode: 'live', priority: 9, ...channel });
  const customer = await customerOf(reelgate, USD);

  const create = async (body: JsonObject, path = '/v1/videos'): Promise<string> => {
    const answer = await reelgate.ask('POST', path, { key: customer.key, body });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
    const said = objectOf(answer.body);
    return String(said['id'] ?? objectOf(said['data'] ?? null)['task_id']);
  };
  const ended = (id: string): Promise<JsonObject> =>
    reelgate.ended(id.startsWith('video_') ? id : `video_${id}`, customer.key);
  return {
    reelgate,
    customer,
    vendors,
    reach,
    create,
    made: async (vendor, body, path) => {
      const before = vendor.books.length;
      const id = await create(body, path);
      const [task, ...others] = vendor.books.slice(before);
      if (task === undefined || others.length > 0) throw new Error('the vendor has not one task of the job');
      return { id, task };
    },
    expectVideo: async (id) => {
      expect(await ended(id)).toMatchObject({ status: 'completed' });
      const headers = { authorization: `Bearer ${customer.key}` };
      const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
      expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    },
    ended,
    account: () => reelgate.admin('GET', `/accounts/${customer.accountId}`),
    testChannel: async (name) => {
      const { data } = await reelgate.admin('GET', '/channels');
      const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === name) : undefined;
      return JSON.stringify(await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`));
    },
    stop: async () => {
      await reelgate.stop();
      await Promise.all([media, ...Object.values(vendors)].map((server) => server.close()));
    },
  };
}
