/** Every model of the catalogue in every mode, as a client's plainest request for it becomes a spec. */

import { listModels } from '../../../src/catalogue/index.ts';
import type { ModelRow, ModeRow, Serving } from '../../../src/model/catalogue.ts';
import { complete } from '../../../src/model/complete.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { EMPTY_REQUEST, INPUT_ROLES, ROLE_KINDS, SCENES } from '../../../src/model/request.ts';
import type { InputRole, ReadRequest, VideoRequest } from '../../../src/model/request.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { breaks } from '../../../src/model/rules.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import type { Vendor } from '../vendors.ts';
import { inputOf } from '../workbench.ts';

export type Cell = {
  readonly name: string;
  readonly family: string;
  readonly upstream: JsonObject;
  readonly spec: VideoSpec;
};

const FILES = {
  image: { end: 'png', mime: 'image/png' },
  video: { end: 'mp4', mime: 'video/mp4' },
  audio: { end: 'mp3', mime: 'audio/mpeg' },
} as const;
/** The job whose video is made longer. */
const SOURCE_JOB = '0197f0f0-0000-7000-8000-0000000000bb';

/** From one key frame to the next. */
const MAX_SECONDS_BETWEEN_FRAMES = 7;

/** Keys without which a mode means nothing to its vendor, as far as the model knows them. */
const NEEDED: Readonly<Partial<Record<ModeRow['name'], JsonObject>>> = {
  template_effect: { effect_scene: 'pet_lion_pro', template: 'hugging' },
  first_frame: { template_id: 'robo_arm' },
};

type Offering = Pick<Vendor, 'provider' | 'resells'>;

/** The plainest request for each model and mode that the provider serves. */
export function cellsOf(vendor: Offering): readonly Cell[] {
  return waysOf(vendor).map((way) => cellOf(way, plainSpec(way)));
}

/** Each resolution on offer in each shape, and with and without sound at the shortest and the longest that goes with it. */
export function variantsOf(vendor: Offering): readonly Cell[] {
  return waysOf(vendor).flatMap((way) => specsOf(way).map((spec) => cellOf(way, spec)));
}

type Way = { readonly row: ModelRow; readonly mode: ModeRow; readonly serving: Serving };

function waysOf(vendor: Offering): readonly Way[] {
  return listModels().flatMap((row) =>
    servingsOf(vendor, row).flatMap((serving) =>
      row.modes.filter((mode) => serving.modes?.includes(mode.name) ?? true).map((mode) => ({ row, mode, serving })),
    ),
  );
}

/** What nobody is known to serve is what a gateway's channel names. */
function servingsOf({ provider, resells }: Offering, row: ModelRow): readonly Serving[] {
  const { name, openTo } = provider;
  if (row.servings.length > 0) return row.servings.filter((serving) => serving.provider === name);
  const isNamed = resells === true && openTo !== undefined;
  return isNamed ? [{ provider: name, upstream: { model: row.id }, modes: openTo.modes }] : [];
}

function cellOf({ row, mode, serving }: Way, spec: VideoSpec): Cell {
  return { name: `${row.id} ${mode.name}`, family: row.family, upstream: serving.upstream, spec };
}

/** What a client gets who says nothing of how; else the first length and resolution that this provider can. */
function plainSpec(way: Way): VideoSpec {
  const { row, mode } = way;
  const chosen = (mode.resolutions ?? row.resolutions).values.flatMap((resolution) =>
    (mode.seconds ?? row.seconds).values.map((seconds) => ({ resolution, seconds })),
  );
  for (const over of [{}, ...chosen]) {
    const spec = specOf(way, over);
    if (spec !== null) return spec;
  }
  throw new Error(`${way.serving.provider} can make nothing of ${row.id} in mode ${mode.name}`);
}

function specsOf(way: Way): readonly VideoSpec[] {
  const { row, mode } = way;
  const lengths = (mode.seconds ?? row.seconds).values;
  const sounds = row.audio.offered === 'optional' ? [true, false] : [null];
  const shapes = mode.ratio === 'input' ? [] : (mode.ratios ?? row.ratios).values;
  const able = (over: Partial<VideoRequest>): readonly VideoSpec[] =>
    lengths.flatMap((seconds) => specOf(way, { ...over, seconds }) ?? []);
  return (mode.resolutions ?? row.resolutions).values.flatMap((resolution) => [
    ...shapes.flatMap((ratio) => able({ resolution, ratio }).slice(0, 1)),
    ...sounds.flatMap((audio) => {
      const all = able({ resolution, audio });
      return [...new Set([all[0], all.at(-1)])].flatMap((spec) => spec ?? []);
    }),
  ]);
}

/** Null for what the model cannot do, or this provider of it. */
function specOf({ row, mode, serving }: Way, over: Partial<VideoRequest>): VideoSpec | null {
  const request = { ...requestOf(row, mode, over.seconds ?? null), ...over };
  const spec = made(row, request);
  return spec === null || serving.rules?.some((rule) => breaks(rule, spec)) === true ? null : spec;
}

function made(row: ModelRow, request: VideoRequest): VideoSpec | null {
  const read: ReadRequest = { request, params: {}, roleParams: {}, notes: [] };
  const resolution = resolve(read, { row, pins: {} });
  if (!resolution.ok) return null;
  const inputs = resolution.spec.inputs.map(({ role }, at) => fileOf(role, at));
  const completion = complete(resolution.spec, row, inputs);
  return completion.ok ? completion.spec : null;
}

/** Of each kind of input that the mode takes as few as it needs, and at least one. */
function requestOf(row: ModelRow, mode: ModeRow, seconds: number | null): VideoRequest {
  const roles = INPUT_ROLES.flatMap((role): readonly InputRole[] => {
    const count = mode.inputs[role];
    const frames = mode.name === 'multi_frame' ? Math.ceil((seconds ?? 0) / MAX_SECONDS_BETWEEN_FRAMES) : 1;
    return count === undefined
      ? []
      : Array.from({ length: Math.max(1, count.min, role === 'reference_image' ? frames : 1) }, () => role);
  });
  const vendor = Object.entries(NEEDED[mode.name] ?? {}).filter(([key]) => row.vendorKeys.includes(key));
  return {
    ...EMPTY_REQUEST,
    model: row.id,
    prompt: 'a red fox runs in snow',
    scene: SCENES.find((scene) => scene === mode.name) ?? null,
    inputs: roles.map((role) => ({ role, source: { from: 'inline', text: '' }, param: role })),
    vendor: Object.fromEntries(vendor),
  };
}

function fileOf(role: InputRole, at: number) {
  const { end, mime } = FILES[ROLE_KINDS[role]];
  const input = inputOf(role, `https://example.com/${at}.${end}`, mime);
  return role === 'source_video' ? { ...input, width: 1280, height: 720, jobId: SOURCE_JOB } : input;
}
