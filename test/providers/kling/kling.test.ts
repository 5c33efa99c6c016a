/** Kling's own API, in both its generations, against a vendor written from its reference page. */

import { beforeEach, describe, expect, it } from 'vitest';

import type { FailureKind } from '../../../src/model/failure.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { readCredential } from '../../../src/providers/kling/credential.ts';
import { isSigned, signToken } from '../../../src/providers/kling/sign.ts';
import { ERRORS } from '../../../src/providers/kling/tables.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import type { CheckIo, IncomingCallback, UpstreamTask } from '../../../src/providers/provider.ts';
import { startKlingVendor } from '../../fakes/kling-vendor.ts';
import type { KlingVendor } from '../../fakes/kling-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { ErrorRow, Example, FakeAnswer, ProviderPage } from '../suite.ts';
import { EXTENSION, spec, TASK_EXAMPLES, VIDEO_EXAMPLES } from './specs.ts';

const kling = providerNamed('kling');
const KEYS = { apiKey: 'api-key-canary', accessKey: 'ak-canary-123', secretKey: 'sk/with+canary=' };
const PAIR = `${KEYS.accessKey}|${KEYS.secretKey}`;
const WEBHOOK_SECRET = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=';
const START_MS = 1_767_225_600_000;

/** Code, HTTP status, meaning here: the rows of the page. */
const ROWS: readonly (readonly [code: number, status: number, kind: FailureKind])[] = [
  [1000, 401, 'upstream_credential'],
  [1001, 401, 'upstream_credential'],
  [1002, 401, 'upstream_credential'],
  [1003, 401, 'upstream_credential'],
  [1004, 401, 'upstream_credential'],
  [1100, 429, 'upstream_credential'],
  [1101, 429, 'upstream_credential'],
  [1102, 429, 'upstream_credential'],
  [1103, 403, 'upstream_credential'],
  [1200, 400, 'invalid_request'],
  [1201, 400, 'invalid_request'],
  [1202, 404, 'upstream_protocol'],
  [1203, 404, 'upstream_protocol'],
  [1300, 400, 'content_rejected'],
  [1301, 400, 'content_rejected'],
  [1302, 429, 'rate_limited'],
  [1303, 429, 'rate_limited'],
  [1304, 429, 'upstream_credential'],
];

function refused(status: number, code: number, message = 'no'): FakeAnswer {
  return { status, body: JSON.stringify({ code, message, request_id: 'r' }) };
}

