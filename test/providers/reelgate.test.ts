/** Reelgate behind Reelgate: whatever the catalogue offers, the one behind reads the very spec that the one before had. */

import { describe, expect, it } from 'vitest';

import { listModels } from '../../src/catalogue/index.ts';
import { generations } from '../../src/dialects/generations/dialect.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { openai } from '../../src/dialects/openai/dialect.ts';
import type { ModelRow, ModeRow } from '../../src/model/catalogue.ts';
import { complete } from '../../src/model/complete.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { EMPTY_REQUEST, INPUT_ROLES, ROLE_KINDS, SCENES } from '../../src/model/request.ts';
import type { ReadRequest, VideoRequest } from '../../src/model/request.ts';
import { resolve } from '../../src/model/resolve.ts';
import type { PlannedInput, SpecInput, VideoSpec } from '../../src/model/spec.ts';
import type { HttpRequest, Provider, ProviderIo } from '../../src/providers/provider.ts';
import { providerNamed } from '../support/providers.ts';
import { inputOf } from './suite.ts';

type End = 'min' | 'max';

const ENDS = {
  image: { end: 'png', mime: 'image/png' },
  video: { end: 'mp4', mime: 'video/mp4' },
  audio: { end: 'mp3', mime: 'audio/mpeg' },
} as const;

/** As few inputs as the mode takes, and as many as it and the wire take. */
function inputsOf(mode: ModeRow, end: End): readonly PlannedInput[] {
  const needed = INPUT_ROLES.map((role) => ({ role, count: mode.inputs[role]?.[end] ?? 0 }));
  const isBare = mode.name === 'reference' && needed.every(({ count }) => count === 0);
  const first = INPUT_ROLES.find((role) => mode.inputs[role] !== undefined);
  return needed.flatMap(({ role, count }) =>
    Array.from({ length: isBare && role === first ? 1 : count }, (_, at) => ({
      role,
      source: { from: 'url', url: `https://example.com/${role}${at}.${ENDS[ROLE_KINDS[role]].end}` } as const,
      param: role,
    })),
  );
}

/** The request that says everything the row offers, none of it as it would be without a word; then ones that say less. */
function requestsOf(row: ModelRow, mode: ModeRow, end: End): readonly VideoRequest[] {
  const { supports } = row;
  const pick = <T>(values: readonly T[]): T | null => values.at(end === 'max' ? -1 : 0) ?? null;
  const full: VideoRequest = {
    ...EMPTY_REQUEST,
    model: row.id,
    prompt: 'a red fox',
    scene: SCENES.find((scene) => scene === mode.name) ?? null,
    inputs: inputsOf(mode, end),
    seconds: pick((mode.seconds ?? row.seconds).values),
    resolution: pick((mode.resolutions ?? row.resolutions).values),
    ratio: mode.ratio === 'choice' ? pick((mode.ratios ?? row.ratios).values) : null,
    fps: pick(row.fps.values),
    audio: row.audio.offered === 'optional' ? !row.audio.default : null,
    seed: supports.seed ? 0 : null,
    negativePrompt: supports.negativePrompt ? 'blur' : null,
    bgm: supports.bgm ? true : null,
    offPeak: supports.offPeak ? true : null,
    watermark: supports.watermark ? true : null,
    motionLevel: mode.name === 'motion_control' && supports.motionLevel ? 'pro' : null,
  };
  const usual: VideoRequest = { ...full, audio: null, offPeak: null };
  return [full, usual, { ...usual, seconds: null }, { ...usual, seconds: null, resolution: null }];
}

function specOf(read: ReadRequest, row: ModelRow): VideoSpec | string {
  const resolved = resolve(read, { row, pins: {} });
  if (!resolved.ok) return JSON.stringify(resolved.violations);
  const inputs = resolved.spec.inputs.map(({ role, source }): SpecInput => ({
    ...inputOf(role, source.from === 'url' ? source.url : null, ENDS[ROLE_KINDS[role]].mime),
    durationMs: ROLE_KINDS[role] === 'image' ? null : 5_000,
  }));
  const completed = complete(resolved.spec, row, inputs);
  return completed.ok ? completed.spec : JSON.stringify(completed.violations);
}

/** What the provider posts for a spec; null where it says that it cannot. */
async function bodyOf(provider: Provider, spec: VideoSpec): Promise<Json> {
  const sent: HttpRequest[] = [];
  const io: ProviderIo = {
    http: async (request) => {
      sent.push(request);
      return { status: 200, headers: {}, text: '{"id":"video_1","task_id":"video_1"}' };
    },
    baseUrl: provider.baseUrl,
    credential: 'sk-rg-live-1',
    now: () => new Date(0),
    attemptToken: 'token',
    callbackUrl: null,
    files: { path: () => Promise.reject(new Error('no file is needed')), link: () => null },
    taskOf: async () => null,
    signal: AbortSignal.timeout(1_000),
  };
  const result = await provider.submit(spec, {}, io);
  return result.kind === 'accepted' ? (sent[0]?.json ?? null) : null;
}

function readBack(dialect: Dialect, body: Json): ReadRequest {
  const route = dialect.routes.find(({ method, path }) => method === 'POST' && /videos$|generations$/.test(path));
  const nothing = { params: {}, query: {}, queryAll: {}, headers: {}, files: [], multipart: false };
  const result = route?.read({ ...nothing, body });
  if (result?.ok !== true || result.command.kind !== 'create')
    throw new Error(`not read: ${JSON.stringify(result)} of ${JSON.stringify(body)}`);
  return result.command.read;
}

function bare(spec: VideoSpec): JsonObject {
  return JSON.parse(JSON.stringify({ ...spec, requestedModel: '' })) as JsonObject;
}

describe.each([
  ['reelgate', openai],
  ['reelgate-generations', generations],
] as const)('%s', (name, dialect) => {
  const provider = providerNamed(name);
  const cases = listModels().flatMap((row) =>
    row.modes
      .filter((mode) => provider.openTo?.modes.includes(mode.name))
      .flatMap((mode) =>
        (['min', 'max'] as const).map((end) => ({ name: `${row.id} ${mode.name} ${end}`, row, mode, end })),
      ),
  );

  it.each(cases)('loses nothing of $name', async ({ row, mode, end }) => {
    const spec = requestsOf(row, mode, end)
      .map((request) => specOf({ request, params: {}, roleParams: {}, notes: [] }, row))
      .find((found) => typeof found !== 'string');
    if (spec === undefined) throw new Error('some request of the row is allowed by its rules');
    const body = await bodyOf(provider, spec);
    // More files than the API has places for are refused before anything is sent.
    if (body === null) return expect(end).toBe('max');
    const again = specOf(readBack(dialect, body), row);
    expect(typeof again === 'string' ? again : bare(again), JSON.stringify(body)).toEqual(bare(spec));
  });
});
