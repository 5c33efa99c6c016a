/** The reference of the models: what each can do and what it costs, made of the catalogue. */

import { listModels } from '../src/catalogue/index.ts';
import type { ModelRow, ModeRow, PriceRow } from '../src/model/catalogue.ts';
import { formatUsd } from '../src/model/money.ts';
import { code, condition, numbers, offered, page, table } from './markdown.ts';

const UNITS = { second: 'per second', video: 'per video', million_tokens: 'per million tokens' } as const;

export function modelDocs(): string {
  const rows = listModels();
  const families = [...new Set(rows.map(({ family }) => family))];
  return page('Models', [
    `${rows.length} models in ${families.length} families. Every name is matched without regard to case, and may carry settings ([names](names.md)). Prices are list prices in US dollars from the source named, with how sure it is: *documented* by the vendor, *observed* in public code or price lists, or *guessed*. A model without a price runs with test keys, and live once the operator has set one.`,
    ...families.flatMap((family) => [`## ${family}`, ...rows.filter((row) => row.family === family).map(section)]),
  ]);
}

function section(row: ModelRow): string {
  return [
    `### ${row.id}`,
    [
      `${row.label}.`,
      row.aliases.length === 0 ? '' : `Also ${row.aliases.map(code).join(', ')}.`,
      row.servings.length === 0
        ? 'Only resold, by gateways whose channels name it among their models.'
        : `Served by ${row.servings.map(({ provider }) => code(provider)).join(', ')}.`,
      `${soundOf(row)} Prompts of up to ${row.promptMaxChars} characters; ${extrasOf(row)}`,
      `Usually ready after ${row.typicalSeconds} s. Source: ${row.source.reference} (${row.source.confidence}).`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
    table(
      ['mode', 'inputs', 'seconds', 'resolutions', 'ratios'],
      row.modes.map((mode) => modeCells(row, mode)),
    ),
    ...rulesOf(row),
    ...(row.vendorKeys.length === 0 ? [] : [`Vendor keys: ${row.vendorKeys.map(code).join(', ')}.`]),
    row.prices.length === 0 ? 'No price is known.' : table(['price', 'when', 'source'], row.prices.map(priceCells)),
  ].join('\n\n');
}

function modeCells(row: ModelRow, mode: ModeRow): readonly string[] {
  const inputs = Object.entries(mode.inputs).map(([role, { min, max }]) =>
    min === max ? `${max} ${role}` : `${min}-${max} ${role}`,
  );
  const seconds = mode.seconds ?? row.seconds;
  const follows = mode.secondsFromVideo ?? mode.secondsFromAudio;
  const source = mode.secondsFromVideo === undefined ? 'track' : 'source';
  const length = follows === undefined ? numbers(seconds.values) : `as the ${source}, up to ${follows.max}`;
  const least = mode.minBilledSeconds === undefined ? '' : `; at least ${mode.minBilledSeconds} are billed`;
  return [
    mode.name,
    inputs.join(', '),
    `${length}${least}`,
    offered(mode.resolutions ?? row.resolutions),
    mode.ratio === 'input' ? 'of the input' : offered(mode.ratios ?? row.ratios),
  ];
}

function soundOf({ audio }: ModelRow): string {
  if (audio.offered === 'never') return 'Silent.';
  if (audio.offered === 'always') return 'Always with sound.';
  return audio.default ? 'With sound unless refused.' : 'With sound on request.';
}

const EXTRAS = {
  seed: 'a seed',
  negativePrompt: 'a negative prompt',
  offPeak: 'off-peak hours',
  bgm: 'music',
  watermark: 'a watermark',
  motionLevel: 'a level of motion',
} as const;

function extrasOf({ supports }: ModelRow): string {
  const names = (Object.keys(EXTRAS) as (keyof typeof EXTRAS)[]).filter((key) => supports[key]);
  return names.length === 0 ? 'no further settings.' : `takes ${names.map((key) => EXTRAS[key]).join(', ')}.`;
}

function rulesOf({ rules }: ModelRow): readonly string[] {
  return rules.length === 0 ? [] : [rules.map(({ because }) => `- ${because.en}`).join('\n')];
}

function priceCells({ unit, micros, when, source }: PriceRow): readonly string[] {
  return [`${formatUsd(micros)} ${UNITS[unit]}`, condition(when), `${source.reference} (${source.confidence})`];
}
