/** The words in which catalogue rows are written: choices, modes, prices, servings and sources, so that a row reads as data. */

import type {
  Choices,
  Condition,
  Count,
  ModelRow,
  ModeRow,
  PriceRow,
  PriceUnit,
  Rule,
  Serving,
  Source,
} from '../model/catalogue.ts';
import type { JsonObject } from '../model/json.ts';
import { divideUp, parseUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';
import type { InputRole } from '../model/request.ts';
import { SCENES } from '../model/request.ts';
import type { ModeName } from '../model/spec.ts';

/** Whole numbers from `first` to `last`, both included. */
export function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** What may be chosen, and what is meant when nothing is; the first value unless said otherwise. */
export function choices<T>(values: readonly [T, ...T[]] | readonly T[], usual?: T): Choices<T> {
  const [first] = values;
  if (first === undefined) throw new RangeError('a choice needs at least one value');
  return { values, default: usual ?? first };
}

/** Seconds offered, with 5 as the usual length wherever it is among them. */
export function seconds(values: readonly number[], usual?: number): Choices<number> {
  return choices(values, usual ?? (values.includes(5) ? 5 : undefined));
}

export const WIDE_TALL = choices(['16:9', '9:16']);
export const WIDE_TALL_SQUARE = choices(['16:9', '9:16', '1:1']);
export const FIVE_RATIOS = choices(['16:9', '9:16', '1:1', '4:3', '3:4']);
export const SIX_RATIOS = choices(['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']);

const PORTRAIT_OF: Readonly<Record<string, string>> = { '16:9': '9:16', '4:3': '3:4' };

/** A table of landscape sizes with its portrait half: `16:9` gives `9:16` and `4:3` gives `3:4`, sides swapped. */
export function withPortrait(landscape: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const portrait = Object.entries(landscape).flatMap(([ratio, size]) => {
    const turned = PORTRAIT_OF[ratio];
    return turned === undefined ? [] : [[turned, size.split('x').toReversed().join('x')]];
  });
  return { ...landscape, ...Object.fromEntries(portrait) };
}

// Modes

type ModeExtras = Partial<Omit<ModeRow, 'name' | 'inputs'>>;

export function count(min: number, max: number): Count {
  return { min, max };
}

const ONE = count(1, 1);
const UP_TO_ONE = count(0, 1);

export function text(extras: ModeExtras = {}): ModeRow {
  return { name: 'text', inputs: {}, prompt: 'required', ratio: 'choice', ...extras };
}

export function firstFrame(extras: ModeExtras = {}): ModeRow {
  return { name: 'first_frame', inputs: { first_frame: ONE }, prompt: 'optional', ratio: 'input', ...extras };
}

export function firstLast(extras: ModeExtras = {}): ModeRow {
  const inputs = { first_frame: ONE, last_frame: ONE };
  return { name: 'first_last', inputs, prompt: 'optional', ratio: 'input', ...extras };
}

export function reference(inputs: Partial<Record<InputRole, Count>>, extras: ModeExtras = {}): ModeRow {
  return { name: 'reference', inputs, prompt: 'required', ratio: 'choice', ...extras };
}

export function motionControl(extras: ModeExtras = {}): ModeRow {
  const inputs = { first_frame: UP_TO_ONE, motion_video: ONE };
  return { name: 'motion_control', inputs, prompt: 'optional', ratio: 'choice', ...extras };
}

/** The track may be absent, because a voice can also be named by an id in the vendor's own keys. */
export function avatar(extras: ModeExtras = {}): ModeRow {
  const inputs = { first_frame: ONE, audio: UP_TO_ONE };
  return { name: 'avatar_i2v', inputs, prompt: 'optional', ratio: 'input', ...extras };
}

export function lipSync(extras: ModeExtras = {}): ModeRow {
  const inputs = { source_video: ONE, audio: UP_TO_ONE };
  return { name: 'lip_sync', inputs, prompt: 'optional', ratio: 'input', minBilledSeconds: 5, ...extras };
}

export function templateEffect(images: Count, extras: ModeExtras = {}): ModeRow {
  return {
    name: 'template_effect',
    inputs: { reference_image: images },
    prompt: 'optional',
    ratio: 'input',
    ...extras,
  };
}

/** What may stand beside the source video. */
type Beside = Partial<Record<InputRole, Count>>;

export function edit(beside: Beside, extras: ModeExtras = {}): ModeRow {
  return { name: 'edit', inputs: { source_video: ONE, ...beside }, prompt: 'required', ratio: 'input', ...extras };
}

/** `seconds` are those that are added: the video that is made is the new part. */
export function extend(beside: Beside, extras: ModeExtras = {}): ModeRow {
  return { name: 'extend', inputs: { source_video: ONE, ...beside }, prompt: 'optional', ratio: 'input', ...extras };
}

export function upscale(extras: ModeExtras = {}): ModeRow {
  return { name: 'upscale', inputs: { source_video: ONE }, prompt: 'optional', ratio: 'input', ...extras };
}

/** A video through several pictures: the first frame, then `keyFrames` in their order. */
export function multiFrame(keyFrames: Count, extras: ModeExtras = {}): ModeRow {
  const inputs = { first_frame: ONE, reference_image: keyFrames };
  return { name: 'multi_frame', inputs, prompt: 'optional', ratio: 'input', ...extras };
}

/** Every mode that is not a scene. */
export const PLAIN_MODES: readonly ModeName[] = ['text', 'first_frame', 'first_last', 'reference'];

export function isScene(mode: ModeName): boolean {
  return SCENES.some((scene) => scene === mode);
}

// Money

/** Yuan per US dollar in tenths, for list prices that exist only in yuan: 7.1. */
const CNY_PER_USD_TENTHS = 71n;

function decimalMicros(amount: string): Micros {
  const micros = parseUsd(amount);
  if (micros === null) throw new RangeError(`not an amount: ${amount}`);
  return micros;
}

export function usd(amount: string): Micros {
  return decimalMicros(amount);
}

/** Micro-USD of a list price in yuan, rounded up. */
export function cny(amount: string): Micros {
  return divideUp(decimalMicros(amount) * 10n, CNY_PER_USD_TENTHS);
}

/**
 * Price rows of one unit and one source; `amount` is what `convert` reads, and so is `base`, which each video costs besides.
 * The first row that matches is the price.
 */
export function prices(
  unit: PriceUnit,
  convert: (amount: string) => Micros,
  source: Source,
  table: readonly (readonly [amount: string, when: Condition, base?: string])[],
): readonly PriceRow[] {
  return table.map(([amount, when, base]) => {
    const baseMicros = base === undefined ? {} : { baseMicros: convert(base) };
    return { unit, micros: convert(amount), ...baseMicros, when, source };
  });
}

// Sources and servings

export function documented(reference: string): Source {
  return { reference, confidence: 'documented' };
}

export function observed(reference: string): Source {
  return { reference, confidence: 'observed' };
}

export function guessed(reference: string): Source {
  return { reference, confidence: 'guessed' };
}

/** `list`: the prices of the row are the provider's own list prices, so that they are what it charges us too. */
type ServingDraft = Omit<Serving, 'costs'> & { readonly costs?: Serving['costs'] | 'list' };

/**
 * By whoever makes the model, at its list price unless a channel says otherwise. `upstream.model` is the vendor's name of the
 * model; `upstream.models` names it by mode where one name is not enough. Without `modes` the provider serves all of the row.
 */
export function serving(provider: string, upstream: JsonObject, modes?: readonly ModeName[]): ServingDraft {
  return { provider, upstream, costs: 'list', ...(modes === undefined ? {} : { modes }) };
}

type Bounds = { readonly modes?: readonly ModeName[]; readonly rules?: readonly Rule[] };

/** Tencent Cloud VOD knows a model by a name and a version; what it charges is not published. */
export function tencent(model: string, version: string, bounds: Bounds = {}): ServingDraft {
  return { provider: 'tencent-vod', upstream: { model, version }, ...bounds };
}

/** Of a model of several makers Tencent's flag for cheaper hours means Vidu alone. */
export const TENCENT_NEVER_OFF_PEAK: Rule = {
  when: {},
  forbid: { offPeak: [true] },
  because: { en: 'off-peak hours are offered only of Vidu', zh: '错峰计费仅由 Vidu 提供' },
};

/** Keys of Tencent's request and its output configuration that have no word of our own. */
export const TENCENT_KEYS: readonly string[] = [
  'enhance_prompt',
  'input_region',
  'subject_infos',
  'person_generation',
  'input_compliance_check',
  'output_compliance_check',
  'enhance_switch',
  'frame_interpolate',
  'logo_add',
  'ext_info',
];

// Rows

type Optional =
  | 'aliases'
  | 'audio'
  | 'maxCount'
  | 'fps'
  | 'supports'
  | 'rules'
  | 'vendorKeys'
  | 'prices'
  | 'retryAfterFailure';

/** A row with the usual answer left out: no alias, no sound, one video, 24 frames, nothing extra, no rule, no price, no retry. */
type RowDraft = Omit<ModelRow, Optional | 'servings'> &
  Partial<Pick<ModelRow, Exclude<Optional, 'supports'>>> & {
    readonly supports?: Partial<ModelRow['supports']>;
    readonly servings: readonly ServingDraft[];
  };

export const SILENT: ModelRow['audio'] = { offered: 'never', default: false };
export const ALWAYS_SOUND: ModelRow['audio'] = { offered: 'always', default: true };
export const SOUND_ON_REQUEST: ModelRow['audio'] = { offered: 'optional', default: false };
export const SOUND_UNLESS_REFUSED: ModelRow['audio'] = { offered: 'optional', default: true };

const NO_EXTRAS: ModelRow['supports'] = {
  seed: false,
  negativePrompt: false,
  offPeak: false,
  bgm: false,
  watermark: false,
  motionLevel: false,
};

export function model(draft: RowDraft): ModelRow {
  return {
    aliases: [],
    audio: SILENT,
    maxCount: 1,
    fps: choices([24]),
    rules: [],
    prices: [],
    retryAfterFailure: false,
    ...draft,
    vendorKeys: [...new Set(draft.vendorKeys)],
    supports: { ...NO_EXTRAS, ...draft.supports },
    servings: draft.servings.map((one) => withCosts(one, draft.prices ?? [])),
  };
}

function withCosts({ costs = [], ...serving }: ServingDraft, prices: readonly PriceRow[]): Serving {
  return { ...serving, costs: costs === 'list' ? prices : costs };
}
