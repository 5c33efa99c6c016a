/** What each vendor's page says of the files that it takes, and how a client is told that one is not so. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../src/catalogue/index.ts';
import { faultsTogether, inputFault } from '../../src/model/input-limit.ts';
import { INPUT_ROLES } from '../../src/model/request.ts';
import type { SpecInput, VideoSpec } from '../../src/model/spec.ts';
import { violationMessage } from '../../src/model/violation.ts';
import { providerNamed } from '../support/providers.ts';
import { SPEC } from '../support/rows.ts';
import { variantsOf } from './matrix/cells.ts';
import { inputOf } from './suite.ts';

const MB = 1024 * 1024;
const PNG = 'image/png';
const MP4 = 'video/mp4';
const MP3 = 'audio/mpeg';

type Case = readonly [
  provider: string,
  model: string,
  mode: VideoSpec['mode'],
  role: SpecInput['role'],
  mime: string,
  change: Partial<SpecInput>,
  said: string | null,
];

/** The ends of each range, and what lies just beyond. */
const CASES: readonly Case[] = [
  ['kling', 'Kling-2.6', 'first_frame', 'first_frame', PNG, { width: 300, height: 300 }, null],
  [
    'kling',
    'Kling-2.6',
    'first_frame',
    'first_frame',
    'image/webp',
    {},
    '"image/webp". Allowed: image/jpeg, image/png',
  ],
  [
    'kling',
    'Kling-2.6',
    'first_frame',
    'first_frame',
    PNG,
    { bytes: 11 * MB },
    '"11 MB", outside the allowed range: up to 10 MB',
  ],
  [
    'kling',
    'Kling-2.6',
    'first_frame',
    'first_frame',
    PNG,
    { width: 299 },
    '"299x720", outside the allowed range: 300 or more pixels',
  ],
  ['kling', 'Kling-2.6', 'first_frame', 'first_frame', PNG, { width: 1801 }, 'no side longer than 2.5 times the other'],
  [
    'kling',
    'Kling-3.0-Omni',
    'edit',
    'source_video',
    MP4,
    { durationMs: 2_900 },
    '"2.9 s", outside the allowed range: 3 or more s',
  ],
  [
    'kling',
    'Kling-Avatar',
    'avatar_i2v',
    'audio',
    MP3,
    { durationMs: 300_001 },
    '"300.001 s", outside the allowed range: 2 to 300 s',
  ],
  ['tencent-vod', 'Kling-2.6', 'first_frame', 'first_frame', 'image/gif', {}, '"image/gif"'],
  ['tencent-vod', 'Kling-2.6', 'first_frame', 'first_frame', PNG, { bytes: 10 * MB }, 'up to 10 MB'],
  ['ark', 'SV-1.5-pro', 'first_frame', 'first_frame', 'image/heic', { width: 6_000, height: 2_400 }, null],
  ['ark', 'SV-1.0-pro', 'first_frame', 'first_frame', 'image/heic', {}, '"image/heic"'],
  [
    'ark',
    'SV-1.5-pro',
    'first_frame',
    'first_frame',
    PNG,
    { width: 6_001, height: 4_000 },
    '300 to 6000 pixels a side',
  ],
  ['ark', 'Seedance-2.0', 'reference', 'reference_video', MP4, { durationMs: 15_100 }, '2 to 15 s'],
  ['ark', 'Seedance-2.0', 'reference', 'audio', 'audio/ogg', {}, 'Allowed: audio/wav, audio/mpeg'],
  ['wan', 'wan2.6', 'first_frame', 'first_frame', PNG, { width: 2_001, height: 2_000 }, '360 to 2000 pixels a side'],
  ['wan', 'wan3.0', 'first_frame', 'first_frame', PNG, { width: 2_001, height: 2_000 }, null],
  ['jimeng', 'jimeng-video-3.0', 'first_frame', 'first_frame', PNG, { width: 4_096, height: 4_096 }, null],
  ['jimeng', 'jimeng-video-3.0', 'first_frame', 'first_frame', PNG, { width: 4_097 }, '320 to 4096 pixels a side'],
  ['jimeng', 'jimeng-video-3.0', 'first_frame', 'first_frame', PNG, { bytes: 5 * MB }, 'up to 4.7 MB'],
  ['hailuo', 'Hailuo-2.3', 'first_frame', 'first_frame', PNG, { width: 300, height: 300 }, '301 or more pixels a side'],
  ['hailuo', 'Hailuo-H3', 'first_frame', 'first_frame', PNG, { width: 300, height: 300 }, null],
  [
    'vidu',
    'Vidu-q3-pro',
    'first_frame',
    'first_frame',
    PNG,
    { width: 4_001, height: 1_000 },
    'no side longer than 4 times',
  ],
  ['vidu', 'Vidu-q2', 'reference', 'reference_image', PNG, { width: 127 }, '128 or more pixels a side'],
  ['vidu', 'Vidu-Lip-Sync', 'lip_sync', 'source_video', MP4, { durationMs: 600_100 }, '1 to 600 s'],
  ['veo', 'GV-3.1', 'first_frame', 'first_frame', 'image/bmp', {}, 'Allowed: image/jpeg, image/png, image/webp'],
];

function limitsFor(provider: string, model: string, spec: VideoSpec) {
  const row = findModel(model)?.row;
  const upstream = row?.servings.find((serving) => serving.provider === provider)?.upstream;
  if (upstream === undefined) throw new Error(`${provider} does not serve ${model}`);
  return providerNamed(provider).inputLimits?.(spec, upstream) ?? {};
}

describe('an input', () => {
  it.each(CASES)('of %s, %s, %s: %s as %s with %o', (provider, model, mode, role, mime, change, said) => {
    const input = { ...inputOf(role, null, mime), param: 'my_field', ...change };
    const limits = limitsFor(provider, model, { ...SPEC, mode, inputs: [input] });
    const fault = inputFault(input, limits[role] ?? {});
    const message = fault === null ? null : violationMessage(fault, 'en');
    if (said === null) expect(message).toBeNull();
    else expect(message).toContain(said);
    if (said !== null) expect(message).toMatch(/^'my_field' is /);
  });

  it('is fine, but too long together with the others', () => {
    const clip = { ...inputOf('reference_video', null, MP4), durationMs: 8_000 };
    const spec: VideoSpec = { ...SPEC, mode: 'reference', inputs: [clip, clip] };
    const limits = limitsFor('ark', 'Seedance-2.0', spec);
    expect(faultsTogether(spec.inputs.slice(1), limits)).toEqual([]);
    const [fault, ...others] = faultsTogether(spec.inputs, limits);
    expect(others).toEqual([]);
    expect(fault === undefined ? '' : violationMessage(fault, 'en')).toContain(
      '"16 s", outside the allowed range: up to 15 s',
    );
  });

  it.each(['kling', 'tencent-vod', 'ark', 'hailuo', 'vidu', 'jimeng', 'wan', 'veo'])(
    'of an ordinary make is within the limits of %s in every mode',
    (name) => {
      const provider = providerNamed(name);
      for (const { name: of, spec, upstream } of variantsOf({ provider })) {
        const limits = provider.inputLimits?.(spec, upstream) ?? {};
        for (const role of INPUT_ROLES) {
          for (const input of spec.inputs.filter((one) => one.role === role))
            expect(inputFault(input, limits[role] ?? {}), `${of}: ${role}`).toBeNull();
        }
      }
    },
  );
});
