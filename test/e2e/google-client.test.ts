/** The unmodified AI SDK with `@ai-sdk/google`, which still makes Veo videos through the Gemini API's shape. */

import { createGoogle } from '@ai-sdk/google';
import { experimental_generateVideo as generateVideo } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { downloadPlainly, POLL } from '../support/ai-sdk.ts';
import { probeVideo } from '../support/delivered.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate();
});
afterAll(() => reelgate.stop());

it('creates a Veo video from a picture, waits for it and downloads it with the key', async () => {
  const google = createGoogle({ apiKey: reelgate.testKey, baseURL: `${reelgate.url}/v1beta` });
  const { video } = await generateVideo({
    model: google.video('veo-3.1-fast-generate-001'),
    prompt: 'it comes to life',
    frameImages: [{ image: picture(1280, 720), frameType: 'first_frame' }],
    resolution: '1280x720',
    duration: 4,
    download: downloadPlainly,
    poll: POLL,
  });
  expect(await probeVideo(video.uint8Array)).toMatchObject({ durationMs: 4_000, width: 1280, height: 720 });
});
