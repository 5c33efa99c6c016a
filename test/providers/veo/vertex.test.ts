/** The provider for Google's video models on Vertex AI, whose videos come within its answers, against a vendor written from its pages. */

import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoogleGenAI } from '@google/genai';
import { describe, expect, it } from 'vitest';

import { openDiskStorage } from '../../../src/media/storage/disk-storage.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { createHttp } from '../../../src/providers/http.ts';
import { UpstreamSilence } from '../../../src/providers/provider.ts';
import type { CheckIo } from '../../../src/providers/provider.ts';
import { GEMINI } from '../../../src/providers/veo/call.ts';
import { signAssertion } from '../../../src/providers/veo/sign.ts';
import { veo } from '../../../src/providers/veo/veo.ts';
import { reply, startFakeServer } from '../../fakes/fake-server.ts';
import { ACCOUNT, startVeoVendor } from '../../fakes/veo-vendor.ts';
import type { VeoVendor } from '../../fakes/veo-vendor.ts';
import { describeProvider } from '../suite.ts';
import {
  BAD_CREDENTIALS,
  bodyOf,
  example,
  EXTEND,
  FIRST,
  FIRST_LAST,
  KEY,
  OMNI,
  OPERATION_FAILURES,
  PREDICTION_FLIPS,
  REFERENCE,
  refusal,
  REFUSALS,
  submit,
  TEXT,
  VEO,
} from './requests.ts';

let vendor: VeoVendor;
const start = async (): Promise<VeoVendor> => {
  vendor = await startVeoVendor(KEY);
  return vendor;
};

