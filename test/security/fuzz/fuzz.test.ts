/** A short run of the fuzzer: no request, however odd, is answered with an error of ours. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { parseJobId } from '../../../src/model/id.ts';
import { objectOf, startTestReelgate } from '../../support/reelgate.ts';
import type { TestReelgate } from '../../support/reelgate.ts';
import { requestOf } from './requests.ts';
import { runFuzz } from './run-fuzz.ts';
import { nobodysNames, quickFailure } from './quick-failure.ts';

const SEED = 1;
const REQUESTS = 3_000;
const RUN_MS = 180_000;
const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3' };

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate({}, { providers: [quickFailure], fetcher: { resolve: nobodysNames } });
});
afterAll(() => reelgate.stop());

it('makes the same requests of the same seed', () => {
  const numbers = Array.from({ length: 200 }, (_, number) => number);
  const made = (): string => JSON.stringify(numbers.map((number) => requestOf(SEED, number)));
  expect(made()).toBe(made());
  expect(new Set(numbers.map((number) => requestOf(SEED, number).route)).size).toBeGreaterThan(60);
});

it(
  `sends ${REQUESTS} requests over all dialects, and nothing answers with 500 or more`,
  async () => {
    const { body } = await reelgate.ask('POST', '/v1/videos', { body: VIDEO });
    const jobIds = [parseJobId(String(objectOf(body)['id'])) ?? ''];
    const order = { seed: SEED, from: 0, requests: REQUESTS };
    const report = await runFuzz({ url: reelgate.url, key: reelgate.testKey, jobIds }, order);
    expect(report.faults).toEqual([]);
    const { audit } = { audit: await reelgate.admin('GET', '/audit') };
    expect(audit['ok']).toBe(true);
    const good = report.statuses.get(200) ?? 0;
    process.stdout.write(`fuzz: seed ${SEED}, ${REQUESTS} requests, ${good} answered with 200\n`);
    expect(good).toBeGreaterThan(REQUESTS / 20);
  },
  RUN_MS,
);
