/** Traces: one for each job, whatever channels and nodes it went through, and nothing in them that is anybody's secret. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { Provider } from '../../src/providers/provider.ts';
import { smallClip } from '../support/clips.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { startReceiver } from '../support/receiver.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';
import type { SeenSpan, TraceReceiver } from '../support/trace-receiver.ts';

const PROMPT = 'a prompt that is nobody’s business';
const CREDENTIAL = 'vendor-credential-canary';
const CLIENT_TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';

let collector: TraceReceiver;
let directory: string;
let first: TestReelgate;
let second: TestReelgate;
let key: string;
let env: Record<string, string>;
let providers: readonly Provider[];
/** While it is, the vendor finishes nothing. */
let isWorking = false;
beforeAll(async () => {
  collector = await startTraceReceiver();
  directory = await mkdtemp(join(tmpdir(), 'reelgate-clip-'));
  const clip = join(directory, 'clip.mp4');
  await writeFile(clip, await smallClip());
  const refusing: Provider = {
    ...quickVendor(clip, 'refusing'),
    submit: async () => ({
      kind: 'refused',
      failure: { kind: 'upstream_unavailable', message: 'Not now.', detail: CREDENTIAL },
    }),
  };
  env = {
    REELGATE_FETCH_ALLOW: '127.0.0.0/8',
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=reels, authorization=Bearer%20collector',
  };
  const quick = quickVendor(clip, 'working');
  const working: Provider = {
    ...quick,
    check: async (task, io) =>
      isWorking ? { kind: 'waiting', progress: null, checkAfterMs: 50 } : quick.check(task, io),
  };
  providers = [working, refusing];
  first = await startTestReelgate(env, { providers });
  second = await startTestReelgate(env, { providers }, first);
  const channel = { mode: 'live', credentials: CREDENTIAL };
  await first.admin('POST', '/channels', { name: 'A', provider: 'refusing', priority: 10, ...channel });
  await first.admin('POST', '/channels', { name: 'B', provider: 'working', priority: 0, ...channel });
  const { id } = await first.admin('POST', '/accounts', { name: 'Studio' });
  await first.admin('POST', `/accounts/${String(id)}/credits`, { amount_usd: '100', note: 'for a test' });
  key = String((await first.admin('POST', '/keys', { account_id: String(id), name: 'live', mode: 'live' }))['key']);
}, 60_000);
afterAll(async () => {
  await second.stop();
  await first.stop();
  await collector.close();
  await rm(directory, { recursive: true, force: true });
});

const REQUEST = { model: 'Kling-3.0-Omni', prompt: PROMPT, seconds: '5', size: '1280x720' };

async function make(headers: Record<string, string> = {}, more: Record<string, string> = {}): Promise<string> {
  const body = { ...REQUEST, ...more };
  const { status, body: made } = await first.ask('POST', '/v1/videos', { key, body, headers });
  expect(status).toBe(200);
  const id = String((made as { id: string }).id);
  await first.ended(id, key);
  return id.replace('video_', '');
}

function spansOf(jobId: string): readonly SeenSpan[] {
  return collector.spans.filter(({ attributes }) => attributes['reelgate.job'] === jobId);
}

/** Once the span that closes the job has come, and all below it. */
function traceOf(jobId: string, names: readonly string[]): Promise<readonly SeenSpan[]> {
  return vi.waitFor(
    () => {
      const spans = spansOf(jobId);
      for (const name of names) expect(spans.map((span) => span.name)).toContain(name);
      return spans;
    },
    { timeout: 25_000, interval: 100 },
  );
}

describe('a job', () => {
  it('that goes from one channel to another is one trace', async () => {
    const jobId = await make({ traceparent: `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01` });
    const spans = await traceOf(jobId, ['job', 'create', 'submit', 'check', 'collect']);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([jobId.replaceAll('-', '')]));
    const root = spans.find(({ name }) => name === 'job');
    expect(root?.parentSpanId).toBeNull();
    expect(root?.attributes).toMatchObject({ 'reelgate.state': 'succeeded', 'reelgate.model': 'Kling-3.0-Omni' });
    for (const span of spans) if (span.name !== 'job') expect(span.parentSpanId).toBe(root?.spanId);
    const submits = spans.filter(({ name }) => name === 'submit');
    expect(submits.map(({ attributes }) => [attributes['reelgate.provider'], attributes['reelgate.outcome']])).toEqual([
      ['refusing', 'upstream_unavailable'],
      ['working', 'accepted'],
    ]);
    for (const { ms } of spans) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it('remembers what its client was doing', async () => {
    const jobId = await make({ traceparent: `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01` });
    const spans = await traceOf(jobId, ['create']);
    expect(spans.find(({ name }) => name === 'create')?.links).toEqual([
      { traceId: CLIENT_TRACE, spanId: CLIENT_SPAN },
    ]);
  });

  it('is traced all the same where the client’s traceparent is none', async () => {
    const wrong = ['nonsense', `00-${'0'.repeat(32)}-${CLIENT_SPAN}-01`, `ff-${CLIENT_TRACE}-${CLIENT_SPAN}-01`];
    const jobIds = await Promise.all(wrong.map((traceparent) => make({ traceparent })));
    for (const jobId of jobIds) {
      const spans = await traceOf(jobId, ['create']);
      expect(spans.find(({ name }) => name === 'create')?.links).toEqual([]);
    }
  });

  it('that is told to a receiver has that in its trace too', async () => {
    const receiver = await startReceiver();
    const spans = await traceOf(await make({}, { callback_url: receiver.url }), ['job', 'notify']);
    expect(spans.find(({ name }) => name === 'notify')?.attributes['reelgate.outcome']).toBe('delivered');
    await receiver.close();
  });

  it('that one node began and another ended is one trace', async () => {
    isWorking = true;
    const third = await startTestReelgate(env, { providers }, first);
    const { body } = await third.ask('POST', '/v1/videos', { key, body: REQUEST });
    await third.stop();
    isWorking = false;
    const id = String((body as { id: string }).id);
    await first.ended(id, key);
    const jobId = id.replace('video_', '');
    const spans = await traceOf(jobId, ['job', 'create', 'submit', 'check', 'collect']);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([jobId.replaceAll('-', '')]));
    // Whichever node ends it gives the job's own span the same id; in this process there are two that hear of it.
    const own = spans.filter(({ name }) => name === 'job');
    expect(new Set(own.map(({ spanId }) => spanId)).size).toBe(1);
  });
});

describe('the collector', () => {
  it('is asked with the operator’s headers', () => {
    expect(collector.headers[0]).toMatchObject({
      path: '/v1/traces',
      'x-tenant': 'reels',
      authorization: 'Bearer collector',
      'content-type': 'application/json',
    });
  });

  it('never sees a prompt, a key or a credential', async () => {
    await traceOf(await make(), ['job']);
    for (const secret of [PROMPT, CREDENTIAL, key, first.adminKey, 'sk-rg-'])
      expect(collector.text()).not.toContain(secret);
  });
});

describe('a server without a collector', () => {
  it('loads nothing that traces', async () => {
    const reelgate = new URL('../../src/reelgate.ts', import.meta.url).href;
    const script = `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context); } });
      await import(${JSON.stringify(reelgate)});
      console.log(JSON.stringify(seen.filter((name) => /opentelemetry.(sdk|exporter|resources)|traces.ts/.test(name))));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
