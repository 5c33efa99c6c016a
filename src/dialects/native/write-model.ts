/** Writes models with all that they can do. */

import type { ModeRow, ModelRow } from '../../model/catalogue.ts';
import type { JsonObject } from '../../model/json.ts';
import { priceText } from '../../model/price.ts';
import type { HttpReply, ModelCard } from '../dialect.ts';

export function writeModels(models: readonly ModelCard[]): HttpReply {
  return { status: 200, headers: {}, body: { data: models.map(cardBody) } };
}

export function writeModel(model: ModelCard): HttpReply {
  return { status: 200, headers: {}, body: cardBody(model) };
}

function cardBody({ row, isServed }: ModelCard): JsonObject {
  return {
    id: row.id,
    aliases: row.aliases,
    family: row.family,
    label: row.label,
    available: isServed,
    modes: row.modes.map((mode) => modeBody(row, mode)),
    audio: row.audio,
    fps: row.fps.values,
    prompt_max_chars: row.promptMaxChars,
    max_count: row.maxCount,
    supports: row.supports,
    vendor_keys: row.vendorKeys,
    rules: row.rules.map(({ because }) => because),
    prices: row.prices.map((price) => ({ ...priceText(price), when: { ...price.when } })),
    typical_seconds: row.typicalSeconds,
  };
}

function modeBody(row: ModelRow, mode: ModeRow): JsonObject {
  return {
    name: mode.name,
    inputs: mode.inputs,
    prompt: mode.prompt,
    seconds: (mode.seconds ?? row.seconds).values,
    resolutions: (mode.resolutions ?? row.resolutions).values,
    ratios: mode.ratio === 'input' ? null : (mode.ratios ?? row.ratios).values,
  };
}
