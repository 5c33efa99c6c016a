/** The unmodified AI SDK with `@ai-sdk/alibaba`, against a running server. */

import { createAlibaba } from '@ai-sdk/alibaba';
import { experimental_generateVideo as generateVideo } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { probeVideo } from '../support/delivered.ts';
import { downloadPlainly, POLL } from '../support/ai-sdk.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate();
});
afterAll(() => reelgate.stop());

it('creates a Wan video, waits for it and downloads it', async () => {
  const alibaba = createAlibaba({ apiKey: reelgate.testKey, videoBaseURL: reelgate.url });
  const { video } = await generateVideo({
    model: alibaba.video('wan2.6-t2v'),
    prompt: 'a kitten runs',
    resolution: '1280x720',
    duration: 2,
    download: downloadPlainly,
    poll: POLL,
  });
  expect(await probeVideo(video.uint8Array)).toMatchObject({ durationMs: 2_000, width: 1280, height: 720 });
});

it('is told why a video was refused', async () => {
  const alibaba = createAlibaba({ apiKey: reelgate.testKey, videoBaseURL: reelgate.url });
  const refused = generateVideo({ model: alibaba.video('wan2.6-t2v'), prompt: 'x', duration: 99, poll: POLL });
  await expect(refused).rejects.toThrow(/parameters\.duration/);
});
