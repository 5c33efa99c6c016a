/** What operators can measure: who may ask, what is said after jobs were made, and that no client can make it grow. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { auditThisHour } from '../../src/ledger/audit-schedule.ts';
import { createLog } from '../../src/log.ts';
import { COUNTERS, HISTOGRAMS, NODE_GAUGES, SHARED_GAUGES } from '../../src/metrics.ts';
import { smallClip } from '../support/clips.ts';
import { readExposition, total } from '../support/exposition.ts';
import type { Series } from '../support/exposition.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const TOKEN = 'metrics-token-for-a-test';
const MODEL = 'Kling-3.0-Omni';

let reelgate: TestReelgate;
let customer: LiveCustomer;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-clip-'));
  const path = join(directory, 'clip.mp4');
  await writeFile(path, await smallClip());
  const provider = quickVendor(path);
  reelgate = await startTestReelgate({ REELGATE_METRICS_TOKEN: TOKEN }, { providers: [provider] });
  customer = await liveCustomer(reelgate, '100');
});
afterAll(async () => {
  await reelgate.stop();
  await rm(directory, { recursive: true, force: true });
});

async function scrape(): Promise<readonly Series[]> {
  const answer = await fetch(`${reelgate.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return readExposition(await answer.text());
}

function create(key: string, model = MODEL): Promise<{ status: number; body: unknown }> {
  return reelgate.ask('POST', '/v1/videos', { key, body: { model, prompt: 'a boat', seconds: '5', size: '1280x720' } });
}

/** The series with a label that a request has a part in; the buckets of a histogram count once. */
function fedByClients(series: readonly Series[]): ReadonlySet<string> {
  const fed = series.filter(({ labels }) =>
    ['method', 'route', 'status', 'class', 'model'].some((name) => name in labels),
  );
  return new Set(fed.map(({ name, labels }) => JSON.stringify([name, { ...labels, le: '' }])));
}

describe('/metrics', () => {
  it('is for the operator and for the token alone', async () => {
    const status = async (key: string | null): Promise<number> =>
      (await fetch(`${reelgate.url}/metrics`, { headers: key === null ? {} : { authorization: `Bearer ${key}` } }))
        .status;
    expect(await status(TOKEN)).toBe(200);
    expect(await status(reelgate.adminKey)).toBe(200);
    expect(await status(null)).toBe(401);
    expect(await status(reelgate.testKey)).toBe(401);
    expect(await status(`${TOKEN}x`)).toBe(401);
  });

  it('tells of a job from its create to its money', async () => {
    const { body } = await create(customer.key);
    await reelgate.ended(String((body as { id: string }).id), customer.key);
    const job = { model: MODEL, provider: 'sandbox' };
    await vi.waitFor(async () => {
      const series = await scrape();
      expect(total(series, 'reelgate_jobs_ended_total', { ...job, state: 'succeeded', failure: 'none' })).toBe(1);
    });
    const series = await scrape();
    expect(total(series, 'reelgate_jobs_created_total', { model: MODEL, mode: 'live' })).toBe(1);
    expect(total(series, 'reelgate_attempts_total', { provider: 'sandbox', outcome: 'accepted' })).toBe(1);
    expect(total(series, 'reelgate_checks_total', { provider: 'sandbox', outcome: 'done' })).toBe(1);
    expect(total(series, 'reelgate_time_to_video_seconds_count', { model: MODEL })).toBe(1);
    expect(total(series, 'reelgate_collects_total', { outcome: 'copied' })).toBe(1);
    const account = await reelgate.admin('GET', `/accounts/${customer.accountId}`);
    const spent = 100 - Number(account['available_usd']);
    expect(total(series, 'reelgate_charged_usd_total', { model: MODEL })).toBeCloseTo(spent, 6);
  });

  it('tells of what the whole installation has, and what the last audit found in the books', async () => {
    await auditThisHour(reelgate.db, createLog('silent'));
    const held = await reelgate.db.query<{ held: bigint }>('select sum(held_micros)::bigint as held from account');
    await vi.waitFor(
      async () => {
        const series = await scrape();
        expect(total(series, 'reelgate_audit_ok')).toBe(1);
        expect(total(series, 'reelgate_ledger_usd', { book: 'granted' })).toBe(-100);
        expect(total(series, 'reelgate_accounts_usd', { book: 'held' })).toBe(Number(held[0]?.held ?? 0n) / 1e6);
        expect(total(series, 'reelgate_database_up')).toBe(1);
        expect(total(series, 'reelgate_nodes')).toBe(1);
      },
      { timeout: 20_000, interval: 500 },
    );
  });

  it('counts requests by their route and status, and refusals by whose limit it was', async () => {
    const { key } = await reelgate.admin('POST', '/keys', {
      account_id: customer.accountId,
      name: 'limited',
      mode: 'test',
      limits: { reads_per_minute: 1 },
    });
    for (let n = 0; n < 3; n += 1) await reelgate.ask('GET', '/v1/videos/some-id', { key: String(key) });
    const series = await scrape();
    const route = { method: 'GET', route: '/v1/videos/:id' };
    expect(total(series, 'reelgate_http_requests_total', { ...route, status: '404' })).toBe(1);
    expect(total(series, 'reelgate_http_requests_total', { ...route, status: '429' })).toBe(2);
    expect(total(series, 'reelgate_rate_limited_total', { policy: 'key', class: 'read' })).toBe(2);
  });

  it('does not grow with what clients make up', async () => {
    const madeUp = async (n: number): Promise<void> => {
      await reelgate.ask('GET', `/made-up/path-${n}`);
      await reelgate.ask('GET', `/v1/videos/made-up-${n}`, { headers: { 'user-agent': `made-up-${n}` } });
      await create(customer.key, `made-up-model-${n}`);
    };
    await madeUp(0);
    const before = fedByClients(await scrape());
    for (let n = 1; n <= 20; n += 1) await madeUp(n);
    const series = await scrape();
    // The first answer of a kind makes its series, such as that of a server with too much to do; twenty paths make none.
    expect([...fedByClients(series)].filter((kind) => !before.has(kind)).length).toBeLessThan(10);
    expect(JSON.stringify(series)).not.toContain('made-up');
  });

  it('has a row for everything it prints, and prints everything that has a row', async () => {
    const series = await scrape();
    const rows = { ...COUNTERS, ...HISTOGRAMS, ...NODE_GAUGES, ...SHARED_GAUGES };
    const answer = await fetch(`${reelgate.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const named = [...(await answer.text()).matchAll(/^# TYPE (reelgate_\w+)/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(Object.keys(rows).toSorted());
    expect(series.filter(({ name }) => name.startsWith('reelgate_')).length).toBeGreaterThan(30);
  });

  it('goes on without the database, and says that it is away', async () => {
    const other = await startTestReelgate({ REELGATE_METRICS_TOKEN: TOKEN }, {}, reelgate);
    await other.db.close();
    const answer = await fetch(`${other.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.status).toBe(200);
    expect(total(readExposition(await answer.text()), 'reelgate_database_up')).toBe(0);
    await other.stop();
  });
});
