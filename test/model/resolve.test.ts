/** From a request to a spec: defaults, limits, and nothing dropped in silence. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../src/catalogue/index.ts';
import { complete } from '../../src/model/complete.ts';
import { quote } from '../../src/model/price.ts';
import { EMPTY_REQUEST } from '../../src/model/request.ts';
import type { InputRole, RequestInput, VideoRequest } from '../../src/model/request.ts';
import { resolve } from '../../src/model/resolve.ts';
import type { Resolution } from '../../src/model/resolve.ts';
import type { PlannedSpec, SpecInput, VideoSpec } from '../../src/model/spec.ts';
import { violationMessage } from '../../src/model/violation.ts';

const URL_SOURCE = { from: 'url', url: 'https://example.com/a.png' } as const;

function input(role: RequestInput['role'], param: string = role): RequestInput {
  return { role, source: URL_SOURCE, param };
}

function asked(request: Partial<VideoRequest>): Resolution {
  const full: VideoRequest = { ...EMPTY_REQUEST, model: 'Kling-3.0-Omni', prompt: 'a cat', ...request };
  const match = findModel(full.model);
  if (match === null) throw new Error(`${full.model} is in the catalogue`);
  const params = full.scene === null ? {} : { scene: 'scene_type' };
  return resolve({ request: full, params, roleParams: {}, notes: [] }, match);
}

function spec(request: Partial<VideoRequest>): PlannedSpec {
  const resolution = asked(request);
  if (!resolution.ok) throw new Error(resolution.violations.map((fault) => violationMessage(fault, 'en')).join(' '));
  return resolution.spec;
}

function faults(request: Partial<VideoRequest>): string[] {
  const resolution = asked(request);
  return resolution.ok ? [] : resolution.violations.map((fault) => violationMessage(fault, 'en'));
}

function finished(request: Partial<VideoRequest>, media: Partial<SpecInput>[] = []): VideoSpec {
  const planned = spec(request);
  const match = findModel(planned.model);
  if (match === null) throw new Error('the model is in the catalogue');
  const facts = {
    assetId: 'a',
    sha256: 's',
    mime: 'image/png',
    bytes: 1,
    width: 640,
    height: 360,
    durationMs: null,
    url: null,
  };
  const inputs = planned.inputs.map((plan, index) => ({ ...facts, role: plan.role, ...media[index] }));
  const completion = complete(planned, match.row, inputs);
  if (!completion.ok) throw new Error(completion.violations.map((fault) => violationMessage(fault, 'en')).join(' '));
  return completion.spec;
}

describe('what the client leaves open', () => {
  it('is decided: five seconds, the model’s own resolution and shape', () => {
    expect(spec({})).toMatchObject({ mode: 'text', seconds: 5, resolution: '720p', ratio: '16:9', fps: 24, count: 1 });
  });

  it('is decided by the model where it does not offer five seconds', () => {
    expect(spec({ model: 'GV-3.1' }).seconds).toBe(8);
  });

  it.each<[string, Partial<VideoRequest>, string]>([
    ['a size', { size: { width: 720, height: 1280 } }, '720x1280'],
    ['a resolution and a shape', { resolution: '1080P', ratio: '9:16' }, '1080x1920'],
    [
      'a resolution that overrides the size, which still gives the shape',
      { resolution: '1080p', size: { width: 720, height: 1280 } },
      '1080x1920',
    ],
  ])('except what %s says', (_, request, size) => {
    const made = finished(request);
    expect(`${made.width}x${made.height}`).toBe(size);
  });
});

describe('inputs', () => {
  it.each<[RequestInput['role'][], string, InputRole[]]>([
    [['image'], 'first_frame', ['first_frame']],
    [['image', 'image'], 'first_last', ['first_frame', 'last_frame']],
    [['image', 'last_frame'], 'first_last', ['first_frame', 'last_frame']],
    [['image', 'image', 'image'], 'reference', ['reference_image', 'reference_image', 'reference_image']],
    [['reference_image'], 'reference', ['reference_image']],
  ])('%j make the mode %s', (roles, mode, assigned) => {
    const made = spec({ inputs: roles.map((role) => input(role)) });
    expect([made.mode, made.inputs.map((one) => one.role)]).toEqual([mode, assigned]);
  });

  it('give the video their shape, and an asked shape becomes a note', () => {
    const made = finished({ inputs: [input('image')], model: 'viduq3-pro', ratio: '9:16' }, [
      { width: 1000, height: 500 },
    ]);
    expect([made.width, made.height]).toEqual([1440, 720]);
    const resolution = asked({ inputs: [input('image')], model: 'viduq3-pro', ratio: '9:16' });
    expect(resolution.ok && resolution.notes.map((one) => [one.code, one.param])).toEqual([['not_used', 'ratio']]);
  });

  it('must make sense: a last frame needs a first', () => {
    expect(faults({ inputs: [input('last_frame', 'metadata.last_frame_url')] })).toEqual([
      "'metadata.last_frame_url' needs a first frame as well.",
    ]);
  });

  it('must be what the scene needs: motion control needs a video', () => {
    expect(faults({ scene: 'motion_control', inputs: [input('image')] })[0]).toContain(
      'needs a reference video with the motion',
    );
    expect(spec({ scene: 'motion_control', seconds: 15, inputs: [input('video')] }).inputs[0]?.role).toBe(
      'motion_video',
    );
  });

  it('are counted', () => {
    expect(faults({ inputs: Array.from({ length: 20 }, () => input('reference_image', 'images[0]')) })[0]).toContain(
      "'images' has too many items",
    );
  });
});

describe('limits', () => {
  it.each<[string, Partial<VideoRequest>, string]>([
    ['seconds', { seconds: 2 }, "'seconds' is 2, which this model does not offer. Allowed: 3, 4, 5"],
    ['the resolution', { resolution: '333p' }, '\'resolution\' is "333p"'],
    ['the shape', { ratio: '5:1' }, '\'ratio\' is "5:1"'],
    ['the size', { size: { width: 1000, height: 333 } }, '\'size\' is "1000x333"'],
    ['an empty prompt', { prompt: '  ' }, "'prompt' is required and must not be empty."],
    ['no prompt', { prompt: null }, "'prompt' is required."],
    ['a long prompt', { prompt: 'x'.repeat(20_000) }, "'prompt' is too long (20000 characters)"],
    [
      'a shape against the size',
      { ratio: '16:9', size: { width: 720, height: 1280 } },
      "'ratio' is \"16:9\", but 'size' means 9:16",
    ],
    ['a count', { count: 9 }, "'count' is 9, outside the allowed range: 1"],
  ])('name the field and what is allowed: %s', (_, request, sentence) => {
    expect(faults(request)[0]).toContain(sentence);
  });

  it('are said in Chinese too', () => {
    const resolution = asked({ seconds: 2 });
    if (resolution.ok) throw new Error('two seconds are refused');
    expect(resolution.violations.map((fault) => violationMessage(fault, 'zh'))[0]).toContain(
      '字段“seconds”的值 2 不受该模型支持',
    );
  });
});

describe('bundled names', () => {
  it('fix what they say', () => {
    const made = spec({ model: 'vidu-q2-pro-reference-1080p-offpeak', inputs: [input('image')] });
    expect(made).toMatchObject({
      mode: 'reference',
      resolution: '1080p',
      offPeak: true,
      requestedModel: 'vidu-q2-pro-reference-1080p-offpeak',
    });
  });

  it('may be repeated by the request but not contradicted', () => {
    expect(spec({ model: 'kling-3.0-omni-1080p-noref-audio', audio: true }).audio).toBe(true);
    expect(faults({ model: 'kling-3.0-omni-1080p-noref-audio', resolution: '720p' })[0]).toContain('fixes it to 1080p');
    const three = [input('image'), input('image'), input('image')];
    expect(faults({ model: 'kling-3.0-omni-1080p-noref-audio', inputs: three })[0]).toContain(
      'takes no reference inputs',
    );
  });
});

describe('frames a second', () => {
  it('that the model cannot make become a note', () => {
    const resolution = asked({ fps: 999 });
    expect(resolution.ok && [resolution.spec.fps, resolution.notes.map((one) => one.param)]).toEqual([24, ['fps']]);
  });
});

describe('lip sync', () => {
  const lipSync: Partial<VideoRequest> = { scene: 'lip_sync', seconds: 3, inputs: [input('video')] };

  it('shorter than five seconds is billed as five', () => {
    expect(finished(lipSync)).toMatchObject({ seconds: 3, billedSeconds: 5 });
    const match = findModel('Kling-3.0-Omni');
    if (match === null) throw new Error('the model is in the catalogue');
    const five = quote(finished({ ...lipSync, seconds: 5 }), match.row)?.amountMicros;
    expect(quote(finished(lipSync), match.row)?.amountMicros).toBe(five);
  });

  it('lasts as long as the given sound', () => {
    expect(
      finished({ ...lipSync, inputs: [input('video'), input('audio')] }, [{}, { durationMs: 7_200 }]).seconds,
    ).toBe(8);
  });

  it('lasts as long as the video where a text is spoken', () => {
    expect(finished(lipSync, [{ durationMs: 12_000 }])).toMatchObject({ seconds: 12, billedSeconds: 12 });
  });
});

describe('motion control', () => {
  it.each(['Kling-2.6', 'Kling-3.0', 'Kling-3.0-Omni'])(
    'of %s lasts as long as the motion, and costs that',
    (model) => {
      const request = { model, scene: 'motion_control', resolution: '720p', inputs: [input('video')] } as const;
      const moved = finished(request, [{ durationMs: 17_300 }]);
      expect(moved).toMatchObject({ seconds: 18, billedSeconds: 18 });
      const row = findModel(model)?.row;
      if (row === undefined) throw new Error('the model is in the catalogue');
      const [quoted, aSecond] = [moved, { ...moved, seconds: 1, billedSeconds: 1 }].map(
        (one) => quote(one, row)?.amountMicros,
      );
      expect(quoted).toBe((aSecond ?? 0n) * 18n);
      expect(finished({ ...request, seconds: 15 }, [{ durationMs: 3_100 }])).toMatchObject({ seconds: 15 });
      expect(finished({ ...request, seconds: 15 }, [{ durationMs: 17_300 }])).toMatchObject({ seconds: 18 });
      expect(finished(request, [{ durationMs: 1_000 }])).toMatchObject({ seconds: 3 });
      expect(() => finished(request, [{ durationMs: 30_001 }])).toThrow('outside the allowed range: 1 to 30 s');
    },
  );
});

describe('a scene that works on a video', () => {
  const larger = (seconds: number | null, durationMs: number | null = 2_100): VideoSpec =>
    finished({ model: 'Vidu-Upscale', scene: 'upscale', seconds, inputs: [input('source_video')] }, [{ durationMs }]);

  it('lasts as long as the video, whatever was asked, and says so', () => {
    expect(larger(null)).toMatchObject({ seconds: 3, billedSeconds: 3, width: 1920, height: 1080 });
    expect(larger(7)).toMatchObject({ seconds: 3 });
    const resolution = asked({ model: 'Vidu-Upscale', seconds: 7, inputs: [input('source_video')] });
    expect(resolution.ok && resolution.notes.map((one) => [one.code, one.param])).toEqual([['not_used', 'seconds']]);
    expect(() => larger(null, 300_001)).toThrow('\'source_video\' is "301 s", outside the allowed range: 1 to 300 s.');
  });

  it('makes the new part of a video that is extended', () => {
    const request = { model: 'viduq2-pro', scene: 'extend', seconds: 7, inputs: [input('video')] } as const;
    expect(finished(request, [{ durationMs: 20_000 }])).toMatchObject({
      seconds: 7,
      inputs: [{ role: 'source_video' }],
    });
  });

  it('misses its video under the name that the client has for it, where no field says the scene', () => {
    const request = { ...EMPTY_REQUEST, model: 'Vidu-Upscale', scene: 'upscale' } as const;
    const match = findModel(request.model);
    if (match === null) throw new Error('the model is in the catalogue');
    const blamed = (params: Record<string, string>) => {
      const resolution = resolve({ request, params, roleParams: { source_video: 'video_url' }, notes: [] }, match);
      return resolution.ok ? [] : resolution.violations.map((fault) => `${fault.code} ${fault.param}`);
    };
    expect(blamed({})).toEqual(['missing video_url']);
    expect(blamed({ scene: 'scene_type' })).toEqual(['needs scene_type']);
  });
});
