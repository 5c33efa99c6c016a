/** The provider for Google's video models with Gemini Omni, which takes interactions, against a vendor written from its pages. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { veo } from '../../../src/providers/veo/veo.ts';
import { reply } from '../../fakes/fake-server.ts';
import { ACCOUNT, startVeoVendor } from '../../fakes/veo-vendor.ts';
import type { VeoVendor } from '../../fakes/veo-vendor.ts';
import { describeProvider } from '../suite.ts';
import {
  BAD_CREDENTIALS,
  bodyOf,
  EDIT,
  example,
  EXTEND,
  FIRST,
  FIRST_LAST,
  KEY,
  OMNI,
  REFERENCE,
  REFUSALS,
  SOURCE,
  submit,
  TEXT,
} from './requests.ts';

let vendor: VeoVendor;
const start = async (): Promise<VeoVendor> => {
  vendor = await startVeoVendor(KEY);
  return vendor;
};

describeProvider(
  {
    provider: veo,
    folder: join(import.meta.dirname, 'omni'),
    start,
    badCredentials: BAD_CREDENTIALS,
    credential: KEY,
    examples: [
      example('text', { ...TEXT, seconds: 3 }, OMNI),
      example('first frame', FIRST, OMNI),
      example('references', REFERENCE, OMNI),
      example('edit', EDIT, OMNI),
      example('extension', EXTEND, OMNI),
      example('upscale', { ...EDIT, mode: 'upscale', scene: 'upscale', prompt: null, resolution: '4k' }, OMNI),
    ],
    flips: {
      prompt: { prompt: 'a blue fox' },
      seconds: { seconds: 10 },
      resolution: { resolution: '360p' },
      ratio: { ratio: '9:16' },
      'a first frame': { mode: 'first_frame', inputs: FIRST.inputs },
      references: { mode: 'reference', inputs: REFERENCE.inputs },
      'a source video': { mode: 'edit', inputs: EDIT.inputs },
    },
    refusals: REFUSALS,
    states: {
      waiting: ['queued', 'in_progress', 'requires_continuation'],
      done: 'completed',
      failed: 'failed',
    },
    failures: [
      { code: 'internal', kind: 'generation_failed' },
      { code: 'invalid_request', kind: 'invalid_request' },
      { code: 'something_new', kind: 'generation_failed' },
    ],
  },
  (fake, io) => {
    describe('Omni', () => {
      it('says how many tokens were used, and gives its videos to the key alone', async () => {
        const task = await submit(io, TEXT, OMNI);
        fake().move(task.id, 'completed');
        expect(await veo.check(task, io())).toMatchObject({
          video: { withCredential: true },
          usage: { seconds: null, tokens: 57_920n },
        });
      });

      it('declines in words', async () => {
        const task = await submit(io, TEXT, OMNI);
        fake().move(task.id, 'completed', 'declined');
        expect(await veo.check(task, io())).toMatchObject({
          kind: 'failed',
          failure: { kind: 'content_rejected', detail: expect.stringContaining('help') },
        });
      });

      it.each(['incomplete', 'budget_exceeded', 'requires_action', 'cancelled'])('ends when %s', async (state) => {
        const task = await submit(io, TEXT, OMNI);
        fake().move(task.id, state);
        expect(await veo.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'generation_failed' } });
      });

      it.each([
        ['as a shortcut', { output_video: { data: 'AAAA', mime_type: 'video/mp4' } }],
        ['in a step', { steps: [{ content: [{ type: 'video', data: 'AAAA' }] }] }],
      ])('may give a video %s within its answer', async (_name, output) => {
        const task = await submit(io, TEXT, OMNI);
        fake().answerNext(reply(200, { id: task.id, status: 'completed', ...output }));
        expect(await veo.check(task, io())).toMatchObject({ kind: 'done', video: { from: 'storage' } });
      });

      it.each([
        ['another id', { id: 'v1_other', status: 'failed' }],
        ['no status', {}],
        ['nothing made', { status: 'completed' }],
      ])('does not judge a task by an answer with %s', async (_name, body) => {
        const task = await submit(io, TEXT, OMNI);
        fake().answerNext(reply(200, { id: task.id, ...body }));
        await expect(veo.check(task, io())).rejects.toThrow('the vendor');
      });

      it('is asked again for a task that it does not know', async () => {
        await expect(veo.check({ id: 'v1_never', data: {} }, io())).rejects.toThrow('400');
        await expect(veo.check({ id: '..', data: {} }, io())).rejects.toThrow('an id that is none');
      });

      it('goes on from a video of its own without being sent it', async () => {
        const made = await submit(io, TEXT, OMNI);
        const inputs = [{ ...SOURCE, jobId: 'job' }];
        await submit(io, { ...EDIT, inputs }, OMNI, { taskOf: async () => made });
        expect(bodyOf(fake())).toMatchObject({
          previous_interaction_id: made.id,
          input: [{ type: 'text', text: EDIT.prompt }],
        });
        await submit(io, { ...EDIT, inputs }, OMNI);
        expect(bodyOf(fake())).not.toHaveProperty('previous_interaction_id');
      });

      it('is told where to call back, with our token', async () => {
        const own = io();
        await veo.submit(TEXT, OMNI, own);
        expect(vendor.books.at(-1)?.token).toBe(own.attemptToken);
        await veo.submit(TEXT, OMNI, io({ callbackUrl: null }));
        expect(bodyOf(fake())).not.toHaveProperty('webhook_config');
      });

      it('can be cancelled until it has ended', async () => {
        const task = await submit(io, TEXT, OMNI);
        expect(await veo.cancel?.(task, io())).toBe(true);
        expect(await veo.cancel?.(task, io())).toBe(false);
      });

      it('does not make what it has no task for', async () => {
        const refused = await veo.submit(FIRST_LAST, OMNI, io());
        expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
      });
    });

    describe('a key of Google', () => {
      it('is tested at no cost', async () => {
        expect(await veo.testCredential?.(io())).toMatchObject({ ok: true });
        const wrong = await veo.testCredential?.(io({ credential: 'AIza-wrong-canary' }));
        expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('API_KEY_INVALID') });
        expect(wrong?.message).not.toContain('canary');
        fake().answerNext({ status: 429, body: '{}' });
        await expect(veo.testCredential?.(io())).rejects.toThrow('could not be asked');
        fake().answerNext({ status: 503, body: '' });
        await expect(veo.testCredential?.(io())).rejects.toThrow('503');
      });

      it('of a service account is tested by its access token', async () => {
        const before = vendor.tokens.length;
        expect(await veo.testCredential?.(io({ credential: vendor.account }))).toMatchObject({ ok: true });
        expect(vendor.tokens).toHaveLength(before + 1);
        fake().answerNext(reply(400, { error: 'invalid_grant', error_description: 'account not found' }));
        const wrong = await veo.testCredential?.(io({ credential: vendor.account }));
        expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('account not found') });
        fake().answerNext({ status: 500, body: '' });
        await expect(veo.testCredential?.(io({ credential: vendor.account }))).rejects.toThrow('500');
      });

      it.each([
        ['', 'an API key of the Gemini API'],
        ['Bearer AIzaSy', "without 'Bearer'"],
        ['ya29.a0AbCdEf', 'an access token'],
        ['my-project-1234.json', 'not the name of the file'],
        ['AIzaSyAbc|us-central1', 'without anything beside it'],
        ['AIza', 'is cut'],
        ['{"type":"service_acc', 'copy the whole file'],
        ['{"type":"authorized_user"}', "'type' has to be"],
        [accountWith({ project_id: '' }), "'project_id' is missing"],
        [accountWith({ client_email: null }), "'client_email' is missing"],
        [accountWith({ private_key: undefined }), "'private_key' is missing"],
        [accountWith({ project_id: '../x' }), 'not the id of a project'],
        [accountWith({ client_email: 'x' }), 'not an email address'],
        [accountWith({ token_uri: 'ftp://x' }), 'not an address'],
        [accountWith({ private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n' }), 'it was altered'],
      ])('is explained where it is not one: %#', (text, why) => {
        expect(veo.credentialFault(text)).toContain(why);
      });

      it('may be the whole file of a service account', () => {
        expect(veo.credentialFault(JSON.stringify(ACCOUNT, null, 2))).toBeNull();
      });
    });
  },
);

function accountWith(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...ACCOUNT, ...change });
}
