/** The unmodified `@google/genai`, whose third version makes Veo videos only in Vertex AI's shape. */

import { setTimeout as delay } from 'node:timers/promises';
import { GoogleGenAI } from '@google/genai';
import type { GenerateVideosOperation } from '@google/genai';
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

function client(): GoogleGenAI {
  return new GoogleGenAI({ vertexai: true, apiKey: reelgate.testKey, httpOptions: { baseUrl: reelgate.url } });
}

async function ended(genai: GoogleGenAI, started: GenerateVideosOperation): Promise<GenerateVideosOperation> {
  let operation = started;
  for (let waitedMs = 0; operation.done !== true && waitedMs < POLL.timeoutMs; waitedMs += POLL.intervalMs) {
    await delay(POLL.intervalMs);
    operation = await genai.operations.getVideosOperation({ operation });
  }
  return operation;
}

it('creates a Veo video, waits for it and downloads it', async () => {
  const genai = client();
  const started = await genai.models.generateVideos({
    model: 'veo-3.1-fast-generate-001',
    source: { prompt: 'a red fox runs' },
    config: { numberOfVideos: 1, durationSeconds: 4, aspectRatio: '9:16', resolution: '720p' },
  });
  const { response } = await ended(genai, started);
  const uri = response?.generatedVideos?.[0]?.video?.uri ?? '';
  const { data } = await downloadPlainly({ url: new URL(uri) });
  expect(await probeVideo(data)).toMatchObject({ durationMs: 4_000, width: 720, height: 1280 });
});

it('is told what was wrong with a request', async () => {
  const refused = client().models.generateVideos({
    model: 'veo-3.1-fast-generate-001',
    source: { prompt: 'a red fox runs' },
    config: { durationSeconds: 99 },
  });
  await expect(refused).rejects.toThrow(/parameters\.durationSeconds/);
});
