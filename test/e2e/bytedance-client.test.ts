/** The unmodified AI SDK with `@ai-sdk/bytedance`, which speaks Ark's tasks, against a running server. */

import { createByteDance } from '@ai-sdk/bytedance';
import { experimental_generateVideo as generateVideo } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { downloadPlainly } from '../support/ai-sdk.ts';
import { probeVideo } from '../support/delivered.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const POLLING = { pollIntervalMs: 100, pollTimeoutMs: 100_000 };
const RENDER_LIMIT_MS = 120_000;

let reelgate: TestReelgate;
let media: MediaServer;
beforeAll(async () => {
  media = await serveMedia({
    '/first.png': { type: 'image/png', bytes: picture(640, 360) },
    '/last.png': { type: 'image/png', bytes: picture(640, 360, 1) },
  });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: media.host });
});
afterAll(async () => {
  await reelgate.stop();
  await media.close();
});

function seedance(model: string) {
  return createByteDance({ apiKey: reelgate.testKey, baseURL: `${reelgate.url}/api/v3` }).video(model);
}

it(
  'creates a Seedance video from text, waits for it and downloads it',
  async () => {
    const { video, providerMetadata } = await generateVideo({
      model: seedance('seedance-1-0-pro-fast-251015'),
      prompt: 'a red fox runs in snow',
      aspectRatio: '9:16',
      resolution: '864x480',
      duration: 2,
      seed: 7,
      providerOptions: { bytedance: { watermark: false, cameraFixed: true, serviceTier: 'flex', ...POLLING } },
      download: downloadPlainly,
    });
    expect(await probeVideo(video.uint8Array)).toMatchObject({ durationMs: 2_000, width: 480, height: 864 });
    expect(providerMetadata).toMatchObject({ bytedance: { usage: { completion_tokens: 19_845 } } });
  },
  RENDER_LIMIT_MS,
);

it(
  'creates one between two pictures',
  async () => {
    const { video } = await generateVideo({
      model: seedance('doubao-seedance-1-0-lite-i2v-250428'),
      prompt: {
        text: 'it turns',
        image: await fetch(`${media.base}/first.png`).then(
          async (response) => new Uint8Array(await response.arrayBuffer()),
        ),
      },
      resolution: '864x480',
      duration: 2,
      providerOptions: { bytedance: { lastFrameImage: `${media.base}/last.png`, ...POLLING } },
      download: downloadPlainly,
    });
    expect(await probeVideo(video.uint8Array)).toMatchObject({ durationMs: 2_000, height: 480 });
  },
  RENDER_LIMIT_MS,
);

it('is told why a video was refused, and that one failed', async () => {
  const model = seedance('seedance-1-0-pro-250528');
  const options = { providerOptions: { bytedance: POLLING }, download: downloadPlainly };
  await expect(generateVideo({ model, prompt: 'x', duration: 99, ...options })).rejects.toThrow(/duration/);
  const failed = generateVideo({ model, prompt: 'x [fail:content_rejected]', duration: 2, ...options });
  await expect(failed).rejects.toThrow(/"status":"failed"/);
});
