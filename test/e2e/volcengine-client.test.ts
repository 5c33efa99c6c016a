/** The unmodified `@volcengine/openapi`, which signs each call with a key pair, against a running server. */

import { setTimeout as delay } from 'node:timers/promises';
import { Service } from '@volcengine/openapi';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { downloadPlainly, POLL } from '../support/ai-sdk.ts';
import { probeVideo } from '../support/delivered.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const VERSION = '2022-08-31';
const RENDER_LIMIT_MS = 120_000;

type Answer = {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly task_id?: string; readonly status?: string; readonly video_url?: string } | null;
  readonly ResponseMetadata?: { readonly Error: { readonly Code: string; readonly Message: string } };
};
type Call = (body: object) => Promise<Answer>;

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate();
});
afterAll(() => reelgate.stop());

function action(name: string, accessKeyId = reelgate.testKey, pathname = '/'): Call {
  const { host } = new URL(reelgate.url);
  const options = { host, protocol: 'http:', serviceName: 'cv', region: 'cn-north-1', accessKeyId };
  const call = new Service({ ...options, secretKey: 'never looked at' }).createJSONAPI(name, { Version: VERSION });
  return async (body) => (await call(body, { Action: name, pathname })) as unknown as Answer;
}

async function done(body: object): Promise<Answer> {
  for (let waitedMs = 0; waitedMs < POLL.timeoutMs; waitedMs += POLL.intervalMs) {
    const answer = await action('CVSync2AsyncGetResult')(body);
    if (answer.data?.status !== 'in_queue' && answer.data?.status !== 'generating') return answer;
    await delay(POLL.intervalMs);
  }
  throw new Error('the video did not come');
}

it(
  'submits a Jimeng video, asks until it is done and downloads it',
  async () => {
    const req_key = 'jimeng_t2v_v30';
    const submitted = await action('CVSync2AsyncSubmitTask')({ req_key, prompt: '千军万马', frames: 121, seed: -1 });
    expect(submitted).toMatchObject({ code: 10_000, message: 'Success' });
    const { code, data } = await done({ req_key, task_id: submitted.data?.task_id });
    expect({ code, status: data?.status }).toEqual({ code: 10_000, status: 'done' });
    const file = await downloadPlainly({ url: new URL(data?.video_url ?? '') });
    expect(await probeVideo(file.data)).toMatchObject({ durationMs: 5_000, width: 1280, height: 720 });
  },
  RENDER_LIMIT_MS,
);

it('submits a picture as base64 to the folder of relays', async () => {
  const req_key = 'jimeng_i2v_first_v30';
  const binary_data_base64 = [picture(1280, 720).toString('base64')];
  const submit = action('CVSync2AsyncSubmitTask', reelgate.testKey, '/jimeng/');
  const submitted = await submit({ req_key, prompt: 'x [fail:content_rejected]', binary_data_base64 });
  expect(submitted.code).toBe(10_000);
  expect(await done({ req_key, task_id: submitted.data?.task_id })).toMatchObject({
    code: 50_516,
    data: { status: 'done', video_url: '' },
  });
});

it('is told what was wrong in the codes of the API', async () => {
  const submit = action('CVSync2AsyncSubmitTask');
  expect(await submit({ req_key: 'jimeng_t2v_v30', prompt: 'x', frames: 49 })).toMatchObject({
    code: 50_215,
    data: null,
  });
  expect(await submit({ req_key: 'jimeng_t2v_v99', prompt: 'x' })).toMatchObject({ code: 50_200 });
  expect(await submit({ req_key: 'jimeng_t2v_v30', prompt: 'x [refuse:content_rejected]' })).toMatchObject({
    code: 50_412,
  });
  expect(await done({ req_key: 'jimeng_t2v_v30', task_id: '7392616336519610409' })).toMatchObject({
    code: 10_000,
    data: { status: 'not_found' },
  });
});

it('is told of a wrong key and of an unknown action as by the OpenAPI', async () => {
  const stranger = await action('CVSync2AsyncSubmitTask', 'AKLTnobody')({ req_key: 'jimeng_t2v_v30', prompt: 'x' });
  expect(stranger.ResponseMetadata?.Error).toMatchObject({ Code: 'InvalidAccessKey' });
  const unknown = await action('CVProcess')({ req_key: 'jimeng_t2v_v30' });
  expect(unknown.ResponseMetadata?.Error).toMatchObject({ Code: 'InvalidActionOrVersion' });
  for (const path of ['/?Action=CVSync2AsyncGetResult', '/jimeng/']) {
    const { status, body } = await reelgate.ask('GET', path);
    expect([status, body]).toMatchObject([405, { ResponseMetadata: { Error: { Code: 'MethodNotAllowed' } } }]);
  }
});
