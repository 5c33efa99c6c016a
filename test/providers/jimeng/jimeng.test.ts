/** The provider for Jimeng, against a vendor written from the pages of Volcengine's visual API. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../../src/catalogue/index.ts';
import type { FailureKind } from '../../../src/model/failure.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { signedHeaders } from '../../../src/providers/jimeng/sign.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import { startJimengVendor } from '../../fakes/jimeng-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { describeProvider, example, inputOf } from '../suite.ts';
import type { ErrorRow, Fake } from '../suite.ts';

const jimeng = providerNamed('jimeng');
const KEY = 'AKLTtest0000|c2VjcmV0LXRlc3Q/+=';
const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const CLIP = 'https://example.com/c.mp4';
const SONG = 'https://example.com/s.mp3';

const V2 = wordsOf('jimeng-video-2.0');
const V3 = wordsOf('jimeng-video-3.0');
const CAMERA = wordsOf('jimeng-video-3.0-recamera');
const PRO = wordsOf('JV-3.0-pro');
const ACTOR = { name: 'jimeng_dreamactor_m20_gen_video' };
const HUMAN = { name: 'jimeng_realman_avatar_picture_omni_v15' };

const TEXT: VideoSpec = {
  ...SPEC,
  model: 'jimeng-video-3.0',
  requestedModel: 'jimeng-video-3.0',
  prompt: '千军万马',
  audio: false,
};
const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', ratio: '427:240', inputs: [inputOf('first_frame', A)] };
const BOTH: VideoSpec = {
  ...FIRST,
  mode: 'first_last',
  inputs: [inputOf('first_frame', A), inputOf('last_frame', B)],
};
const MOTION: VideoSpec = {
  ...FIRST,
  mode: 'motion_control',
  scene: 'motion_control',
  prompt: null,
  inputs: [inputOf('first_frame', A), inputOf('motion_video', CLIP, 'video/mp4')],
};
const AVATAR: VideoSpec = {
  ...FIRST,
  mode: 'avatar_i2v',
  scene: 'avatar_i2v',
  resolution: '1080p',
  inputs: [inputOf('first_frame', A), inputOf('audio', SONG, 'audio/mpeg')],
};

/** As the catalogue has them. */
function wordsOf(model: string): JsonObject {
  const words = findModel(model)?.row.servings.find(({ provider }) => provider === 'jimeng')?.upstream;
  if (words === undefined) throw new Error(`${model} is not served by Jimeng`);
  return words;
}

function refusal(status: number, code: number, kind: FailureKind): ErrorRow {
  const body = JSON.stringify({ code, data: null, message: 'as the page says', request_id: 'r', status: code });
  return { name: `${status} ${code}`, answer: { status, body }, kind };
}

function atTheDoor(status: number, code: string, kind: FailureKind): ErrorRow {
  const metadata = { RequestId: 'r8', Action: 'CVSync2AsyncSubmitTask', Service: 'cv' };
  const body = JSON.stringify({ ResponseMetadata: { ...metadata, Error: { Code: code, Message: '…' } } });
  return { name: `${status} ${code}`, answer: { status, body }, kind };
}