const REFUSALS: readonly ErrorRow[] = [
  // Without the vendor's time there is nothing to sign again with.
  ...ROWS.map(([code, status, kind]) => ({
    name: `${status} ${code}`,
    answer: { ...refused(status, code), headers: { date: '' } },
    kind,
  })),
  { name: 'a refusal that came as HTTP 200', answer: refused(200, 1301), kind: 'content_rejected' },
  { name: 'a refusal that repeats the key', answer: refused(401, 1002, `bad ${PAIR}`), kind: 'upstream_credential' },
  { name: '429 and nothing else', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
  { name: '418 of a proxy', answer: { status: 418, body: 'tea' }, kind: 'upstream_protocol' },
];

const FAILURES: ProviderPage['failures'] = [
  { code: 'Failure to pass the risk control system', kind: 'content_rejected' },
  { code: 'Content security check failed', kind: 'content_rejected' },
  { code: 'The model is out of memory', kind: 'generation_failed' },
];

let vendor: KlingVendor;
const FIRST_PAGE: ProviderPage = {
  provider: kling,
  folder: import.meta.dirname,
  start: async () => (vendor = await startKlingVendor(KEYS)),
  credential: PAIR,
  badCredentials: [
    '|sk-canary-only',
    'ak-canary-only|',
    'two words',
    'Bearer some-api-key',
    'ak|sk-canary|third-part',
    'ak-canary|sk-canary|whsec_***',
    'ak-canary|whsec_dGVzdHNlY3JldA|sk-canary',
    'k'.repeat(501),
  ],
  examples: VIDEO_EXAMPLES,
  flips: {
    prompt: { prompt: 'another' },
    'what to avoid': { negativePrompt: 'blur' },
    seconds: { seconds: 10 },
    resolution: { resolution: '720p', audio: false },
    ratio: { ratio: '1:1' },
    sound: { audio: false },
    watermark: { watermark: true },
    inputs: { mode: 'first_frame', ratio: 'adaptive', inputs: [inputOf('first_frame', null)] },
    'keys of the vendor': { vendor: { voice_list: [{ voice_id: 'v' }] } },
    'a guidance of zero': { vendor: { cfg_scale: 0 } },
  },
  refusals: REFUSALS,
  states: { waiting: ['submitted', 'processing', 'cancelled'], done: 'succeed', failed: 'failed' },
  failures: FAILURES,
  skip: [
    {
      test: 'asks about many tasks at once',
      because: 'the first generation has no query of many tasks; the second is tested below',
    },
  ],
};

const SECOND_PAGE: ProviderPage = {
  ...FIRST_PAGE,
  credential: KEYS.apiKey,
  badCredentials: [],
  examples: TASK_EXAMPLES,
  flips: {
    prompt: { prompt: 'another' },
    seconds: { seconds: 10 },
    resolution: { resolution: '4k' },
    ratio: { ratio: '1:1' },
    sound: { audio: false },
    watermark: { watermark: true },
    inputs: { mode: 'first_frame', ratio: 'adaptive', inputs: [inputOf('first_frame', null)] },
    'shots refused': { vendor: { multi_shot: false } },
  },
  refusals: REFUSALS.filter(({ name }) => !name.includes('repeats the key')),
  states: { waiting: ['submitted', 'processing', 'cancelled'], done: 'succeeded', failed: 'failed' },
  skip: [],
};

const TEXT = { model: 'kling-v2-6' };
const POLL = { task_id: 'x' };

describe('the first generation', () => {
  describeProvider(FIRST_PAGE, (_fake, io, submit) => {
    beforeEach(() => vendor.setClock(0));

    const plain: Example = { name: '', spec: spec(), upstream: TEXT };
    const refusalOf = async (wanted: Partial<VideoSpec>, model: string, over: Partial<CheckIo> = {}): Promise<Json> => {
      const before = vendor.seen.length;
      const result = await kling.submit(spec(wanted), { model }, io(over));
      if (result.kind !== 'refused') throw new Error('accepted');
      return { kind: result.failure.kind, message: result.failure.message, calls: vendor.seen.length - before };
    };

    it('says every error of the page', () => {
      const codes = [...ROWS.map(([code]) => String(code)), '5000', '5001', '5002'];
      expect(Object.keys(ERRORS)).toEqual(codes);
      expect(kling.errors).toBe(ERRORS);
    });

    it.each([5000, 5001, 5002])('does not know what became of a submit answered %i', async (code) => {
      for (const status of [200, 500, 503]) {
        vendor.answerNext(refused(status, code));
        await expect(kling.submit(plain.spec, TEXT, io())).rejects.toThrow(String(code));
      }
    });

    it.each([
      [-3_600_000, 'ahead of'],
      [3_600_000, 'behind'],
    ])('signs again with the vendor’s time (%i ms) where our clock is %s it', async (aheadMs) => {
      vendor.setClock(aheadMs);
      const before = vendor.seen.length;
      const task = await submit(plain.spec, TEXT);
      expect(vendor.seen.length - before).toBe(2);
      expect(await kling.check(task, io())).toMatchObject({ kind: 'waiting' });
    });

    it('signs again once only', async () => {
      const before = vendor.seen.length;
      for (const _ of [1, 2]) vendor.answerNext({ ...refused(401, 1004), headers: { date: new Date().toUTCString() } });
      expect(await kling.submit(plain.spec, TEXT, io())).toMatchObject({ failure: { kind: 'upstream_credential' } });
      expect(vendor.seen.length - before).toBe(2);
    });

    it('takes an API key as well, and a webhook secret after either', async () => {
      for (const credential of [KEYS.apiKey, `${KEYS.apiKey}|${WEBHOOK_SECRET}`, `${PAIR}|${WEBHOOK_SECRET}`]) {
        expect(kling.credentialFault(credential)).toBeNull();
        await submit(plain.spec, TEXT, { credential });
      }
    });

    it('says which part of a credential is missing', () => {
      expect(kling.credentialFault('')).toContain('it is empty');
      expect(kling.credentialFault('|x')).toContain('the AccessKey is missing');
      expect(kling.credentialFault('x|')).toContain('the SecretKey is missing');
      expect(kling.credentialFault('a b')).toContain('the API key has spaces');
      expect(kling.credentialFault(WEBHOOK_SECRET)).toContain('there is only a webhook secret');
      expect(kling.credentialFault('x|whsec_!')).toContain('the webhook secret is not');
      expect(readCredential(`x|${WEBHOOK_SECRET}`)).toEqual({
        ok: true,
        credential: { kind: 'api_key', apiKey: 'x', webhookSecret: WEBHOOK_SECRET },
      });
    });

    it('leaves the callback out where no public address is known', async () => {
      await submit(plain.spec, TEXT, { callbackUrl: null });
      expect(vendor.seen.at(-1)?.body).not.toHaveProperty('callback_url');
    });

    it('says where the model is named by mode, by the operator, or by the row', async () => {
      const models = { motion_control: 'kling-v3' };
      const names = async (upstream: JsonObject, wanted: Partial<VideoSpec> = {}): Promise<Json> => {
        await submit(spec({ audio: false, ...wanted }), upstream);
        const body = vendor.seen.at(-1)?.body;
        return isObject(body) ? (body['model_name'] ?? null) : null;
      };
      const motion = [inputOf('first_frame', null), inputOf('motion_video', null, 'video/mp4')];
      expect(await names({ model: 'kling-v3-omni', models })).toBe('kling-v3-omni');
      expect(await names({ model: 'kling-v3-omni', models }, { mode: 'motion_control', inputs: motion })).toBe(
        'kling-v3',
      );
      expect(await names({ model: 'kling-v1', name: 'kling-v1-6' })).toBe('kling-v1-6');
    });

    it('delivers the copy with a watermark where one was asked for', async () => {
      const task = await submit(spec({ watermark: true }), TEXT);
      vendor.move(task.id, 'succeed');
      const result = await kling.check(task, io());
      expect(result).toMatchObject({ video: { url: 'https://cdn.klingai.com/marked.mp4' }, usage: { seconds: 5 } });
    });

    it('extends a video by the id that the vendor gave it, if it made it for this account', async () => {
      const earlier = await submit(plain.spec, TEXT);
      vendor.move(earlier.id, 'succeed');
      const taskOf = async (): Promise<UpstreamTask> => earlier;
      await submit(EXTENSION.spec, EXTENSION.upstream, { taskOf });
      expect(vendor.seen.at(-1)).toMatchObject({
        path: '/v1/videos/video-extend',
        body: { video_id: `v-${earlier.id}`, prompt: 'it goes on', negative_prompt: 'blur', cfg_scale: 0.5 },
      });
      expect(await refusalOf(EXTENSION.spec, 'kling-v1-6')).toMatchObject({ kind: 'channel_unfit', calls: 0 });
    });

    it('is in no doubt about a submit that was not sent for want of an answer to an earlier question', async () => {
      const [face] = VIDEO_EXAMPLES.filter(({ name }) => name.includes('that is found'));
      const before = vendor.books.length;
      vendor.answerNext({ status: 500, body: '{}' });
      const lost = kling.submit(face?.spec ?? spec(), TEXT, io());
      await expect(lost).rejects.toMatchObject({ name: 'UpstreamSilence', sent: false });
      vendor.answerNext(refused(429, 1303));
      expect(await kling.submit(face?.spec ?? spec(), TEXT, io())).toMatchObject({ failure: { kind: 'rate_limited' } });
      const found = vendor.faces.splice(0);
      const none = await kling.submit(face?.spec ?? spec(), TEXT, io());
      vendor.faces.push(...found);
      expect(none).toMatchObject({
        failure: { kind: 'invalid_request', message: 'Kling found no face in the video.' },
      });
      expect(vendor.books).toHaveLength(before);
    });

    it.each<[string, Partial<VideoSpec>, string]>([
      [
        'what to avoid in a motion',
        { mode: 'motion_control', negativePrompt: 'blur', inputs: [inputOf('first_frame', null)] },
        'kling-v2-6',
      ],
      ['a motion of nobody', { mode: 'motion_control' }, 'kling-v2-6'],
      ['an avatar without a voice', { mode: 'avatar_i2v' }, 'kling-avatar'],
      ['an effect without its name', { mode: 'template_effect' }, 'kling-v1-6'],
      ['what to avoid in the second generation', { negativePrompt: 'blur' }, 'kling-2.6'],
      [
        'pro at 720p',
        { mode: 'motion_control', motionLevel: 'pro', resolution: '720p', inputs: [inputOf('first_frame', null)] },
        'kling-v2-6',
      ],
      ['lip sync without a word', { mode: 'lip_sync', prompt: null }, 'kling-lip-sync'],
      ['a mode it does not have', { mode: 'upscale' }, 'kling-v3'],
    ])('refuses %s without asking', async (_, wanted, model) => {
      const over = { credential: KEYS.apiKey };
      expect(await refusalOf(wanted, model, over)).toMatchObject({ kind: 'channel_unfit', calls: 0 });
    });

    it('refuses an uploaded video only where nobody could fetch it from here', async () => {
      const inputs = [inputOf('first_frame', null), inputOf('motion_video', null, 'video/mp4')];
      const { files } = io();
      const hidden = { files: { ...files, link: () => null } };
      expect(await refusalOf({ mode: 'motion_control', inputs }, 'kling-v2-6', hidden)).toMatchObject({
        kind: 'channel_unfit',
        message: expect.stringContaining('public http(s) URL'),
        calls: 0,
      });
    });

    it('blames nobody’s key where a model wants API keys and the channel has a pair', async () => {
      expect(await refusalOf({}, 'kling-3.0')).toMatchObject({ kind: 'no_channel', calls: 0 });
    });

    it('is put off by a check only for codes that mean it', async () => {
      const task = await submit(plain.spec, TEXT);
      for (const code of [1302, 1303]) {
        vendor.answerNext({ ...refused(429, code), headers: { 'retry-after': '9' } });
        await expect(kling.check(task, io())).rejects.toMatchObject({ name: 'UpstreamBusy', retryAfterMs: 9_000 });
      }
      for (const code of [1101, 1304, 1203]) {
        vendor.answerNext(refused(429, code));
        const error: unknown = await kling.check(task, io()).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(UpstreamBusy);
      }
    });

    it('believes no check about another task, nor one that shows no video', async () => {
      const task = await submit(plain.spec, TEXT);
      const answer = (data: Json): FakeAnswer => ({ status: 200, body: JSON.stringify({ code: 0, data }) });
      for (const data of [POLL, { task_id: task.id, task_status: 'succeed', task_result: { videos: [] } }, null]) {
        vendor.answerNext(answer(data));
        await expect(kling.check(task, io())).rejects.toThrow('the vendor');
      }
      await expect(kling.check({ ...task, id: '../x' }, io())).rejects.toThrow('an id that is none');
      await expect(kling.check({ ...task, data: {} }, io())).rejects.toThrow('where it was made');
    });

    it('is not sure that there is no task where the search itself fails', async () => {
      for (const answer of [refused(500, 5000), refused(404, 1202), refused(401, 1002), { status: 404, body: '' }]) {
        vendor.answerNext(answer);
        await expect(kling.find?.(plain.spec, TEXT, io())).rejects.toThrow('the vendor');
      }
    });

    it('tells whether the vendor takes the key, and what is left', async () => {
      expect(await kling.testCredential?.(io())).toEqual({
        ok: true,
        message: 'Kling takes the key; its 1 resource packs have 61.50 units left.',
      });
      const wrong = await kling.testCredential?.(io({ credential: 'wrong-canary' }));
      expect(wrong).toEqual({ ok: false, message: 'Kling refuses the key: 401 1002 Authorization failed' });
      vendor.answerNext(refused(503, 5001));
      await expect(kling.testCredential?.(io())).rejects.toThrow('the vendor');
    });
  });
});

describe('the second generation', () => {
  describeProvider(SECOND_PAGE, (_fake, io) => {
    it('answers for the tasks that can be read and for no others', async () => {
      const task = (id: string, status: string): JsonObject => ({ id, status, outputs: [] });
      const data = [task('1', 'processing'), task('2', 'succeeded'), task('3', 'processing'), null, { id: 4 }];
      vendor.answerNext({ status: 200, body: JSON.stringify({ code: 0, data }) });
      const asked = ['1', '2', '5'].map((id) => ({ id, data: { home: 'tasks' } }));
      expect([...((await kling.checkMany?.ask(asked, io())) ?? [])].map(([id]) => id)).toEqual(['1']);
      vendor.answerNext({ status: 200, body: JSON.stringify({ code: 0, data: {} }) });
      await expect(kling.checkMany?.ask(asked, io())).rejects.toThrow('without a list');
    });

    it('asks about many tasks of its own only', () => {
      expect(kling.checkMany?.takes?.({ id: '1', data: { home: 'tasks' } })).toBe(true);
      expect(kling.checkMany?.takes?.({ id: '1', data: { home: 'text2video' } })).toBe(false);
    });
  });
});

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
  const ioAt = (credential: string, ms = AT_MS): CheckIo => ({
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
  });
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
  const io: CheckIo = {
    http: async () => ({ status: 200, headers: {}, text: body }),
    baseUrl: kling.baseUrl,
    credential: PAIR,
    now: () => new Date(START_MS),
    attemptToken: 'job-1',
    callbackUrl: null,
    files: { path: () => Promise.reject(new Error('no file')), link: () => null },
    taskOf: async () => null,
    signal: AbortSignal.timeout(1_000),
    checksBefore: 0,
  };
  expect(await kling.check({ id: '830000000000000001', data: { home: 'text2video' } }, io)).toEqual({
    kind: 'done',
    video: { from: 'url', url: 'https://cdn.klingai.com/example.mp4' },
    usage: { seconds: 5, tokens: null },
  });
});
