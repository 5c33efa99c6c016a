/** A row of the catalogue as operators write it, in the admin API and in files: the schema of its JSON. */

import { Type } from 'typebox';
import type { Static, TProperties, TSchema } from 'typebox';

import { INPUT_ROLES, MOTION_LEVELS, SCENES } from '../model/request.ts';
import { MODE_NAMES } from '../model/spec.ts';

/** Bounds of what a row may say. */
export const ROW_BOUNDS = {
  seconds: 3_600,
  values: 3_600,
  inputs: 16,
  promptChars: 100_000,
  count: 16,
  fps: 240,
  rules: 100,
  prices: 500,
  names: 100,
  typicalSeconds: 86_400,
  deadlineHours: 720,
} as const;

const TEXT_CHARS = 500;
const NAME = '^[\\x21-\\x7e]{1,96}$';
const PRICE_UNITS = ['second', 'video', 'million_tokens'] as const;
const CONFIDENCES = ['documented', 'observed', 'guessed'] as const;
const SOUND = ['never', 'always', 'optional'] as const;

function exactly<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** Every key may be left out. */
function each<T extends TSchema>(keys: readonly string[], schema: T) {
  return exactly(Object.fromEntries(keys.map((key) => [key, Type.Optional(schema)])));
}

function whole(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` });
}

function oneOf<const T extends string>(words: readonly T[]) {
  return Type.Enum([...words], { description: `one of ${words.join(', ')}` });
}

function listOf<T extends TSchema>(items: T, maxItems: number, description: string) {
  return Type.Array(items, { maxItems, description });
}

function orNull<T extends TSchema>(schema: T, description: string) {
  return Type.Union([schema, Type.Null()], { description: `${description}, or null` });
}

const Text = Type.String({ minLength: 1, maxLength: TEXT_CHARS, pattern: '\\S', description: 'a text' });
const Name = Type.String({ pattern: NAME, description: 'a name of 1 to 96 printable characters without spaces' });
const Flag = Type.Boolean({ description: 'true or false' });
const Label = Type.String({ pattern: '^(\\d{2,4}p|2k|4k|8k)$', description: 'a resolution such as 720p, 2k, 4k' });
const Ratio = Type.String({ pattern: '^([1-9]\\d{0,3}:[1-9]\\d{0,3}|adaptive)$', description: 'a ratio such as 16:9' });
const Usd = Type.Union([Type.String({ maxLength: 40 }), Type.Number()], {
  description: 'an amount of USD with at most six decimals, such as "0.05"',
});

function choiceOf<T extends TSchema>(value: T, description: string) {
  const values = Type.Array(value, { minItems: 1, maxItems: ROW_BOUNDS.values, uniqueItems: true, description });
  return exactly({ values, default: Type.Optional(value) });
}

const Seconds = choiceOf(whole(1, ROW_BOUNDS.seconds), 'a list of whole seconds without repeats');
const Resolutions = choiceOf(Label, 'a list of resolutions without repeats');
const Ratios = choiceOf(Ratio, 'a list of ratios without repeats');

const Source = exactly({ reference: Text, confidence: oneOf(CONFIDENCES) });

const anyOf = <T extends TSchema>(items: T, description: string) =>
  Type.Optional(Type.Array(items, { minItems: 1, maxItems: ROW_BOUNDS.values, description }));

export const ConditionDocument = exactly({
  mode: anyOf(oneOf(MODE_NAMES), 'a list of modes'),
  scene: anyOf(orNull(oneOf(SCENES), `one of ${SCENES.join(', ')}`), 'a list of scenes'),
  resolution: anyOf(Label, 'a list of resolutions'),
  ratio: anyOf(Ratio, 'a list of ratios'),
  seconds: anyOf(whole(1, ROW_BOUNDS.seconds), 'a list of whole seconds'),
  audio: anyOf(Flag, 'a list of true or false'),
  off_peak: anyOf(Flag, 'a list of true or false'),
  motion_level: anyOf(orNull(oneOf(MOTION_LEVELS), `one of ${MOTION_LEVELS.join(', ')}`), 'a list of levels'),
  video_input: anyOf(Flag, 'a list of true or false'),
});

const PriceDocument = exactly({
  unit: oneOf(PRICE_UNITS),
  usd: Usd,
  base_usd: Type.Optional(Usd),
  when: Type.Optional(ConditionDocument),
  source: Type.Optional(Source),
});
export type PriceDocument = Static<typeof PriceDocument>;

export const PricesDocument = listOf(
  PriceDocument,
  ROW_BOUNDS.prices,
  `a list of at most ${ROW_BOUNDS.prices} prices such as {"unit": "second", "usd": "0.05"}`,
);

const Longest = { max: whole(1, ROW_BOUNDS.seconds) };

const ModeDocument = exactly({
  inputs: Type.Optional(
    each(INPUT_ROLES, exactly({ min: whole(0, ROW_BOUNDS.inputs), max: whole(1, ROW_BOUNDS.inputs) })),
  ),
  prompt: oneOf(['required', 'optional']),
  ratio: oneOf(['choice', 'input']),
  seconds: Type.Optional(Seconds),
  resolutions: Type.Optional(Resolutions),
  ratios: Type.Optional(Ratios),
  seconds_from_audio: Type.Optional(exactly(Longest)),
  seconds_from_video: Type.Optional(exactly({ ...Longest, or_said: Type.Optional(Type.Literal(true)) })),
  min_billed_seconds: Type.Optional(whole(1, ROW_BOUNDS.seconds)),
});

const RuleDocument = exactly({
  when: ConditionDocument,
  only: Type.Optional(ConditionDocument),
  forbid: Type.Optional(ConditionDocument),
  because: exactly({ en: Text, zh: Text }),
});

const RulesDocument = listOf(RuleDocument, ROW_BOUNDS.rules, 'a list of rules');

const ServingDocument = exactly({
  upstream: Type.Object({}, { description: 'an object of the provider\'s own words, such as {"model": "its-name"}' }),
  modes: Type.Optional(listOf(oneOf(MODE_NAMES), MODE_NAMES.length, 'a list of modes')),
  rules: Type.Optional(RulesDocument),
  costs: Type.Optional(PricesDocument),
});

/** Modes by their names, and servings by their providers, so that a patch can touch one of them. */
export const RowDocument = exactly({
  label: Text,
  family: Name,
  aliases: listOf(Name, ROW_BOUNDS.names, 'a list of names'),
  modes: each(MODE_NAMES, ModeDocument),
  seconds: Seconds,
  resolutions: Resolutions,
  ratios: Ratios,
  sizes: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Record(Type.String(), Type.String({ description: 'a size such as 1280x720' }), {
        description: 'an object of ratios to sizes',
      }),
      { description: 'an object of resolutions, each with its ratios and their sizes' },
    ),
  ),
  audio: exactly({ offered: oneOf(SOUND), default: Flag }),
  prompt_max_chars: whole(1, ROW_BOUNDS.promptChars),
  max_count: whole(1, ROW_BOUNDS.count),
  fps: choiceOf(whole(1, ROW_BOUNDS.fps), 'a list of whole numbers'),
  supports: exactly({
    seed: Flag,
    negative_prompt: Flag,
    off_peak: Flag,
    bgm: Flag,
    watermark: Flag,
    motion_level: Flag,
  }),
  rules: RulesDocument,
  vendor_keys: listOf(Name, ROW_BOUNDS.names, 'a list of names'),
  servings: Type.Record(Type.String(), ServingDocument, {
    description: 'an object of providers, such as {"openai-video": {"upstream": {"model": "its-name"}}}',
  }),
  typical_seconds: whole(1, ROW_BOUNDS.typicalSeconds),
  deadline_hours: whole(1, ROW_BOUNDS.deadlineHours),
  retry_after_failure: Flag,
  prices: PricesDocument,
  source: Source,
});
export type RowDocument = Static<typeof RowDocument>;
