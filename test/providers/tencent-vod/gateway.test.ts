/** The `aigc` gateway that resells Tencent's models, against a fake of it. */

import { describe, expect, it } from 'vitest';

import { isObject } from '../../../src/model/json.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { CheckIo } from '../../../src/providers/provider.ts';
import { gatewaySignature } from '../../../src/providers/tencent-vod/sign.ts';
import { tencentVod } from '../../../src/providers/tencent-vod/tencent-vod.ts';
import { startAigcGateway } from '../../fakes/aigc-gateway-vendor.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { FakeAnswer } from '../suite.ts';
import { KLING, LIP_SYNC, MODE_EXAMPLES, SUBJECTS, TEXT } from './examples.ts';
import { SDK_KEYS } from './vectors.ts';

const SECRET_KEY = 'secret-key-canary';
const KEY = `1500000001|AKIDcanary|${SECRET_KEY}|ap-guangzhou`;
const BEARER = 'sk-gateway-canary';

const refused = (status: number, code: string, message = ''): FakeAnswer => ({
  status,
  body: JSON.stringify({ error: { code, message } }),
});

describeProvider(
  {
    provider: tencentVod,
    folder: `${import.meta.dirname}/gateway`,
    start: () =>
      startAigcGateway({ subAppId: '1500000001', secretId: 'AKIDcanary', secretKey: SECRET_KEY, bearer: BEARER }),
    credential: KEY,
    badCredentials: ['1500000001|AKIDcanary'],
    examples: [...MODE_EXAMPLES, LIP_SYNC, SUBJECTS],
    flips: {
      prompt: { prompt: 'a dog' },
      'a negative prompt': { negativePrompt: 'rain' },
      seconds: { seconds: 7 },
      resolution: { resolution: '720p' },
      'a ratio': { ratio: '9:16' },
      'no sound': { audio: false },
      'a seed of zero': { seed: 0 },
      music: { bgm: true },
      'off-peak': { offPeak: true },
      'a watermark': { watermark: true },
      'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', 'https://example.com/a.png')] },
      'camera control': { vendor: { camera_control: { type: 'simple' } } },
      'who may be seen': { vendor: { person_generation: 'AllowAdult' } },
    },
    refusals: [
      { name: 'HTTP 400', answer: refused(400, 'invalid_request'), kind: 'invalid_request' },
      { name: 'HTTP 401', answer: refused(401, 'invalid_api_key'), kind: 'upstream_credential' },
      { name: 'HTTP 403', answer: refused(403, 'insufficient_user_quota'), kind: 'upstream_credential' },
      { name: 'HTTP 404', answer: { status: 404, body: 'page not found' }, kind: 'upstream_credential' },
      { name: 'HTTP 429', answer: refused(429, ''), kind: 'rate_limited' },
      { name: 'HTTP 418', answer: refused(418, ''), kind: 'upstream_protocol' },
      {
        name: 'a code of Tencent’s in the message',
        answer: refused(400, 'upstream_error', 'err:{InvalidParameter.VoilationContent}'),
        kind: 'content_rejected',
      },
    ],
    states: { waiting: ['queued', 'pending', 'processing', 'in_progress'], done: 'completed', failed: 'failed' },
    failures: [
      { code: 'task_failed', kind: 'generation_failed' },
      { code: 'InvalidParameter.VoilationContent', kind: 'content_rejected' },
      { code: 'InternalError', kind: 'generation_failed' },
    ],
    skip: [{ test: 'lists what was submitted lately', because: 'the gateway has no list' }],
  },
  (fake, io) => {
    const submit = (over: Partial<CheckIo> = {}) => tencentVod.submit(TEXT.spec, TEXT.upstream, io(over));
    const sent = (): JsonObject => {
      const body = fake().seen.at(-1)?.body;
      if (!isObject(body)) throw new Error('the fake saw no object');
      return body;
    };

    describe('the gateway', () => {
      it('is signed as in the reference', () => {
        const keys = { kind: 'keys', subAppId: '1', region: null, signKey: null } as const;
        const { secretId, secretKey } = SDK_KEYS;
        expect(gatewaySignature(1767225600, { ...keys, secretId, secretKey })).toBe(
          'f4caf1f4e920024166b1ae175d26bcb2811eb51d01ea0bd7846d5089cf5a8279',
        );
      });

      it('is told the region, and takes a key of one word as a bearer', async () => {
        expect(await submit()).toMatchObject({ kind: 'accepted' });
        expect(fake().seen.at(-1)?.headers['x-region']).toBe('ap-guangzhou');
        expect(await submit({ credential: BEARER })).toMatchObject({ kind: 'accepted' });
        expect(fake().seen.at(-1)?.headers['x-signature']).toBeUndefined();
      });

      it('is told the operator’s own name of a model', async () => {
        await tencentVod.submit(TEXT.spec, { ...KLING, name: 'kling-3.0-omni-1080p-noref-audio' }, io());
        expect(sent()['model']).toBe('kling-3.0-omni-1080p-noref-audio');
      });

      it('takes three files; more pictures travel beside them', async () => {
        const pictures = [1, 2, 3, 4].map((n) => inputOf('reference_image', `https://example.com/${n}.png`));
        const spec = { ...TEXT.spec, mode: 'reference', inputs: pictures } as const;
        await tencentVod.submit(spec, TEXT.upstream, io());
        expect(sent()['images']).toEqual(pictures.map(({ url }) => url));
        const clips = [1, 2, 3, 4].map((n) => inputOf('reference_video', `https://example.com/${n}.mp4`, 'video/mp4'));
        expect(await tencentVod.submit({ ...spec, inputs: clips }, TEXT.upstream, io())).toMatchObject({
          kind: 'refused',
          failure: { kind: 'channel_unfit' },
        });
      });

      it('never sees a submit again, since it knows no tokens', async () => {
        const before = fake().seen.length;
        const window = { from: new Date(0), to: new Date() };
        expect(await tencentVod.replay?.resubmit(TEXT.spec, TEXT.upstream, io())).toMatchObject({ kind: 'refused' });
        expect(await tencentVod.listRecent?.(TEXT.spec, TEXT.upstream, window, io())).toEqual([]);
        expect(fake().seen).toHaveLength(before);
      });

      it('shows whether it takes a key', async () => {
        expect(await tencentVod.testCredential?.(io())).toMatchObject({ ok: true });
        expect(await tencentVod.testCredential?.(io({ credential: 'sk-wrong' }))).toMatchObject({ ok: false });
        fake().answerNext({ status: 502, body: '' });
        await expect(tencentVod.testCredential?.(io())).rejects.toThrow('502');
      });

      it('that does not say where a video lies keeps it by the id of its task', async () => {
        const result = await submit();
        if (result.kind !== 'accepted') throw new Error('refused');
        const { task } = result;
        const done: FakeAnswer = { status: 200, body: JSON.stringify({ id: task.id, status: 'completed' }) };
        fake().answerNext(done);
        const url = `${fake().url}/v1/files/video?id=${task.id}`;
        expect(await tencentVod.check(task, io())).toMatchObject({ kind: 'done', video: { url } });
        fake().answerNext(done);
        await expect(tencentVod.check(task, io({ credential: BEARER }))).rejects.toThrow('not where it is');
      });
    });
  },
);