const REFUSALS: readonly ErrorRow[] = [
  ...[50411, 50412, 50413, 50511, 50512, 50516, 50517, 50518, 50519].map((code) =>
    refusal(400, code, 'content_rejected'),
  ),
  ...[50520, 50521, 50522].map((code) => refusal(400, code, 'upstream_unavailable')),
  refusal(400, 50215, 'invalid_request'),
  refusal(400, 50200, 'upstream_protocol'),
  refusal(400, 50400, 'upstream_credential'),
  refusal(429, 50429, 'rate_limited'),
  refusal(429, 50430, 'rate_limited'),
  refusal(200, 50413, 'content_rejected'),
  refusal(400, 59999, 'invalid_request'),
  atTheDoor(401, 'SignatureDoesNotMatch', 'upstream_credential'),
  atTheDoor(401, 'InvalidAccessKey', 'upstream_credential'),
  atTheDoor(403, 'InvalidTimestamp', 'upstream_credential'),
  atTheDoor(403, 'InvalidSignature', 'upstream_credential'),
  atTheDoor(403, 'SomethingNew', 'upstream_credential'),
  { name: 'a bare 429', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
];

describeProvider(
  {
    provider: jimeng,
    folder: import.meta.dirname,
    start: () => startJimengVendor(KEY),
    credential: KEY,
    badCredentials: [
      'AKLTtest0000',
      '|secret-only',
      'AKLTtest0000|',
      'a|b|c',
      'AKLT|with space',
      `A|${'s'.repeat(251)}`,
    ],
    examples: [
      example('text', { ...TEXT, seed: -1 }, V3),
      example('text in 1080p', { ...TEXT, resolution: '1080p', seconds: 10, seed: 0, ratio: '21:9' }, V3),
      example('text of 2.0', TEXT, V2),
      example('text of 3.0 Pro', { ...TEXT, resolution: '1080p' }, PRO),
      example('first frame', { ...FIRST, seed: 7 }, V3),
      example('first frame in 1080p', { ...FIRST, resolution: '1080p' }, V3),
      example('first frame of 2.0', FIRST, V2),
      example('first frame of 3.0 Pro without a prompt', { ...FIRST, prompt: null, resolution: '1080p' }, PRO),
      example('a picture that is only with us', { ...FIRST, inputs: [inputOf('first_frame', null)] }, V3),
      example('first and last frame', BOTH, V3),
      example('first and last frame in 1080p', { ...BOTH, resolution: '1080p' }, V3),
      example(
        'a last frame that is only with us',
        { ...BOTH, inputs: [inputOf('first_frame', null), inputOf('last_frame', null)] },
        V3,
      ),
      example('camera', { ...FIRST, vendor: { template_id: 'robo_arm', camera_strength: 'strong' } }, CAMERA),
      example('motion', MOTION, ACTOR),
      example('digital human', { ...AVATAR, vendor: { pe_fast_mode: false, mask_url: [B] } }, HUMAN),
    ],
    flips: {
      prompt: { prompt: 'a blue fox' },
      seconds: { seconds: 10 },
      resolution: { resolution: '1080p' },
      ratio: { ratio: '9:16' },
      'seed 0': { seed: 0 },
      'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
    },
    refusals: REFUSALS,
    states: { waiting: ['in_queue', 'generating', 'processing'], done: 'done', failed: 'done' },
    failures: [
      ...['50411', '50412', '50413', '50511', '50512', '50516', '50517', '50518', '50519'].map(
        (code) => ({ code, kind: 'content_rejected' }) as const,
      ),
      { code: '50520', kind: 'upstream_unavailable' },
      { code: '50521', kind: 'upstream_unavailable' },
      { code: '50522', kind: 'upstream_unavailable' },
      { code: '50500', kind: 'generation_failed' },
      { code: '50501', kind: 'generation_failed' },
      { code: '59999', kind: 'generation_failed' },
    ],
  },
  (fake, io, submit) => {
    describe('a Jimeng submit', () => {
      it('keeps keys for other vendors to itself', async () => {
        await submit({ ...TEXT, vendor: { logo_add: 'x', template_id: 'robo_arm' } }, V3);
        expect(Object.keys(bodyOf(fake()))).toEqual(['req_key', 'prompt', 'frames', 'aspect_ratio']);
      });

      it('sends all pictures in one way, even if only one of them has no address', async () => {
        await submit({ ...BOTH, inputs: [inputOf('first_frame', A), inputOf('last_frame', null)] }, V3);
        expect(bodyOf(fake())).not.toHaveProperty('image_urls');
        expect(bodyOf(fake())).toMatchObject({ binary_data_base64: [expect.any(String), expect.any(String)] });
      });

      it('gives a link to a file that the vendor has to fetch, or says that it needs one', async () => {
        const inputs = [inputOf('first_frame', A), inputOf('motion_video', null, 'video/mp4')];
        await submit({ ...MOTION, inputs }, ACTOR);
        expect(bodyOf(fake())).toMatchObject({ video_url: expect.stringContaining('https://r.example/files/') });
        const files = { ...io().files, link: () => null };
        const refused = await jimeng.submit({ ...MOTION, inputs }, ACTOR, io({ files }));
        expect(refused).toMatchObject({ failure: { message: expect.stringContaining('a public URL') } });
        const silent = await jimeng.submit({ ...AVATAR, inputs: [inputOf('first_frame', A)] }, HUMAN, io());
        expect(silent).toMatchObject({ failure: { message: expect.stringContaining('a file for audio') } });
      });

      it.each([
        ['a resolution without a product', { ...TEXT, resolution: '4k' }, V3],
        ['a mode without a product', BOTH, V2],
        ['a mode that no product has', { ...TEXT, mode: 'extend' }, { name: 'jimeng_t2v_v30' }],
      ] satisfies [string, VideoSpec, JsonObject][])('of %s goes to another channel', async (_name, spec, upstream) => {
        const before = fake().seen.length;
        const refused = await jimeng.submit(spec, upstream, io());
        expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_protocol' } });
        expect(fake().seen).toHaveLength(before);
      });

      it.each([
        [400, { code: 50500, data: null, message: 'Internal Error' }],
        [400, { code: 50501, data: null, message: 'Internal RPC Error' }],
        [500, { code: 50500, data: null, message: 'Internal Error' }],
        [200, { code: 10000, data: null, message: 'Success' }],
        [200, { code: 10000, data: { task_id: '../x' }, message: 'Success' }],
        [200, { code: 59999, data: null, message: '?' }],
        [418, { code: 59999, data: null, message: '?' }],
      ])('answered %d %o may have been taken', async (status, body) => {
        fake().answerNext({ status, body: JSON.stringify(body) });
        await expect(jimeng.submit(TEXT, V3, io())).rejects.toThrow(String(status));
      });

      it('with a prompt that is not allowed fails for that', async () => {
        const refused = await jimeng.submit({ ...TEXT, prompt: '{{policy}}' }, V3, io());
        expect(refused).toMatchObject({
          failure: { kind: 'content_rejected', detail: expect.stringContaining('50412') },
        });
      });

      it('is signed for the moment it is sent', async () => {
        const now = () => new Date(Date.now() - 3_600_000);
        const refused = await jimeng.submit(TEXT, V3, io({ now }));
        expect(refused).toMatchObject({ failure: { detail: expect.stringContaining('InvalidTimestamp') } });
      });
    });

    describe('Jimeng tasks', () => {
      it('are asked about with the key of their product', async () => {
        const task = await submit(BOTH, V3);
        expect(task.data).toEqual({ reqKey: 'jimeng_i2v_first_tail_v30' });
        await jimeng.check(task, io());
        expect(bodyOf(fake())).toEqual({ req_key: 'jimeng_i2v_first_tail_v30', task_id: task.id });
        const human = await submit(AVATAR, HUMAN);
        expect(await jimeng.check(human, io())).toMatchObject({ kind: 'waiting' });
        expect(fake().seen.at(-1)?.path).toContain('Action=CVGetResult&');
      });

      it('that an operator attaches are named with the key of their product', async () => {
        const { id } = await submit(TEXT, V3);
        const attached = { id: `jimeng_t2v_v30:${id}`, data: {} };
        expect(await jimeng.check(attached, io())).toMatchObject({ kind: 'waiting' });
        await expect(jimeng.check({ id, data: {} }, io())).rejects.toThrow('req_key:task_id');
      });

      it('that the vendor does not find are asked for again', async () => {
        const task = await submit(TEXT, V3);
        await expect(jimeng.check({ ...task, data: { reqKey: 'jimeng_t2v_v30_1080p' } }, io())).rejects.toThrow(
          '10000',
        );
      });

      it('that the vendor has let expire have ended', async () => {
        const task = await submit(TEXT, V3);
        fake().move(task.id, 'expired');
        expect(await jimeng.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'expired' } });
      });

      it('that did not pass the review have failed, also where nothing else is said of them', async () => {
        const task = await submit(TEXT, V3);
        for (const status of [200, 400]) {
          fake().answerNext({ status, body: '{"code":50413,"data":null,"message":"Post Text Risk Not Pass"}' });
          expect(await jimeng.check(task, io())).toMatchObject({
            kind: 'failed',
            failure: { kind: 'content_rejected', detail: '50413 Post Text Risk Not Pass' },
          });
        }
      });

      it.each([
        ['an internal error', { code: 50500, data: null, message: 'Internal Error' }],
        ['a refusal of the request', { code: 50215, data: null, message: 'Input invalid' }],
        ['a refusal of the key', { ResponseMetadata: { Error: { Code: 'SignatureDoesNotMatch', Message: 'x' } } }],
        ['no state', { code: 10000, data: {}, message: 'Success' }],
        ['no data', { code: 10000, data: null, message: 'Success' }],
        ['no address', { code: 10000, data: { status: 'done', video_url: '' }, message: 'Success' }],
      ])('are not judged by %s', async (_name, body) => {
        const task = await submit(TEXT, V3);
        fake().answerNext({ status: 200, body: JSON.stringify(body) });
        await expect(jimeng.check(task, io())).rejects.toThrow('the vendor answered');
      });

      it.each([50429, 50430])('are left alone where the vendor says %d', async (code) => {
        const task = await submit(TEXT, V3);
        fake().answerNext({ status: 200, body: JSON.stringify({ code, data: null, message: 'limit' }) });
        await expect(jimeng.check(task, io())).rejects.toBeInstanceOf(UpstreamBusy);
      });
    });

    describe('a Jimeng key', () => {
      it('is tested by a question that costs nothing', async () => {
        const before = fake().books.length;
        expect(await jimeng.testCredential?.(io())).toMatchObject({ ok: true });
        const wrong = await jimeng.testCredential?.(io({ credential: 'AKLTtest0000|secret-canary' }));
        expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('SignatureDoesNotMatch') });
        expect(fake().books).toHaveLength(before);
      });

      it.each([
        [503, ''],
        [429, '{"code":50429,"data":null}'],
        [200, 'hello'],
      ])('is not judged by an answer of %d %s', async (status, body) => {
        fake().answerNext({ status, body });
        await expect(jimeng.testCredential?.(io())).rejects.toThrow(String(status));
      });

      it.each([
        ['AKLTtest0000', "no '|'"],
        ['|secret-only', 'the AccessKeyId before'],
        ['AKLTtest0000|', 'the SecretAccessKey after'],
        ['a|b|c', '3 parts'],
        ['AKLT | secret', 'without spaces'],
      ])('such as %s is explained', (text, why) => {
        expect(jimeng.credentialFault(text)).toContain(why);
      });
    });
  },
);

