/** What vendors may say by themselves: that there is something to ask about, and nothing else. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import type { CheckResult, Provider, SubmitResult } from '../../src/providers/provider.ts';
import { scripted } from '../engine/support/nodes.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const LATER: CheckResult = { kind: 'waiting', progress: null, checkAfterMs: 60_000 };
const NO: CheckResult = { kind: 'failed', failure: { kind: 'generation_failed', message: 'The vendor could not.' } };

/** What the vendor was told and does, as the test at hand wants it. */
const vendor: {
  urls: (string | null)[];
  checks: number;
  submit: () => Promise<SubmitResult>;
  check: () => Promise<CheckResult>;
  read: NonNullable<Provider['readCallback']> | null;
} = { urls: [], checks: 0, submit: accepted, check: async () => LATER, read: null };

function accepted(): Promise<SubmitResult> {
  return Promise.resolve({ kind: 'accepted', task: { id: 'task', data: {} }, checkAfterMs: 60_000 });
}

const provider = scripted('caller', {
  submit: (_spec, _words, io) => {
    vendor.urls.push(io.callbackUrl);
    return vendor.submit();
  },
  check: () => {
    vendor.checks += 1;
    return vendor.check();
  },
  readCallback: (incoming, io) =>
    vendor.read === null ? Promise.resolve({ kind: 'notice', task: null, reply: null }) : vendor.read(incoming, io),
});

let server: TestReelgate;
beforeAll(async () => {
  const env = { REELGATE_PUBLIC_URL: 'https://reelgate.example' };
  server = await startTestReelgate(env, { providers: [provider], limits: { answerMs: 50 } });
  const fixed = { provider: 'caller', mode: 'test', credentials: 'key-of-it', priority: 9 };
  await server.admin('POST', '/channels', { name: 'caller', ...fixed });
});
afterAll(async () => {
  await server.stop();
});

async function create(): Promise<{ readonly id: string; readonly callback: string }> {
  const known = vendor.urls.length;
  const { body } = await server.ask('POST', '/v1/videos', {
    body: { model: 'Kling-3.0-Omni', prompt: `a cat ${vendor.urls.length}`, seconds: '5' },
  });
  const { id } = body as { id: string };
  // On a busy machine the answer may come before the submit.
  await expect.poll(() => vendor.urls.length, { timeout: 20_000 }).toBeGreaterThan(known);
  const callback = vendor.urls.at(-1)?.replace('https://reelgate.example', server.url) ?? '';
  return { id, callback };
}

function call(url: string, body: string | null = '{}', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, body === null ? { headers } : { method: 'POST', body, headers });
}

describe('a callback', () => {
  it('has the vendor asked at once, and what it says is not believed', async () => {
    vendor.check = async () => LATER;
    const { id, callback } = await create();
    const before = vendor.checks;
    vendor.check = async () => NO;
    const lie = JSON.stringify({ status: 'succeed', video_url: 'https://attacker.example/v.mp4' });
    const answer = await call(callback, lie, { 'content-type': 'application/json' });
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    expect(await server.ended(id)).toMatchObject({ status: 'failed' });
    expect(vendor.checks).toBe(before + 1);
  });

  it('may come any number of times, in any form, also after the end', async () => {
    const { id, callback } = await create();
    await call(callback);
    await server.ended(id);
    const forms = [call(callback), call(callback, 'status=done'), call(callback, null), call(callback, '')];
    expect((await Promise.all(forms)).map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  });

  it('that comes before the answer to the submit is remembered', async () => {
    const answer = Promise.withResolvers<SubmitResult>();
    vendor.submit = () => answer.promise;
    const { id, callback } = await create();
    vendor.submit = accepted;
    expect((await call(callback)).status).toBe(200);
    answer.resolve(await accepted());
    // The vendor's hint was a minute; nobody waits for that.
    expect(await server.ended(id)).toMatchObject({ status: 'failed' });
  });

  it('to an address that was never given out is answered like every other such', async () => {
    const { callback } = await create();
    const [address, mac] = splitMac(callback);
    const other = await create();
    const wrong = [
      `${address}.${mac.slice(0, -1)}${mac.endsWith('A') ? 'B' : 'A'}`,
      `${address}.`,
      address,
      `${splitMac(other.callback)[0]}.${mac}`,
      `${server.url}/callbacks/x/y.z`,
      `${server.url}/callbacks/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}/${address.split('/').at(-1) ?? ''}.${mac}`,
    ];
    const answers = await Promise.all(wrong.map(async (url) => call(url)));
    expect(answers.map((answer) => answer.status)).toEqual(wrong.map(() => 404));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  });

  it('of more than 256 kB is refused', async () => {
    const { callback } = await create();
    expect((await call(callback, 'x'.repeat(256 * 1024))).status).toBe(200);
    expect((await call(callback, 'x'.repeat(256 * 1024 + 1))).status).toBe(413);
  });

  it('may be a handshake, which its provider answers', async () => {
    const { callback } = await create();
    vendor.read = async ({ method, query }) => ({
      kind: 'handshake',
      reply: {
        status: 200,
        contentType: 'application/json',
        body: JSON.stringify({ method, challenge: query['challenge'] }),
      },
    });
    const answer = await call(`${callback}?challenge=abc`, null);
    expect(await answer.json()).toEqual({ method: 'GET', challenge: 'abc' });
    vendor.read = null;
  });

  it('that its vendor should have signed and did not is as good as unknown', async () => {
    const { callback } = await create();
    const before = vendor.checks;
    vendor.read = async ({ headers }, io) =>
      headers['x-signature'] === io.credential ? { kind: 'notice', task: null, reply: null } : { kind: 'forged' };
    expect((await call(callback)).status).toBe(404);
    expect(vendor.checks).toBe(before);
    expect((await call(callback, '{}', { 'x-signature': 'key-of-it' })).status).toBe(200);
    vendor.read = null;
  });
});

// oxlint-disable-next-line unicorn/no-thenable -- the name on the wire; it is never awaited
const FAIL = { then: 'fail' };

describe('an operator', () => {
  it('settles what became of a task through the admin API', async () => {
    vendor.check = async () => LATER;
    vendor.submit = () => Promise.reject(new Error('an answer that makes no sense'));
    const { id } = await create();
    vendor.submit = accepted;
    const path = `/admin/v1/jobs/${id.replace('video_', '')}`;
    const post = (action: string, body?: JsonObject) =>
      server.ask('POST', `${path}/${action}`, { key: server.adminKey, ...(body === undefined ? {} : { body }) });
    const refusals = [
      await post('recollect'),
      await post('mark_not_created', {}),
      await post('attach_task', { task_id: 'two words' }),
      await server.ask('POST', `${path}/recheck`),
    ];
    expect(refusals.map((answer) => answer.status)).toEqual([409, 400, 400, 401]);
    expect(await post('recheck')).toMatchObject({ status: 200, body: { state: 'submitting' } });
    expect((await post('mark_not_created', FAIL)).status).toBe(409);
    await server.db.query(`update attempt set created_at = created_at - interval '1 minute'`);
    expect(await post('mark_not_created', FAIL)).toMatchObject({ status: 200, body: { state: 'failed' } });
    expect((await post('mark_not_created', FAIL)).status).toBe(409);
    expect(await server.admin('GET', '/loose_ends')).toEqual({ data: [], next: null });
  });
});

function splitMac(url: string): [string, string] {
  const at = url.lastIndexOf('.');
  return [url.slice(0, at), url.slice(at + 1)];
}
