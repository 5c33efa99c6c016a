/** A node that stops hands on what vendors have within two seconds, and still sees its submits through. */

import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { Provider } from '../../src/providers/provider.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let isHanging = true;
let looks = 0;
let submits = 0;
let answerSubmit = Promise.withResolvers<void>();
const vendor: Provider = {
  name: 'sandbox',
  baseUrl: 'sandbox:',
  servesEveryModel: true,
  credentialFault: () => null,
  errors: {},
  submit: async (spec, _words, io) => {
    submits += 1;
    if (spec.prompt === 'slowly') await answerSubmit.promise;
    return { kind: 'accepted', task: { id: io.attemptToken, data: {} }, checkAfterMs: 10 };
  },
  check: async () => {
    looks += 1;
    if (isHanging) await new Promise(() => undefined);
    return { kind: 'failed', failure: { kind: 'generation_failed', message: 'It is over.' } };
  },
};

let staying: TestReelgate;
let key: string;
beforeAll(async () => {
  // It has no room for the jobs of vendors until the other one goes.
  staying = await startTestReelgate({}, { providers: [vendor], limits: { checks: 0, concurrency: 0 } });
  key = (await liveCustomer(staying, '100')).key;
});
afterAll(() => staying.stop());

function create(node: TestReelgate, prompt: string): Promise<{ status: number; body: unknown }> {
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: '5', size: '1280x720' };
  return node.ask('POST', '/v1/videos', { key, body });
}

async function heldJobs(): Promise<number> {
  const [held] = await staying.db.query<{ jobs: number }>(
    `select count(*)::integer as jobs from job where lease_owner is not null and state in ('running', 'collecting')`,
  );
  return held?.jobs ?? 0;
}

it('hands on a job whose vendor does not answer, and waits for a submit', async () => {
  const leaving = await startTestReelgate({}, { providers: [vendor] }, staying);
  await create(leaving, 'a boat');
  await vi.waitFor(() => expect(looks).toBe(1), { timeout: 20_000 });
  expect(await heldJobs()).toBe(1);
  answerSubmit = Promise.withResolvers<void>();
  const slow = create(leaving, 'slowly');
  await vi.waitFor(() => expect(submits).toBe(2), { timeout: 20_000 });

  const began = performance.now();
  const stopped = leaving.stop();
  await vi.waitFor(async () => expect(await heldJobs()).toBe(0), { timeout: 20_000, interval: 20 });
  const handedOnMs = performance.now() - began;
  isHanging = false;
  answerSubmit.resolve();
  expect((await slow).status).toBe(200);
  await stopped;
  expect(handedOnMs).toBeGreaterThan(1_000);
  // Two seconds on a machine that does nothing else; the look itself could last twenty.
  expect(handedOnMs).toBeLessThan(10_000);
  const jobs = await staying.db.query<{ state: string; attempts: number }>(
    'select state, attempts from job order by id',
  );
  expect(jobs).toEqual([
    { state: 'running', attempts: 1 },
    { state: 'running', attempts: 1 },
  ]);
});