/** Vectors of @volcengine/openapi 1.36.2 for a made-up key. */
describe("Volcengine's signature", () => {
  const credential = { accessKeyId: 'AKLTEXAMPLE', secretAccessKey: 'VOLCSECRETEXAMPLE' };
  const SCOPE = 'AKLTEXAMPLE/20260101/cn-north-1/cv/request';
  const vectors = [
    {
      name: 'a submit',
      at: new Date('2026-01-01T00:00:00Z'),
      query: 'Action=CVSync2AsyncSubmitTask&Version=2022-08-31',
      body: '{"req_key":"jimeng_t2v_v30","prompt":"千军万马","seed":-1,"frames":121,"aspect_ratio":"16:9"}',
      hash: '86f8dc6c79dab074a37e0690416157fcb6683cd5e27352749ee19be33803d0e8',
      time: '20260101T000000Z',
      signature: 'e1d3a9338a2679e85852fcdf9371da260357746ff0ab8474eb8feaee281344e8',
      withType: '22a2ce3a2d52bb474ba565e7428a6766dc91569ada436167e89c18acedcc71a2',
    },
    {
      name: 'a question',
      at: new Date('2026-01-01T00:01:30Z'),
      // Another order, as the canonical one is sorted.
      query: 'Version=2022-08-31&Action=CVSync2AsyncGetResult',
      body: '{"req_key":"jimeng_t2v_v30","task_id":"7392616336519610409"}',
      hash: 'fb9ad4e9500a5f8ce1fba86a5f8708142a074934631f559598ad89fbf5a8c123',
      time: '20260101T000130Z',
      signature: 'dc0f68c6f109166181b5870479054910decec1f5c2fb4b634661fd2f9540b736',
      withType: 'c748b75e9722b607136149f9515f834dec6cb4a17ebfc1ddd1be2a200c91a90b',
    },
  ];

  it.each(vectors)('of $name is as the SDK makes it', ({ at, query, body, hash, time, signature }) => {
    const url = new URL(`https://visual.volcengineapi.com/?${query}`);
    expect(signedHeaders({ method: 'POST', url, body, at }, credential)).toEqual({
      'x-date': time,
      'x-content-sha256': hash,
      authorization: `HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;x-content-sha256;x-date, Signature=${signature}`,
    });
  });

  it.each(vectors)('of $name with the type of its content is as the other samples make it', (vector) => {
    const url = new URL(`https://visual.volcengineapi.com/?${vector.query}`);
    const headers = { 'content-type': 'application/json' };
    const { authorization } = signedHeaders(
      { method: 'POST', url, body: vector.body, at: vector.at, headers },
      credential,
    );
    expect(authorization).toContain('SignedHeaders=content-type;host;x-content-sha256;x-date');
    expect(authorization).toContain(`Signature=${vector.withType}`);
  });
});

function bodyOf(fake: Fake): JsonObject {
  return fake.seen.at(-1)?.body as JsonObject;
}