describeProvider(
  {
    provider: veo,
    folder: join(import.meta.dirname, 'vertex'),
    start,
    badCredentials: BAD_CREDENTIALS,
    get credential() {
      return vendor.account;
    },
    examples: [
      example('text', TEXT, VEO),
      example('text without sound', { ...TEXT, audio: false, seed: 0, negativePrompt: 'rain' }, VEO),
      example(
        'first frame',
        { ...FIRST, seconds: 4, vendor: { resize_mode: 'PAD', enhance_prompt: 'Enabled', logo_add: 'x' } },
        VEO,
      ),
      example('first and last frame', { ...FIRST_LAST, resolution: '4k' }, VEO),
      example('references', REFERENCE, VEO),
      example('extension', EXTEND, VEO),
    ],
    flips: { ...PREDICTION_FLIPS, 'no sound': { audio: false } },
    refusals: REFUSALS,
    states: { waiting: ['running'], done: 'done', failed: 'error' },
    failures: OPERATION_FAILURES,
  },
  (_fake, io) => {
    describe('Veo on Vertex AI', () => {
      it('puts our token on the request as a label', async () => {
        const own = io();
        await veo.submit(TEXT, VEO, own);
        expect(vendor.books.at(-1)?.token).toBe(own.attemptToken);
      });

      it('takes the video out of the answer, into storage', async () => {
        const directory = await mkdtemp(join(tmpdir(), 'reelgate-veo-'));
        const large = await startVeoVendor(KEY, { video: Buffer.alloc(3_000_001, 'reelgate') });
        try {
          const storage = await openDiskStorage(directory);
          const openFile = () => storage.writer({ maxBytes: 10_000_000 });
          const http = createHttp(large.url, AbortSignal.timeout(5_000), openFile);
          const own = io({ http, baseUrl: large.url, credential: large.account });
          const made = await veo.submit(TEXT, VEO, own);
          if (made.kind !== 'accepted') throw new Error('refused');
          large.move(made.task.id, 'done');
          const bytes = Buffer.alloc(3_000_001, 'reelgate');
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          expect(await veo.check(made.task, own)).toMatchObject({ video: { from: 'storage', sha256 } });
          const path = await storage.localPath(sha256);
          expect(bytes.equals(await readFile(path ?? ''))).toBe(true);
        } finally {
          await large.close();
          await rm(directory, { recursive: true });
        }
      });

      it.each([
        ['within videos', { videos: [{ bytesBase64Encoded: 'AAAA' }] }],
        ['within video', { video: { bytesBase64Encoded: 'AAAA' } }],
        ['beside an encoding', { bytesBase64Encoded: 'AAAA', encoding: 'video/mp4' }],
        [
          'encoded within a sample',
          { generateVideoResponse: { generatedSamples: [{ video: { encodedVideo: 'AAAA' } }] } },
        ],
      ])('finds a video %s', async (_name, response) => {
        const task = await submit(io, TEXT, VEO);
        vendor.answerNext(reply(200, { name: task.id, done: true, response }));
        expect(await veo.check(task, io())).toMatchObject({ kind: 'done', video: { from: 'storage' } });
      });

      it.each([
        ['another name', { name: 'projects/x', done: true, error: { code: 3 } }],
        ['nothing in it', { done: true }],
        ['no video', { done: true, response: { videos: [], raiMediaFilteredCount: 0 } }],
        ['a video in a bucket', { done: true, response: { videos: [{ gcsUri: 'gs://b/o.mp4' }] } }],
        ['an empty video', { done: true, response: { videos: [{ bytesBase64Encoded: '' }] } }],
      ])('does not judge a task by an answer with %s', async (_name, body) => {
        const task = await submit(io, TEXT, VEO);
        vendor.answerNext(reply(200, body));
        await expect(veo.check(task, io())).rejects.toThrow('the vendor');
      });

      it('asks only about operations of its own', async () => {
        for (const id of ['v1_abc', 'models/veo/operations/1', 'projects/../locations/x', '../x'])
          await expect(veo.check({ id, data: {} }, io())).rejects.toThrow('an id that is none');
      });

      it('has nothing to cancel, and no Omni', async () => {
        expect(await veo.cancel?.(await submit(io, TEXT, VEO), io())).toBe(false);
        expect(await veo.submit(TEXT, OMNI, io())).toMatchObject({ kind: 'refused', failure: { kind: 'no_channel' } });
      });

      it('asks as the Google Gen AI SDK does', async () => {
        const heard = await startFakeServer(() => reply(200, { name: 'projects/p' }));
        try {
          const httpOptions = { baseUrl: heard.url };
          const genai = new GoogleGenAI({ vertexai: true, apiKey: KEY, httpOptions });
          const image = { imageBytes: (await readFile(await io().files.path({ sha256: 'aa' }))).toString('base64') };
          await genai.models.generateVideos({
            model: VEO.model,
            source: { prompt: TEXT.prompt ?? '', image: { ...image, mimeType: 'image/png' } },
            config: {
              numberOfVideos: 1,
              durationSeconds: 8,
              resolution: '720p',
              aspectRatio: '16:9',
              seed: 7,
              negativePrompt: 'rain',
              generateAudio: false,
              personGeneration: 'allow_adult',
              enhancePrompt: true,
            },
          });
          const vendorKeys = { person_generation: 'allow_adult', enhance_prompt: true };
          await submit(io, { ...FIRST, seed: 7, negativePrompt: 'rain', audio: false, vendor: vendorKeys }, VEO);
          expect(without(bodyOf(vendor), 'labels')).toEqual(heard.seen[0]?.body);
        } finally {
          await heard.close();
        }
      });
    });

    describe('the access token of a service account', () => {
      it('is asked for once, and again when it is about to end or is no longer taken', async () => {
        await submit(io, TEXT, VEO);
        const before = vendor.tokens.length;
        await submit(io, TEXT, VEO);
        expect(vendor.tokens).toHaveLength(before);
        vendor.endTokens();
        await submit(io, TEXT, VEO);
        expect(vendor.tokens).toHaveLength(before + 1);
        const almostAnHourAgo = new Date(Date.now() - 56 * 60_000);
        await veo.testCredential?.(io({ now: () => almostAnHourAgo }));
        await submit(io, TEXT, VEO);
        expect(vendor.tokens).toHaveLength(before + 3);
      });

      it('is asked for anew only once for a call', async () => {
        const told = vendor.seen.length;
        const refused = refusal(401, 'UNAUTHENTICATED', 'upstream_credential');
        vendor.answerNext(refused.answer);
        await submit(io, TEXT, VEO);
        expect(vendor.seen.slice(told).map(({ path }) => path.split(':').at(-1))).toEqual([
          'predictLongRunning',
          '/token',
          'predictLongRunning',
        ]);
      });

      it('that Google does not give out refuses the submit', async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
        const account = JSON.parse(vendor.account) as JsonObject;
        const credential = JSON.stringify({ ...account, private_key: pem });
        const refused = await veo.submit(TEXT, VEO, io({ credential }));
        expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_credential' } });
        expect(JSON.stringify(refused)).toContain('invalid_grant');
        expect(JSON.stringify(refused)).not.toContain('PRIVATE KEY');
      });

      it.each([500, 429])('that could not be asked for (%s) leaves the submit unsent', async (status) => {
        await submit(io, TEXT, VEO);
        vendor.answerNext(refusal(401, 'UNAUTHENTICATED', 'upstream_credential').answer);
        vendor.answerNext({ status, body: '' });
        const failed = await veo.submit(TEXT, VEO, io()).catch((error: unknown) => error);
        expect(failed).toMatchObject({ name: 'UpstreamSilence', sent: false });
        expect(failed).toBeInstanceOf(UpstreamSilence);
      });

      it('is not repeated where Google repeats it', async () => {
        vendor.answerNext(reply(400, { error: { status: 'INVALID_ARGUMENT', message: String(vendor.tokens.at(-1)) } }));
        expect(JSON.stringify(await veo.submit(TEXT, VEO, io()))).not.toContain('ya29.');
      });

      it('is asked for with an assertion whose parts are known', () => {
        const { private_key: privateKey, client_email: email, project_id: project } = ACCOUNT;
        const tokenUrl = 'https://oauth2.googleapis.com/token';
        const account = { kind: 'account', project, email, privateKey, privateKeyId: null, tokenUrl } as const;
        const parts = signAssertion(account, new Date(1_700_000_000_999)).split('.');
        expect(parts.map((part) => Buffer.from(part, 'base64url').toString()).slice(0, 2)).toEqual([
          '{"alg":"RS256","typ":"JWT"}',
          `{"iss":"${email}","scope":"https://www.googleapis.com/auth/cloud-platform","aud":"${tokenUrl}","iat":1700000000,"exp":1700003600}`,
        ]);
      });
    });

    it.each([
      [GEMINI, 'https://us-central1-aiplatform.googleapis.com/v1/', 'us-central1'],
      ['https://europe-west4-aiplatform.googleapis.com', '/v1/', 'europe-west4'],
      ['https://aiplatform.googleapis.com', '/v1/', 'global'],
      ['http://127.0.0.1:1', '/v1/', 'us-central1'],
    ])('a channel at %s is asked in the region that it names', async (baseUrl, begins, location) => {
      const paths: string[] = [];
      const http: CheckIo['http'] = async ({ path }) => {
        paths.push(path);
        const body = path.endsWith('/token') ? { access_token: 'x', expires_in: 3600 } : { name: 'projects/p' };
        return { status: 200, headers: {}, text: JSON.stringify(body) };
      };
      await veo.submit(TEXT, VEO, io({ http, baseUrl })).catch(() => null);
      expect(paths.at(-1)).toMatch(new RegExp(`^${begins}.*/locations/${location}/`));
    });
  },
);

/** What only differs from one attempt to the next. */
function without(body: unknown, ...keys: readonly string[]): unknown {
  const entries = Object.entries(body as JsonObject).filter(([key]) => !keys.includes(key));
  return Object.fromEntries(entries);
}
