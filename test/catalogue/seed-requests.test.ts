import { describe, expect, test } from 'vitest';
import { findModel } from '../../src/catalogue/index.ts';
import { EMPTY_REQUEST } from '../../src/model/request.ts';
import type { RequestInput, VideoRequest } from '../../src/model/request.ts';
import { resolve } from '../../src/model/resolve.ts';
import type { Resolution } from '../../src/model/resolve.ts';

const at = (role: RequestInput['role'], param: string): RequestInput => ({
  role,
  param,
  source: { from: 'url', url: 'https://example.com/file' },
});

function resolved(request: Partial<VideoRequest> & { readonly model: string }): Resolution {
  const match = findModel(request.model);
  if (match === null) throw new Error(`no model ${request.model}`);
  const whole = { ...EMPTY_REQUEST, prompt: 'a fox runs in the snow', ...request };
  return resolve({ request: whole, params: {}, roleParams: {}, notes: [] }, match);
}

describe('a request from the published pages is accepted as it stands', () => {
  const accepted: readonly (readonly [
    what: string,
    request: Partial<VideoRequest> & { readonly model: string },
    spec: object,
  ])[] = [
    [
      'motion control with a video alone',
      {
        model: 'Kling-3.0-Omni',
        scene: 'motion_control',
        motionLevel: 'pro',
        seconds: 15,
        resolution: '720P',
        ratio: '9:16',
        audio: true,
        size: { width: 720, height: 1280 },
        inputs: [at('video', 'metadata.file_infos')],
      },
      { mode: 'motion_control', seconds: 15, resolution: '720p', ratio: '9:16', audio: true, motionLevel: 'pro' },
    ],
    [
      'Veo with components',
      {
        model: 'veo3.1-fast-components',
        seconds: 8,
        ratio: '16:9',
        size: { width: 1280, height: 720 },
        inputs: [at('image', 'images[0]'), at('image', 'images[1]')],
      },
      { mode: 'reference', seconds: 8, resolution: '720p', ratio: '16:9' },
    ],
    [
      'Kling 1.0 between two frames with a size',
      {
        model: 'kling-v1',
        seconds: 5,
        size: { width: 1920, height: 1080 },
        seed: 20231234,
        negativePrompt: 'blurred',
        inputs: [at('image', 'image'), at('last_frame', 'metadata.image_tail')],
      },
      { mode: 'first_last', seconds: 5, resolution: '1080p', negativePrompt: 'blurred' },
    ],
    [
      'Jimeng by the name of its text product, with a picture',
      { model: 'jimeng_vgfm_t2v_l20', ratio: '16:9', inputs: [at('image', 'image')] },
      { mode: 'first_frame', resolution: '720p', seconds: 5 },
    ],
    [
      'Vidu Q1 with a picture',
      {
        model: 'viduq1',
        size: { width: 1920, height: 1080 },
        seconds: 5,
        seed: 0,
        resolution: '1080p',
        bgm: false,
        vendor: { movement_amplitude: 'auto' },
        inputs: [at('image', 'image')],
      },
      { mode: 'first_frame', seed: 0, bgm: false, resolution: '1080p', vendor: { movement_amplitude: 'auto' } },
    ],
    [
      'Vidu Q3 from text without sound',
      { model: 'viduq3p-720p', ratio: '16:9', seconds: 5, audio: false, seed: 42, bgm: false },
      { mode: 'text', resolution: '720p', audio: false, seed: 42 },
    ],
    [
      'Vidu Q3 Turbo with a picture',
      { model: 'viduq3t-540p', seconds: 5, seed: 42, inputs: [at('image', 'image')] },
      { mode: 'first_frame', resolution: '540p' },
    ],
    [
      'Vidu Q3 between two frames, off-peak',
      { model: 'viduq3p-1080p-offpeak', seconds: 6, inputs: [at('image', 'image'), at('last_frame', 'last_image')] },
      { mode: 'first_last', resolution: '1080p', offPeak: true, seconds: 6 },
    ],
    [
      'Vidu Q3 Mix with references',
      {
        model: 'viduq3p-mix-720p',
        ratio: '16:9',
        seconds: 5,
        audio: false,
        seed: 42,
        inputs: [at('reference_image', 'reference_image_urls[0]'), at('reference_image', 'reference_image_urls[1]')],
      },
      { mode: 'reference', resolution: '720p', ratio: '16:9', audio: false },
    ],
    [
      'Vidu Q3 Pro with a picture and a ratio',
      { model: 'viduq3-pro', seconds: 5, resolution: '1080P', ratio: '9:16', inputs: [at('image', 'image')] },
      { mode: 'first_frame', resolution: '1080p' },
    ],
    [
      'Kling Omni from text',
      { model: 'Kling-3.0-Omni', seconds: 5, resolution: '720P', ratio: '16:9' },
      { mode: 'text', resolution: '720p', ratio: '16:9', audio: false },
    ],
    [
      'Kling Omni between two frames with a ratio',
      {
        model: 'Kling-3.0-Omni',
        seconds: 15,
        size: { width: 720, height: 1280 },
        resolution: '720P',
        ratio: '9:16',
        audio: true,
        inputs: [at('image', 'image'), at('last_frame', 'metadata.last_frame_url')],
      },
      { mode: 'first_last', seconds: 15, resolution: '720p', audio: true },
    ],
  ];

  test.each(accepted)('%s', (_what, request, spec) => {
    const result = resolved(request);
    expect(result).toMatchObject({ ok: true });
    expect(result.ok ? result.spec : null).toMatchObject(spec);
  });
});

describe('every bundled name of the published pages', () => {
  test.each([
    ['vidu-q2-pro-reference-1080p-offpeak', [at('image', 'image')], 'reference'],
    ['kling-3.0-omni-1080p-ref-audio', [at('image', 'image')], 'reference'],
    ['kling-2.6-motion-pro-1080p', [at('video', 'metadata.video_url')], 'motion_control'],
    ['kling-avatar-720p', [at('image', 'image')], 'avatar_i2v'],
    ['sv-1.5-pro-1080p-audio', [], 'text'],
  ] as const)('%s makes a video without saying anything twice', (model, inputs, mode) => {
    const result = resolved({ model, inputs });
    expect(result).toMatchObject({ ok: true, spec: { mode } });
  });

  test('lip sync takes lengths below its least billed one', () => {
    const inputs = [at('video', 'metadata.video_url')];
    const result = resolved({ model: 'Kling-3.0-Omni', scene: 'lip_sync', seconds: 3, inputs });
    expect(result).toMatchObject({ ok: true, spec: { mode: 'lip_sync', seconds: 3 } });
  });

  test('motion control without its video is refused', () => {
    const inputs = [at('image', 'image')];
    expect(resolved({ model: 'Kling-3.0-Omni', scene: 'motion_control', inputs })).toMatchObject({ ok: false });
  });
});
