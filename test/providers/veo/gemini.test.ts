/** The provider for Google's video models on the Gemini API as it made Veo's videos, against a vendor written from its pages. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGoogle } from '@ai-sdk/google';
import { experimental_generateVideo as generateVideo } from 'ai';
import { describe, expect, it } from 'vitest';

import { veo } from '../../../src/providers/veo/veo.ts';
import { reply } from '../../fakes/fake-server.ts';
import { startVeoVendor } from '../../fakes/veo-vendor.ts';
import { describeProvider } from '../suite.ts';
import {
  BAD_CREDENTIALS,
  bodyOf,
  example,
  EXTEND,
  FIRST,
  FIRST_LAST,
  KEY,
  OPERATION_FAILURES,
  PREDICTION_FLIPS,
  REFERENCE,
  refusal,
  REFUSALS,
  submit,
  TEXT,
  VEO,
} from './requests.ts';

describeProvider(
  {
    provider: veo,
    folder: join(import.meta.dirname, 'gemini'),
    start: () => startVeoVendor(KEY),
    badCredentials: BAD_CREDENTIALS,
    credential: KEY,
    examples: [
      example('text', TEXT, VEO),
      example(
        'text with all settings',
        { ...TEXT, seed: 0, negativePrompt: 'rain', ratio: '9:16', resolution: '1080p' },
        VEO,
      ),
      example('first frame', { ...FIRST, seconds: 6 }, VEO),
      example('first and last frame', FIRST_LAST, VEO),
      example('references', REFERENCE, VEO),
      example('extension', EXTEND, VEO),
    ],
    flips: PREDICTION_FLIPS,
    refusals: [...REFUSALS, refusal(401, 'UNAUTHENTICATED', 'upstream_credential')],
    states: { waiting: ['running'], done: 'done', failed: 'error' },
    failures: OPERATION_FAILURES,
  },
  (fake, io) => {
    describe('Veo on the Gemini API', () => {
      it('gives its videos to the key alone', async () => {
        const task = await submit(io, TEXT, VEO);
        fake().move(task.id, 'done');
        const url = `${fake().url}/v1beta/files/f1:download?alt=media`;
        expect(await veo.check(task, io())).toMatchObject({ video: { from: 'url', url, withCredential: true } });
        expect((await fetch(url)).status).toBe(400);
        expect((await fetch(url, { headers: veo.videoHeaders?.(KEY) ?? {} })).status).toBe(200);
      });

      it('finds a video under the name that resellers give it', async () => {
        const task = await submit(io, TEXT, VEO);
        const response = {
          generateVideoResponse: { generatedVideos: [{ video: { uri: 'https://x.example/v.mp4' } }] },
        };
        fake().answerNext(reply(200, { name: task.id, done: true, response }));
        expect(await veo.check(task, io())).toMatchObject({ video: { from: 'url', url: 'https://x.example/v.mp4' } });
      });

      it('always makes sound, and says so', async () => {
        const before = fake().seen.length;
        const refused = await veo.submit({ ...TEXT, audio: false }, VEO, io());
        expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
        expect(fake().seen).toHaveLength(before);
      });

      it('is asked as the AI SDK asks it', async () => {
        const heard = await startVeoVendor(KEY);
        try {
          const made = generateVideo({
            model: createGoogle({ apiKey: KEY, baseURL: `${heard.url}/v1beta` }).video(VEO.gemini),
            prompt: TEXT.prompt ?? '',
            frameImages: [{ image: await readFile(await io().files.path({ sha256: 'aa' })), frameType: 'first_frame' }],
            aspectRatio: '16:9',
            resolution: '1280x720',
            duration: 8,
            seed: 7,
            providerOptions: { google: { negativePrompt: 'rain' } },
            download: async () => ({ data: new Uint8Array([1]), mediaType: 'video/mp4' }),
            poll: { intervalMs: 20, timeoutMs: 10_000 },
          });
          await expect.poll(() => heard.books.length, { timeout: 10_000 }).toBe(1);
          heard.move(heard.books[0]?.id ?? '', 'done');
          await made;
          await submit(io, { ...FIRST, seed: 7, negativePrompt: 'rain' }, VEO);
          expect(bodyOf(fake())).toEqual(heard.seen[0]?.body);
        } finally {
          await heard.close();
        }
      });
    });
  },
);
