/**
 * Bundled names: a model and some of its settings in one word,
 * `family-version[-scene][-reference][-resolution][-ref|-noref][-audio|-mute][-offpeak]`, read from the end.
 */

import type { Condition, ModelRow, ModeRow, Pins } from '../model/catalogue.ts';
import type { Json } from '../model/json.ts';
import { isScene } from './rows.ts';

export type Token = { readonly suffix: string; readonly pins: Pins };

const RESOLUTION_LABELS = ['360p', '480p', '512p', '540p', '720p', '768p', '1024p', '1080p', '2k', '4k', '8k'];

/** The slots of a name from its end to its front; of each at most one token, the first that fits. */
export const SLOTS: readonly (readonly Token[])[] = [
  [{ suffix: '-offpeak', pins: { offPeak: true } }],
  [
    { suffix: '-audio', pins: { audio: true } },
    { suffix: '-mute', pins: { audio: false } },
  ],
  [
    { suffix: '-noref', pins: { reference: false } },
    { suffix: '-ref', pins: { reference: true } },
  ],
  RESOLUTION_LABELS.map((label) => ({ suffix: `-${label}`, pins: { resolution: label } })),
  [{ suffix: '-reference', pins: { reference: true } }],
  [
    // A level alone means its resolution too; a resolution that is named overrides it.
    { suffix: '-motion-std', pins: { scene: 'motion_control', motionLevel: 'std', resolution: '720p' } },
    { suffix: '-motion-pro', pins: { scene: 'motion_control', motionLevel: 'pro', resolution: '1080p' } },
    { suffix: '-motion', pins: { scene: 'motion_control' } },
    { suffix: '-avatar', pins: { scene: 'avatar_i2v' } },
    { suffix: '-lip-sync', pins: { scene: 'lip_sync' } },
    { suffix: '-template', pins: { scene: 'template_effect' } },
  ],
];

/** What a name says besides its base, the token of the scene first. */
export type Bundle = { readonly base: string; readonly tokens: readonly Token[] };

/**
 * Every way to read `name` (in lower case) as a base and tokens, the longest base first and the bare name as the first
 * of all. At most one per slot and the name itself.
 */
export function readings(name: string): readonly Bundle[] {
  const found: Bundle[] = [{ base: name, tokens: [] }];
  let rest: Bundle = { base: name, tokens: [] };
  for (const slot of SLOTS) {
    const token = slot.find(({ suffix }) => rest.base.endsWith(suffix) && rest.base.length > suffix.length);
    if (token === undefined) continue;
    rest = { base: rest.base.slice(0, -token.suffix.length), tokens: [token, ...rest.tokens] };
    found.push(rest);
  }
  return found;
}

/** The pins of all tokens; null where two of them contradict each other. A later resolution overrides a scene's own. */
export function pinsOf(tokens: readonly Token[], start: Pins = {}): Pins | null {
  let pins = start;
  for (const token of tokens) {
    for (const key of ['audio', 'offPeak', 'scene', 'reference'] as const) {
      const said = token.pins[key];
      if (said !== undefined && pins[key] !== undefined && pins[key] !== said) return null;
    }
    pins = { ...pins, ...token.pins };
  }
  if (start.resolution !== undefined && pins.resolution !== start.resolution) return null;
  return pins;
}

/** Names near to a bundle that may exist: tokens left out, and every resolution of the model in place of the one given. */
export function variations(bundle: Bundle, row: ModelRow): readonly Bundle[] {
  const labels = new Set(row.modes.flatMap((mode) => (mode.resolutions ?? row.resolutions).values));
  const perToken = bundle.tokens.map((token): readonly (Token | null)[] => {
    if (!RESOLUTION_LABELS.includes(token.suffix.slice(1))) return [token, null];
    const others = [...labels].map((label) => ({ suffix: `-${label}`, pins: { resolution: label } }));
    return [token, ...others, null];
  });
  let all: readonly (readonly Token[])[] = [[]];
  for (const options of perToken) {
    all = all.flatMap((tokens) => options.map((token) => (token === null ? tokens : [...tokens, token])));
  }
  return all.map((tokens) => ({ base: bundle.base, tokens }));
}

/** A bundle as it is, and with each token of each slot after its last one. */
export function continuations(bundle: Bundle): readonly Bundle[] {
  const last = bundle.tokens.at(-1)?.suffix ?? '';
  const at = SLOTS.findIndex((slot) => slot.some(({ suffix }) => suffix === last));
  const open = at === -1 ? SLOTS : SLOTS.slice(0, at);
  const longer = open.flatMap((slot) => slot.map((token) => ({ ...bundle, tokens: [...bundle.tokens, token] })));
  return [bundle, ...longer];
}

export function nameOf(bundle: Bundle): string {
  return bundle.base + bundle.tokens.map((token) => token.suffix).join('');
}

/** Whether some mode of the model can do all that is pinned, as far as pins alone can tell. */
export function canDo(row: ModelRow, pins: Pins): boolean {
  if (pins.audio === true && row.audio.offered === 'never') return false;
  if (pins.audio === false && row.audio.offered === 'always') return false;
  if (pins.offPeak === true && !row.supports.offPeak) return false;
  if (pins.motionLevel !== undefined && !row.supports.motionLevel) return false;
  return row.modes.some((mode) => modeCanDo(row, mode, pins));
}

function modeCanDo(row: ModelRow, mode: ModeRow, pins: Pins): boolean {
  if (isScene(mode.name) ? pins.scene !== mode.name : pins.scene !== undefined) return false;
  // A scene has inputs of its own.
  if (pins.reference !== undefined && (isScene(mode.name) || (mode.name === 'reference') !== pins.reference))
    return false;
  const resolutions = (mode.resolutions ?? row.resolutions).values;
  if (pins.resolution !== undefined && !resolutions.includes(pins.resolution)) return false;
  const facts: Facts = { mode: mode.name, scene: pins.scene ?? null, ...pins };
  return row.rules.every((rule) => {
    if (!surely(rule.when, facts)) return true;
    return 'only' in rule ? !surelyNot(rule.only, facts) : !surely(rule.forbid, facts);
  });
}

/** What is fixed already; a missing key may still become anything. */
type Facts = Readonly<Record<string, Json | undefined>>;

function surely(condition: Condition, facts: Facts): boolean {
  return Object.entries(condition).every(([key, values]) => {
    const fact = facts[key];
    return fact !== undefined && values.some((value) => value === fact);
  });
}

function surelyNot(condition: Condition, facts: Facts): boolean {
  return Object.entries(condition).some(([key, values]) => {
    const fact = facts[key];
    return fact !== undefined && !values.some((value) => value === fact);
  });
}
