/** The provider for OpenAI-compatible servers, against a vendor that cuts its answers and keeps its own books. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { VideoSpec } from '../../../src/model/spec.ts';
import { createHttp } from '../../../src/providers/http.ts';
import { UpstreamSilence } from '../../../src/providers/provider.ts';
import type { CheckIo, CheckResult, SubmitResult } from '../../../src/providers/provider.ts';
import { providerNamed } from '../../support/providers.ts';
import { CHECK_FAULTS, startFakeVendor } from '../../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../../fakes/openai-video-vendor.ts';
import { SPEC } from '../../support/rows.ts';

const openaiVideo = providerNamed('openai-video');
const KEY = 'sk-vendor-canary';
const UPSTREAM = { name: 'sora-2' };

let vendor: FakeVendor;
beforeAll(async () => {
  vendor = await startFakeVendor({ video: Buffer.from('mp4'), key: KEY });
});
afterAll(() => vendor.close());

function io(over: Partial<CheckIo> & { base?: string } = {}): CheckIo {
  const signal = AbortSignal.timeout(300);
  return {
    http: createHttp(over.base ?? vendor.url, signal),
    baseUrl: over.base ?? vendor.url,
    credential: KEY,
    now: () => new Date(),
    attemptToken: 'token-1',
    callbackUrl: null,
    files: { path: () => Promise.reject(new Error('no file is needed')), link: () => null },
    taskOf: async () => null,
    signal,
    checksBefore: 0,
    ...over,
  };
}

const spec = (prompt: string, over: Partial<VideoSpec> = {}): VideoSpec => ({ ...SPEC, prompt, ...over });
const submit = (prompt: string, over: Partial<VideoSpec> = {}): Promise<SubmitResult> =>
  openaiVideo.submit(spec(prompt, over), UPSTREAM, io());

async function check(prompt: string): Promise<CheckResult> {
  const result = await submit(prompt);
  if (result.kind !== 'accepted') throw new Error('the task was accepted');
  return openaiVideo.check(result.task, io());
}

describe('a submit', () => {
  it('sends the spec in the vendor’s words, with our token', async () => {
    const picture = {
      role: 'first_frame',
      assetId: 'a',
      sha256: 's',
      mime: 'image/png',
      bytes: 1,
      width: 1,
      height: 1,
      durationMs: null,
    } as const;
    const made = await submit('a fox', { inputs: [{ ...picture, url: 'https://example.com/a.png' }] });
    expect(made.kind).toBe('accepted');
    expect(vendor.books.at(-1)).toMatchObject({
      model: 'sora-2',
      prompt: 'a fox',
      seconds: '5',
      size: '1280x720',
      token: 'token-1',
    });
  });

  it.each([
    ['refuse_400', 'content_rejected'],
    ['refuse_429', 'rate_limited'],
  ] as const)('that is refused (%s) made no task', async (fault, kind) => {
    const before = vendor.books.length;
    expect(await submit(`x {{${fault}}}`)).toMatchObject({ kind: 'refused', failure: { kind } });
    expect(vendor.books).toHaveLength(before);
  });

  it.each([
    'error_before',
    'error_after',
    'html_after',
    'empty_after',
    'error_body_after',
    'types_after',
    'truncated_after',
  ] as const)('without a clear answer (%s) throws: its outcome is unknown', async (fault) => {
    await expect(submit(`x {{${fault}}}`)).rejects.toThrow('the vendor');
  });

  it.each(['drop_after', 'cut_after', 'huge_after', 'hang_after', 'drip_after'] as const)(
    'whose answer is lost (%s) may have arrived',
    async (fault) => {
      await expect(submit(`x {{${fault}}}`)).rejects.toMatchObject({ name: 'UpstreamSilence', sent: true });
    },
  );

  it('to nobody was never sent', async () => {
    const gone = openaiVideo.submit(spec('x'), UPSTREAM, io({ base: 'http://127.0.0.1:1' }));
    await expect(gone).rejects.toEqual(new UpstreamSilence('no answer from the vendor (ECONNREFUSED)', false));
  });

  it('with a wrong key blames our account, and repeats the key nowhere', async () => {
    const refused = await openaiVideo.submit(spec('x'), UPSTREAM, io({ credential: 'sk-wrong-canary' }));
    expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'upstream_credential' } });
    expect(JSON.stringify(refused)).not.toContain('canary');
  });
});

describe('a check', () => {
  it('finds the finished video', async () => {
    expect(await check('a fox')).toMatchObject({
      kind: 'done',
      video: { from: 'url', url: expect.stringContaining('/files/') },
      usage: { seconds: 5 },
    });
  });

  it('believes the vendor’s definite word that it failed', async () => {
    expect(await check('x {{fail}}')).toMatchObject({ kind: 'failed', failure: { kind: 'generation_failed' } });
  });

  it('keeps waiting at a word it does not know', async () => {
    expect(await check('x {{check_word}}')).toMatchObject({ kind: 'waiting' });
  });

  const answered = ['check_word', 'check_back'];
  it.each(CHECK_FAULTS.filter((fault) => !answered.includes(fault)))(
    'that got no answer (%s) throws, which fails no job',
    async (fault) => {
      await expect(check(`x {{${fault}}}`)).rejects.toThrow();
    },
  );

  it('asks only for ids that are ids', async () => {
    await expect(openaiVideo.check({ id: '../models', data: {} }, io())).rejects.toThrow('an id that is none');
  });
});

describe('a lost task', () => {
  it('is found in the list by everything the list shows', async () => {
    const from = new Date();
    await expect(submit('a very particular fox {{drop_after}}')).rejects.toThrow();
    const window = { from, to: new Date(Date.now() + 1_000) };
    const listed = await openaiVideo.listRecent?.(spec('a very particular fox {{drop_after}}'), UPSTREAM, window, io());
    expect(listed?.filter((task) => task.fits).map((task) => task.task.id)).toEqual([vendor.books.at(-1)?.id]);
  });

  it('is found however many tasks were made after it', async () => {
    const from = new Date();
    await expect(submit('a fox of long ago {{drop_after}}')).rejects.toThrow();
    const lost = vendor.books.at(-1);
    for (let number = 0; number < 250; number += 1) await submit(`fox ${number}`);
    const window = { from, to: new Date(Date.now() + 1_000) };
    const long = { ...io(), http: createHttp(vendor.url, AbortSignal.timeout(10_000)) };
    const listed = await openaiVideo.listRecent?.(spec('a fox of long ago {{drop_after}}'), UPSTREAM, window, long);
    expect(listed?.filter((task) => task.samePrompt).map((task) => task.task.id)).toEqual([lost?.id]);
    expect(listed?.length).toBeGreaterThan(250);
  });
});
