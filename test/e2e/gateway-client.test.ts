/** The unmodified AI SDK with `@ai-sdk/gateway`: a video that is waited for, and one that is started and asked about. */

import { createGateway } from '@ai-sdk/gateway';
import {
  experimental_generateVideo as generateVideo,
  experimental_startVideo as startVideo,
  experimental_getVideoStatus as getVideoStatus,
} from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { downloadPlainly, POLL } from '../support/ai-sdk.ts';
import { probeVideo } from '../support/delivered.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate();
});
afterAll(() => reelgate.stop());

const model = () => createGateway({ apiKey: reelgate.testKey, baseURL: reelgate.url }).video('klingai/kling-v2-6');
const SHORT = { prompt: 'a paper boat', duration: 5, resolution: '1280x720' } as const;

it('is polled by the SDK until the video is there, and downloads it', async () => {
  const { video } = await generateVideo({ model: model(), ...SHORT, download: downloadPlainly, poll: POLL });
  expect(await probeVideo(video.uint8Array)).toMatchObject({ durationMs: 5_000, width: 1280, height: 720 });
});

it('starts a video and asks about it later', async () => {
  const { operation } = await startVideo({ model: model(), ...SHORT });
  await reelgate.ended(String(Object(operation)['id']));
  const status = await getVideoStatus(model(), { operation });
  expect(status).toMatchObject({ status: 'completed', videos: [{ type: 'url', mediaType: 'video/mp4' }] });
});

it('waits on one connection where the client does not poll', async () => {
  const waiting = model();
  const made = await waiting.doGenerate?.({ ...QUESTION, prompt: 'a paper boat' });
  expect(made?.videos).toMatchObject([{ type: 'url', mediaType: 'video/mp4' }]);
  const failed = waiting.doGenerate?.({ ...QUESTION, prompt: 'x [fail:generation_failed]' });
  await expect(failed).rejects.toThrow(/sandbox/);
});

it('is told that a model does not exist', async () => {
  const none = createGateway({ apiKey: reelgate.testKey, baseURL: reelgate.url }).video('klingai/kling-99');
  await expect(startVideo({ model: none, ...SHORT })).rejects.toThrow(/kling-99/);
});

/** All that the SDK hands to a model. */
const QUESTION = {
  n: 1,
  aspectRatio: '16:9',
  resolution: undefined,
  duration: 5,
  fps: undefined,
  seed: undefined,
  image: undefined,
  frameImages: undefined,
  inputReferences: undefined,
  generateAudio: undefined,
  providerOptions: {},
} as const;
