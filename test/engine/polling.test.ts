/** Reads come from our own rows: however many clients look at a job, its vendor is asked no more often. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Provider } from '../../src/providers/provider.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const CLIENTS = 100;
const LOOKS = 5;

let calls = 0;
const vendor: Provider = {
  name: 'sandbox',
  baseUrl: 'sandbox:',
  servesEveryModel: true,
  credentialFault: () => null,
  errors: {},
  submit: async (_spec, _words, io) => {
    calls += 1;
    return { kind: 'accepted', task: { id: io.attemptToken, data: {} }, checkAfterMs: 60_000 };
  },
  check: async () => {
    calls += 1;
    return { kind: 'waiting', progress: null, checkAfterMs: 60_000 };
  },
};

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate({}, { providers: [vendor] });
});
afterAll(() => reelgate.stop());

it('costs no call to the vendor that a hundred clients poll one job', async () => {
  const { key } = await liveCustomer(reelgate, '100');
  const body = { model: 'Kling-3.0-Omni', prompt: 'a boat', seconds: '5', size: '1280x720' };
  const { id } = (await reelgate.ask('POST', '/v1/videos', { key, body })).body as { id: string };
  const before = calls;
  const client = async (): Promise<number[]> => {
    const statuses: number[] = [];
    for (let look = 0; look < LOOKS; look += 1)
      statuses.push((await reelgate.ask('GET', `/v1/videos/${id}`, { key })).status);
    return statuses;
  };
  const statuses = (await Promise.all(Array.from({ length: CLIENTS }, client))).flat();
  expect(statuses).toEqual(Array.from({ length: CLIENTS * LOOKS }, () => 200));
  expect(calls - before).toBe(0);
});
