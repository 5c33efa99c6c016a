/** The native dialect: the canonical request as it is, and everything that is known of a job. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { native } from '../../../src/dialects/native/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { INPUT_ROLES, MOTION_LEVELS, SCENES } from '../../../src/model/request.ts';
import { UUID, viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';

const CREATE = 'POST /api/v1/videos';
const BASE = { model: 'Kling-3.0-Omni', prompt: 'a cat' };
const PICTURE = 'https://x.example/a.png';

describeDialect({
  dialect: native,
  folder: import.meta.dirname,
  creates: [
    {
      route: CREATE,
      base: BASE,
      fields: {
        model: 'viduq3-pro',
        prompt: 'another',
        negative_prompt: 'blur',
        inputs: [{ role: 'first_frame', url: PICTURE }],
        scene: 'motion_control',
        seconds: 7,
        resolution: '1080p',
        ratio: '9:16',
        size: '1280x720',
        fps: 30,
        audio: false,
        bgm: false,
        seed: 0,
        count: 2,
        off_peak: false,
        motion_level: 'pro',
        watermark: false,
        callback_url: 'https://x.example/told',
        payload: 'order 7',
        user: 'ann',
        external_id: 'mine-1',
        'vendor.cfg_scale': 0.5,
      },
    },
  ],
});

const create = (body: Json) => readAt(native, CREATE, { body });

describe('a create', () => {
  it('gives every input its role, wherever its file comes from', () => {
    const inputs = [
      { role: 'first_frame', url: PICTURE },
      { role: 'reference_image', data: 'iVBORw0KGgo=' },
      { role: 'source_video', video_id: `video_${UUID}` },
      { url: PICTURE },
    ];
    const files = [{ field: 'audio', upload: { sha256: 'aa', bytes: 3, fileName: 'a.mp3' } }];
    const { request } = createOf(readAt(native, CREATE, { body: { ...BASE, inputs }, files }));
    expect(request.inputs.map(({ role, source, param }) => `${role} ${source.from} ${param}`)).toEqual([
      'first_frame url inputs[0].url',
      'reference_image inline inputs[1].data',
      'source_video job inputs[2].video_id',
      'image url inputs[3].url',
      'audio upload audio',
    ]);
  });

  it('loses nothing of any request', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((value) => value.isWellFormed() && !value.includes('\0'));
    const bodies = fc.record(
      {
        model: fc.constant('Kling-3.0-Omni'),
        prompt: text,
        negative_prompt: text,
        inputs: fc.array(
          fc.record({
            role: fc.constantFrom(...INPUT_ROLES),
            url: fc.nat().map((at) => `https://x.example/${at}.png`),
          }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        scene: fc.constantFrom(...SCENES),
        seconds: fc.integer({ min: 0, max: 60 }),
        resolution: fc.constantFrom('720p', '4k'),
        ratio: fc.constantFrom('16:9', '1:1'),
        fps: fc.integer({ min: 1, max: 60 }),
        audio: fc.boolean(),
        bgm: fc.boolean(),
        seed: fc.integer({ min: -1, max: 4_294_967_295 }),
        count: fc.integer({ min: 1, max: 4 }),
        off_peak: fc.boolean(),
        motion_level: fc.constantFrom(...MOTION_LEVELS),
        watermark: fc.boolean(),
        payload: text,
        user: text,
        external_id: text,
      },
      { requiredKeys: ['model'] },
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const read = createOf(create(body as JsonObject));
        expect(read.notes).toEqual([]);
        expect(bodyOf(said(read))).toEqual(JSON.parse(JSON.stringify(body)));
      }),
      { numRuns: 100 },
    );
  });

  it.each<[Json, readonly string[]]>([
    [{}, ['missing model']],
    [{ ...BASE, size: 'large' }, ['wrong_type size']],
    [{ ...BASE, scene: 'dance' }, ['not_offered scene']],
    [{ ...BASE, seconds: '5' }, ['wrong_type seconds']],
    [{ ...BASE, inputs: {} }, ['wrong_type inputs']],
    [{ ...BASE, inputs: [7] }, ['wrong_type inputs[0]']],
    [{ ...BASE, inputs: [{ role: 'smell', url: PICTURE }] }, ['not_offered inputs[0].role']],
    [{ ...BASE, inputs: [{}] }, ['missing inputs[0].url']],
    [{ ...BASE, vendor: 'x' }, ['wrong_type vendor']],
  ])('%j is refused', (body, faults) => {
    expect(faultsOf(create(body))).toEqual(faults);
  });

  it('may only ask what it would cost', () => {
    expect(commandOf(readAt(native, `${CREATE}/estimate`, { body: BASE }))).toMatchObject({ kind: 'estimate' });
  });
});

describe('other calls', () => {
  const params = { id: 'abc' };

  it.each([
    ['GET /api/v1/videos/:id', { kind: 'get', by: 'any', withHistory: true }],
    ['DELETE /api/v1/videos/:id', { kind: 'delete' }],
    ['POST /api/v1/videos/:id/cancel', { kind: 'cancel', ended: 'answer' }],
    ['GET /api/v1/videos/:id/content', { kind: 'content', variant: 'video' }],
    ['GET /api/v1/videos/:id/events', { kind: 'events' }],
  ])('%s', (route, command) => {
    expect(commandOf(readAt(native, route, { params }))).toMatchObject({ ...command, id: 'abc' });
  });

  it('list videos by state and model', () => {
    const query = { after: `video_${UUID}`, limit: '5', order: 'asc', state: 'running', model: 'viduq3-pro' };
    expect(commandOf(readAt(native, 'GET /api/v1/videos', { query }))).toMatchObject({
      kind: 'list',
      query: { after: UUID, limit: 5, order: 'asc', filter: { states: ['running'], model: 'viduq3-pro' } },
    });
    for (const [bad, fault] of [
      [{ after: 'x' }, 'wrong_type after'],
      [{ limit: '0' }, 'out_of_range limit'],
      [{ state: 'lost' }, 'not_offered state'],
    ] as const) {
      expect(faultsOf(readAt(native, 'GET /api/v1/videos', { query: bad }))).toEqual([fault]);
    }
  });

  it('tell a job’s attempts and history', () => {
    const at = new Date(1_759_938_772_900);
    const history = {
      attempts: [{ number: 1, state: 'refused', failure: 'rate_limited', createdAt: at, answeredAt: at }] as const,
      events: [{ type: 'created', state: 'queued', at }] as const,
    };
    expect(native.writeJob({ ...viewIn('queued'), history }, 'get', 'zh').body).toMatchObject({
      attempts: [{ number: 1, state: 'refused', failure: 'rate_limited' }],
      events: [{ type: 'created', state: 'queued', message: '任务已受理。' }],
    });
  });
});

const SPELLINGS: Readonly<Record<string, string>> = {
  negativePrompt: 'negative_prompt',
  offPeak: 'off_peak',
  motionLevel: 'motion_level',
  externalId: 'external_id',
};

/** The body that says the same. */
function bodyOf(request: JsonObject): JsonObject {
  const entries = Object.entries(request).map(([key, value]) => [SPELLINGS[key] ?? key, value] as const);
  const inputs = (request['inputs'] ?? []) as { role: string; source: { url: string } }[];
  const written = inputs.map(({ role, source }) => ({ role, url: source.url }));
  return { ...Object.fromEntries(entries), ...(inputs.length === 0 ? {} : { inputs: written }) };
}
