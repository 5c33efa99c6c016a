/** Writes the catalogue: as OpenAI lists models, and with what each can do as gateways for many video models list it. */

import type { ModelRow, ModeRow, PriceRow } from '../../model/catalogue.ts';
import { offeredSizes } from '../../model/frame-size.ts';
import type { JsonObject } from '../../model/json.ts';
import { priceText } from '../../model/price.ts';
import { INPUT_ROLES, SCENES } from '../../model/request.ts';
import type { InputRole } from '../../model/request.ts';
import type { HttpReply, ModelCard } from '../dialect.ts';

/** Clients want a number; the catalogue does not know when a model came out. */
const UNDATED = 0;

export function writeModels(cards: readonly ModelCard[]): HttpReply {
  const data = cards.filter((card) => card.isServed).map((card) => modelObject(card, card.row.id));
  return { status: 200, headers: {}, body: { object: 'list', data } };
}

/** `name` is what the model was asked for by: clients look for the id that they sent. */
export function writeModel(card: ModelCard, name: string): HttpReply {
  return { status: 200, headers: {}, body: modelObject(card, name) };
}

export function writeVideoModels(cards: readonly ModelCard[]): HttpReply {
  return { status: 200, headers: {}, body: { object: 'list', data: cards.map(capabilities) } };
}

function modelObject({ row, isServed }: ModelCard, id: string): JsonObject {
  return {
    id,
    object: 'model',
    created: UNDATED,
    owned_by: row.family,
    name: row.label,
    aliases: row.aliases,
    available: isServed,
  };
}

/** What is said of the model is what any of its modes can do; `modes` says which. */
function capabilities({ row, isServed }: ModelCard): JsonObject {
  const ways = row.modes.map((mode) => wayOf(row, mode));
  const all = <T>(pick: (way: Way) => readonly T[]): T[] => [...new Set(ways.flatMap((way) => [...pick(way)]))];
  const takes = (role: InputRole): boolean => row.modes.some((mode) => mode.inputs[role] !== undefined);
  const roles = INPUT_ROLES.filter(takes);
  return {
    id: row.id,
    object: 'video.model',
    created: UNDATED,
    name: row.label,
    family: row.family,
    aliases: row.aliases,
    available: isServed,
    supported_durations: all((way) => way.seconds).toSorted((one, other) => one - other),
    supported_resolutions: all((way) => way.resolutions),
    supported_aspect_ratios: all((way) => way.ratios),
    supported_sizes: all((way) => offeredSizes(row, way.resolutions, way.ratios)),
    supported_frame_images: roles.filter((role) => role === 'first_frame' || role === 'last_frame'),
    input_references: roles.filter((role) => role === 'reference_image' || role === 'reference_video'),
    supported_scenes: SCENES.filter((scene) => row.modes.some((mode) => mode.name === scene)),
    generate_audio: row.audio.offered !== 'never',
    audio: row.audio.offered,
    seed: row.supports.seed,
    negative_prompt: row.supports.negativePrompt,
    off_peak: row.supports.offPeak,
    watermark: row.supports.watermark,
    bgm: row.supports.bgm,
    fps: row.fps.values,
    max_count: row.maxCount,
    max_prompt_characters: row.promptMaxChars,
    allowed_passthrough_parameters: row.vendorKeys,
    modes: row.modes.map((mode, at) => modeObject(mode, ways[at])),
    prices: row.prices.map(priceObject),
  };
}

type Way = {
  readonly seconds: readonly number[];
  readonly resolutions: readonly string[];
  /** None where the input gives the shape. */
  readonly ratios: readonly string[];
};

function wayOf(row: ModelRow, mode: ModeRow): Way {
  return {
    seconds: (mode.seconds ?? row.seconds).values,
    resolutions: (mode.resolutions ?? row.resolutions).values,
    ratios: mode.ratio === 'input' ? [] : (mode.ratios ?? row.ratios).values,
  };
}

function modeObject(mode: ModeRow, way: Way | undefined): JsonObject {
  return {
    name: mode.name,
    prompt: mode.prompt,
    inputs: Object.fromEntries(Object.entries(mode.inputs).map(([role, { min, max }]) => [role, { min, max }])),
    durations: way?.seconds ?? [],
    resolutions: way?.resolutions ?? [],
    aspect_ratios: way?.ratios ?? [],
  };
}

/** The first price whose `when` fits is the one that counts. */
function priceObject(price: PriceRow): JsonObject {
  return { ...priceText(price), when: Object.fromEntries(Object.entries(price.when)) };
}
