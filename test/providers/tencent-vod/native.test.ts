/** Tencent Cloud VOD's own API, against a fake that verifies signatures and keeps books. */

import { describe, expect, it } from 'vitest';

import { fitAnswer } from '../../../src/engine/vendor-words.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import type { CheckIo } from '../../../src/providers/provider.ts';
import type { TencentVodFake } from '../../fakes/tencent-vod-vendor.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { FakeAnswer } from '../suite.ts';
import { KLING, LIP_SYNC, MODE_EXAMPLES, TEXT } from './examples.ts';
import { DUPLICATE_CODES, error, KEY, PAGE, startVod, SUB_APP_ID, tencentVod, UNKNOWN_CODES } from './native-page.ts';

const THREE_DAYS_MS = 72 * 3_600_000;

let vod: TencentVodFake | null = null;
const started = (): TencentVodFake => {
  if (vod === null) throw new Error('the fake has not started');
  return vod;
};

describeProvider({ ...PAGE, start: async () => (vod = await startVod()) }, (_fake, io) => {
  const lastBody = (): JsonObject => asObject(started().seen.at(-1)?.body);
  const submit = async (over: Partial<CheckIo> = {}, example = TEXT) =>
    tencentVod.submit(example.spec, example.upstream, io(over));
  const accepted = async (over: Partial<CheckIo> = {}, example = TEXT) => {
    const result = await submit(over, example);
    if (result.kind !== 'accepted') throw new Error(JSON.stringify(result));
    return result.task;
  };

  describe('a submit to Tencent Cloud', () => {
    it('carries the attempt’s token, and its address for whoever passes events on', async () => {
      const own = io();
      await tencentVod.submit(TEXT.spec, TEXT.upstream, own);
      expect(lastBody()).toMatchObject({ SessionId: own.attemptToken, SessionContext: own.callbackUrl });
    });

    it('says the region only where the key has one', async () => {
      await submit();
      expect(started().seen.at(-1)?.headers['x-tc-region']).toBeUndefined();
      await submit({ credential: `${KEY}|ap-guangzhou` });
      expect(started().seen.at(-1)?.headers['x-tc-region']).toBe('ap-guangzhou');
    });

    it('whose clock is off is signed again with the vendor’s', async () => {
      const before = started().seen.length;
      await accepted({ now: () => new Date(Date.now() - 3_600_000) });
      expect(started().seen).toHaveLength(before + 2);
      started().answerNext(error('AuthFailure.SignatureExpire'));
      started().answerNext(error('AuthFailure.SignatureExpire'));
      expect(await submit()).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_credential' } });
      expect(started().seen).toHaveLength(before + 4);
    });

    it('with a wrong key blames our account, and repeats no part of the key', async () => {
      const credential = `${SUB_APP_ID}|AKIDwrong000000|wrong-secret-key`;
      const refused = fitAnswer(await submit({ credential }), credential);
      expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_credential' } });
      expect(JSON.stringify(refused)).toContain('The SecretId (key) is not found');
      expect(JSON.stringify(refused)).not.toMatch(/AKIDwrong|wrong-secret/);
    });

    it('with the key of a gateway says which key is needed, and asks nobody', async () => {
      const before = started().seen.length;
      const refused = await submit({ credential: 'sk-one-word-canary' });
      expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_credential' } });
      expect(JSON.stringify(refused)).toContain('SubAppId|SecretId|SecretKey');
      expect(JSON.stringify(refused)).not.toContain('canary');
      expect(started().seen).toHaveLength(before);
    });

    it.each(UNKNOWN_CODES)('that fails inside the vendor (%s) has an unknown outcome', async (code) => {
      started().answerNext(error(code));
      await expect(submit()).rejects.toThrow('nobody can tell');
    });

    it('takes the operator’s own name of a model, and settings for all its jobs', async () => {
      await tencentVod.submit(TEXT.spec, { ...KLING, name: 'Vidu-q3-pro', vendor: { class_id: 7 } }, io());
      expect(lastBody()).toMatchObject({ ModelName: 'Vidu', ModelVersion: 'q3-pro', OutputConfig: { ClassId: 7 } });
    });

    it('takes the version that a scene of the model is made with', async () => {
      const [motion] = MODE_EXAMPLES.filter(({ name }) => name === 'motion control');
      if (motion === undefined) throw new Error('there is such an example');
      await tencentVod.submit(motion.spec, { ...KLING, versions: { motion_control: '3.0' } }, io());
      expect(lastBody()).toMatchObject({ ModelName: 'Kling', ModelVersion: '3.0' });
    });

    it('that is too large to travel as data is an address of ours, or is refused with the reason', async () => {
      const large = { ...inputOf('first_frame', null), bytes: 8_000_000 };
      const spec = { ...TEXT.spec, mode: 'first_frame', inputs: [large] } as const;
      await accepted({}, { ...TEXT, spec });
      expect(lastBody()['FileInfos']).toMatchObject([{ Type: 'Url', Url: `https://r.example/files/${large.assetId}` }]);
      const files = { ...io().files, link: () => null };
      const refused = await tencentVod.submit(spec, TEXT.upstream, io({ files }));
      expect(refused).toMatchObject({
        failure: { kind: 'channel_unfit', message: expect.stringContaining('7 MB') },
      });
    });

    it('with a last frame that is too large for its own field sends it among the files', async () => {
      const last = { ...inputOf('last_frame', 'https://example.com/b.png'), bytes: 6_000_000 };
      const inputs = [inputOf('first_frame', 'https://example.com/a.png'), last];
      await accepted({}, { ...TEXT, spec: { ...TEXT.spec, mode: 'first_last', inputs } });
      expect(lastBody()['LastFrameUrl']).toBeUndefined();
      expect(lastBody()['FileInfos']).toMatchObject([{ Usage: 'FirstFrame' }, { Usage: 'LastFrame' }]);
    });

    it('with own fields that are no JSON object is refused with the name of the field', async () => {
      const spec = { ...TEXT.spec, vendor: { ext_info: '[1]' } };
      expect(await tencentVod.submit(spec, TEXT.upstream, io())).toMatchObject({
        failure: { kind: 'channel_unfit', message: expect.stringContaining("'ext_info'") },
      });
    });

    it('of a mode that the vendor has not is refused', async () => {
      const spec = { ...TEXT.spec, mode: 'upscale', scene: 'upscale' } as const;
      expect(await tencentVod.submit(spec, TEXT.upstream, io())).toMatchObject({
        failure: { kind: 'channel_unfit' },
      });
    });
  });

  describe('a lip sync', () => {
    const lips = (over: Partial<typeof LIP_SYNC.spec>) =>
      tencentVod.submit({ ...LIP_SYNC.spec, ...over }, LIP_SYNC.upstream, io());
    const spoken = (): JsonObject => {
      const ext = JSON.parse(String(lastBody()['ExtInfo'])) as JsonObject;
      return JSON.parse(String(ext['AdditionalParameters'])) as JsonObject;
    };

    it('first lets the vendor find the face, and ends the sound with the video', async () => {
      expect(await lips({})).toMatchObject({ kind: 'accepted' });
      expect(
        started()
          .seen.slice(-2)
          .map(({ headers }) => headers['x-tc-action']),
      ).toEqual(['DescribeAigcFaceInfo', 'CreateAigcVideoTask']);
      const times = { sound_start_time: 0, sound_end_time: 4_500, sound_insert_time: 500 };
      expect(spoken()['face_choose']).toMatchObject([{ face_id: '0', ...times }]);
      expect(lastBody()['FileInfos']).toBeUndefined();
    });

    it('says a sound to the face that the client chose', async () => {
      await lips({});
      const sessionId = String(spoken()['session_id']);
      const before = started().seen.length;
      const face = { face_id: '3', sound_start_time: 0, sound_end_time: 900, sound_insert_time: 0, sound_volume: 2 };
      await lips({ vendor: { session_id: sessionId, face_choose: [face] } });
      expect(started().seen).toHaveLength(before + 1);
      expect(spoken()).toEqual({
        session_id: sessionId,
        face_choose: [{ ...face, sound_file: 'https://example.com/speech.mp3' }],
      });
    });

    it('takes a sound of the vendor by its id', async () => {
      await lips({ inputs: LIP_SYNC.spec.inputs.slice(0, 1), vendor: { audio_id: 'a-1' } });
      expect(spoken()['face_choose']).toMatchObject([{ audio_id: 'a-1', sound_end_time: 4_000 }]);
    });

    it('without a voice or a face is refused, and makes no task', async () => {
      const before = started().books.length;
      expect(await lips({ inputs: LIP_SYNC.spec.inputs.slice(0, 1), vendor: { text: 'hello' } })).toMatchObject({
        failure: { kind: 'channel_unfit', message: expect.stringContaining('audio_id') },
      });
      const nobody = inputOf('source_video', 'https://example.com/nobody.mp4', 'video/mp4');
      expect(await lips({ inputs: [nobody, ...LIP_SYNC.spec.inputs.slice(1)] })).toMatchObject({
        failure: { kind: 'invalid_request', message: expect.stringContaining('No face') },
      });
      expect(started().books).toHaveLength(before);
    });

    it('whose face search got no answer was never submitted, so that another channel may be tried', async () => {
      started().answerNext({ status: 502, body: '' });
      await expect(lips({})).rejects.toMatchObject({ name: 'UpstreamSilence', sent: false });
      started().answerNext(error('InternalError'));
      expect(await lips({})).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_unavailable' } });
    });
  });

  describe('a submit without an answer', () => {
    const again = (attemptToken: string) => tencentVod.replay?.resubmit(TEXT.spec, TEXT.upstream, io({ attemptToken }));

    it('that arrived is a duplicate when it is sent again, and is found by its token', async () => {
      const own = io();
      const from = new Date();
      const result = await tencentVod.submit(TEXT.spec, TEXT.upstream, own);
      const before = started().books.length;
      expect(await again(own.attemptToken)).toEqual({ kind: 'duplicate', task: null });
      expect(started().books).toHaveLength(before);
      const window = { from, to: new Date(Date.now() + 1_000) };
      const listed = await tencentVod.listRecent?.(TEXT.spec, TEXT.upstream, window, own);
      const found = listed?.find(({ token }) => token === own.attemptToken);
      expect(result).toMatchObject({ kind: 'accepted', task: { id: found?.task.id } });
    });

    it('that did not arrive is accepted when it is sent again', async () => {
      expect(await again('never-arrived-1')).toMatchObject({ kind: 'accepted' });
    });

    it.each(DUPLICATE_CODES)('is known to the vendor where it says %s', async (code) => {
      started().answerNext(error(code));
      expect(await again('any')).toEqual({ kind: 'duplicate', task: null });
      started().answerNext(error(code));
      await expect(submit()).rejects.toThrow('already');
    });

    it('is looked for through all pages of the list, and those of others do not fit', async () => {
      const page = (from: number, next: string): FakeAnswer => ({
        status: 200,
        body: JSON.stringify({
          Response: {
            TaskSet: [
              { TaskId: `t-${from}`, TaskType: 'AigcVideoTask', SessionId: '' },
              { TaskId: `u-${from}`, TaskType: 'Procedure', SessionId: 'else' },
            ],
            ScrollToken: next,
          },
        }),
      });
      started().answerNext(page(1, 'next'));
      started().answerNext(page(2, ''));
      const window = { from: new Date(1_767_225_600_500), to: new Date(1_767_225_660_500) };
      const listed = await tencentVod.listRecent?.(TEXT.spec, TEXT.upstream, window, io());
      expect(listed?.map(({ task, token, fits }) => [task.id, token, fits])).toEqual([
        ['t-1', null, false],
        ['u-1', 'else', false],
        ['t-2', null, false],
        ['u-2', 'else', false],
      ]);
      expect(lastBody()).toMatchObject({
        CreateTime: { After: '2026-01-01T00:00:00Z', Before: '2026-01-01T00:01:01Z' },
        ScrollToken: 'next',
        Limit: 100,
      });
    });

    it('may be sent again for as long as the vendor remembers the token', () => {
      expect((tencentVod.replay?.rememberedHours ?? 0) * 3_600_000).toBe(THREE_DAYS_MS);
    });
  });

  describe('a check', () => {
    it('tells the progress and the seconds that were made', async () => {
      const task = await accepted();
      started().move(task.id, 'PROCESSING');
      expect(await tencentVod.check(task, io())).toMatchObject({ kind: 'waiting', progress: 0.4 });
      started().move(task.id, 'FINISH');
      expect(await tencentVod.check(task, io())).toMatchObject({ kind: 'done', usage: { seconds: 5, tokens: null } });
    });

    it('takes an aborted task for cancelled', async () => {
      const task = await accepted();
      started().move(task.id, 'ABORTED');
      expect(await tencentVod.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'cancelled' } });
    });

    it.each([
      [40000, 'parameter', 'invalid_request'],
      [60000, 'source file', 'invalid_request'],
      [70000, 'task failed', 'generation_failed'],
      [70000, 'process return rsp err:{RequestLimitExceeded GenerateImage task reached the maximum', 'rate_limited'],
      [70000, 'rsp err:{InvalidParameter.VoilationContent no}', 'content_rejected'],
    ] as const)('reads %i "%s" as %s where no further code is given', async (errCode, message, kind) => {
      const task = await accepted();
      started().move(task.id, 'FINISH');
      started().tell(task.id, { errCode, message });
      expect(await tencentVod.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind } });
    });

    it.each([
      ['of another task', { Status: 'FINISH', AigcVideoTask: { TaskId: 'other', ErrCode: 0 } }],
      ['without a task', { Status: 'FINISH', AigcVideoTask: null }],
      [
        'without a file',
        { Status: 'FINISH', AigcVideoTask: { TaskId: '<id>', ErrCode: 0, Output: { FileInfos: [] } } },
      ],
    ])('answered %s throws, which fails no job', async (_name, inner) => {
      const task = await accepted();
      started().answerNext({ status: 200, body: JSON.stringify({ Response: inner }).replace('<id>', task.id) });
      await expect(tencentVod.check(task, io())).rejects.toThrow('the vendor');
    });

    it('is put off where the vendor says so, and asks again for any other error', async () => {
      const task = await accepted();
      started().answerNext(error('RequestLimitExceeded'));
      await expect(tencentVod.check(task, io())).rejects.toBeInstanceOf(UpstreamBusy);
      for (const code of ['InternalError', 'AuthFailure.SignatureFailure', 'InvalidParameterValue.TaskId']) {
        started().answerNext(error(code));
        await expect(tencentVod.check(task, io())).rejects.not.toBeInstanceOf(UpstreamBusy);
      }
    });

    it('believes the replay bodies of the reference', async () => {
      const id = '1500000001-AigcVideoTask-cd35c792def037f1edc9455a692608f3t';
      const said = (status: string, task: JsonObject): FakeAnswer => ({
        status: 200,
        body: JSON.stringify({
          Response: { TaskType: 'AigcVideoTask', Status: status, AigcVideoTask: { TaskId: id, ...task } },
        }),
      });
      const url = 'https://example.vod2.myqcloud.com/x/aigcVideoGenFile.mp4';
      const Output = { FileInfos: [{ FileType: 'mp4', FileUrl: url, FileId: '' }], Usage: { OutputSeconds: 5 } };
      started().answerNext(said('FINISH', { ErrCode: 0, ErrCodeExt: '0', Message: 'SUCCESS', Output }));
      expect(await tencentVod.check({ id, data: {} }, io())).toEqual({
        kind: 'done',
        video: { from: 'url', url },
        usage: { seconds: 5, tokens: null },
      });
    });
  });
});

function asObject(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new Error('the fake saw no object');
  return value;
}
