/** Kling's tokens, callbacks and answers, letter by letter as its reference shows them. */

import { describe, expect, it } from 'vitest';

import { isSigned, signToken } from '../../../src/providers/kling/sign.ts';
import type { CheckIo, IncomingCallback } from '../../../src/providers/provider.ts';
import { KEYS, kling, PAIR, WEBHOOK_SECRET } from './pages.ts';

const START_MS = 1_767_225_600_000;

/** What an adapter needs that is alone, at a time. */
function ioAt(credential: string, ms: number): CheckIo {
  return {
    http: () => Promise.reject(new Error('nothing is asked')),
    baseUrl: kling.baseUrl,
    credential,
    now: () => new Date(ms),
    attemptToken: 'job-1',
    callbackUrl: null,
    files: { path: () => Promise.reject(new Error('no file')), link: () => null },
    taskOf: async () => null,
    signal: AbortSignal.timeout(1_000),
    checksBefore: 0,
  };
}

describe('tokens', () => {
  it.each([
    [
      'KLING_AK_EXAMPLE',
      'KLING_SK_EXAMPLE',
      1_767_225_600,
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJLTElOR19BS19FWEFNUExFIiwiZXhwIjoxNzY3MjI3NDAwLCJuYmYiOjE3NjcyMjU1OTV9.bDqBlalowGCfp9fWlNqht3r3-Prd9DXXA4qftN4NW00',
    ],
    [
      'ak-2',
      'sk-2/with+special=',
      1_798_761_599,
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhay0yIiwiZXhwIjoxNzk4NzYzMzk5LCJuYmYiOjE3OTg3NjE1OTR9.Nc-fqEzXZcY3j2Kq9RKp794DwFEmlv8bhB_SArQS34k',
    ],
  ])('are signed as the vendor signs them (%s)', (accessKey, secretKey, nowS, token) => {
    expect(signToken(accessKey, secretKey, nowS * 1_000 + 999)).toBe(token);
  });
});

describe('callbacks', () => {
  const signed: IncomingCallback = {
    method: 'POST',
    query: { kind: 'tasks' },
    headers: {
      'webhook-id': '9876543210',
      'webhook-timestamp': '1781080794',
      'webhook-signature': 'v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=',
    },
    body: Buffer.from(
      '{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,"update_time":1781080794151}',
    ),
  };
  const AT_MS = 1_781_080_794_000;
  const read = (incoming: IncomingCallback, credential = KEYS.apiKey, ms = AT_MS): Promise<unknown> =>
    kling.readCallback?.(incoming, ioAt(credential, ms)) ?? Promise.resolve(null);
  const secured = `${KEYS.apiKey}|${WEBHOOK_SECRET}`;

  it('are believed by their signature where a webhook secret is set', async () => {
    const notice = { kind: 'notice', task: { id: '1234567890', data: { home: 'tasks' } }, reply: null };
    expect(await read(signed, secured)).toEqual(notice);
    const old = `v1,AAAA ${signed.headers['webhook-signature'] ?? ''}`;
    expect(await read({ ...signed, headers: { ...signed.headers, 'webhook-signature': old } }, secured)).toEqual(
      notice,
    );
  });

  it.each<[string, Partial<IncomingCallback['headers']>]>([
    ['no signature', { 'webhook-signature': '' }],
    ['another version of it', { 'webhook-signature': 'v2,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=' }],
    ['another id', { 'webhook-id': '1' }],
    ['another time', { 'webhook-timestamp': '1781080795' }],
    ['no time', { 'webhook-timestamp': 'now' }],
  ])('are forged with %s', async (_, headers) => {
    expect(
      await read({ ...signed, headers: { ...signed.headers, ...headers } as IncomingCallback['headers'] }, secured),
    ).toEqual({
      kind: 'forged',
    });
  });

  it('are forged with another body, and more than five minutes away', async () => {
    expect(await read({ ...signed, body: Buffer.from('{}') }, secured)).toEqual({ kind: 'forged' });
    expect(isSigned(WEBHOOK_SECRET, signed, AT_MS + 300_000)).toBe(true);
    expect(isSigned(WEBHOOK_SECRET, signed, AT_MS + 301_000)).toBe(false);
    expect(isSigned(WEBHOOK_SECRET, signed, AT_MS - 301_000)).toBe(false);
  });

  it('of the first generation name a task of the kind that their address says', async () => {
    const body = (token: string): Buffer =>
      Buffer.from(JSON.stringify({ task_id: '83', task_status: 'succeed', task_info: { external_task_id: token } }));
    const callback = { ...signed, headers: {}, query: { kind: 'avatar/image2video' }, body: body('job-1') };
    expect(await read(callback)).toMatchObject({ task: { id: '83', data: { home: 'avatar/image2video' } } });
    expect(await read({ ...callback, body: body('another') })).toMatchObject({ kind: 'notice', task: null });
  });

  it.each<[string, Partial<IncomingCallback>]>([
    ['an unknown kind', { query: { kind: 'constructor' } }],
    ['no kind', { query: {} }],
    ['no JSON', { body: Buffer.from('<html>') }],
    ['an id that could lead elsewhere', { body: Buffer.from('{"id":"../x"}') }],
  ])('with %s say only that something happened', async (_, over) => {
    expect(await read({ ...signed, headers: {}, ...over })).toEqual({ kind: 'notice', task: null, reply: null });
  });
});

it('reads the vendor’s own example of a first-generation task', async () => {
  const body =
    '{"code":0,"message":"SUCCEED","request_id":"r3","data":{"task_id":"830000000000000001","task_status":"succeed","task_status_msg":"","task_info":{"external_task_id":"job-1"},"watermark_info":{"enabled":false},"final_unit_deduction":"1.5","created_at":1767225600000,"updated_at":1767225690000,"task_result":{"videos":[{"id":"v-1","url":"https://cdn.klingai.com/example.mp4","watermark_url":"","duration":"5"}]}}}';
  const io = { ...ioAt(PAIR, START_MS), http: async () => ({ status: 200, headers: {}, text: body }) };
  expect(await kling.check({ id: '830000000000000001', data: { home: 'text2video' } }, io)).toEqual({
    kind: 'done',
    video: { from: 'url', url: 'https://cdn.klingai.com/example.mp4' },
    usage: { seconds: 5, tokens: null },
  });
});
