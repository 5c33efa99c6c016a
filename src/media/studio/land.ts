// Paints land without buildings: mountains, hills, woods and dunes, each paler the farther it lies.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { makeLayer, OVERSCAN } from './stage.ts';
import type { Layer, Stage } from './stage.ts';
import { toneAt } from './tone.ts';
import type { Tone } from './tone.ts';

type Range = {
  readonly depth: number;
  /** Foot and height of the range, as shares of the frame's height, from the horizon up. */
  readonly foot: number;
  readonly height: number;
  /** Hills per frame width, and how broken the outline is (0 smooth, 1 jagged). */
  readonly hills: number;
  readonly roughness: number;
  /** Height of the trees on it, as a share of the frame's shorter side. */
  readonly trees: number;
};

const RANGES: Readonly<Record<'mountains' | 'hills' | 'forest' | 'desert', readonly Range[]>> = {
  mountains: [
    { depth: 0.46, foot: 0.14, height: 0.1, hills: 2.2, roughness: 0.4, trees: 0.028 },
    { depth: 0.85, foot: 0.3, height: 0.1, hills: 1.6, roughness: 0.35, trees: 0.08 },
  ],
  hills: [
    { depth: 0.08, foot: 0, height: 0.14, hills: 2.6, roughness: 0.44, trees: 0 },
    { depth: 0.2, foot: 0.06, height: 0.13, hills: 2.2, roughness: 0.16, trees: 0.022 },
    { depth: 0.38, foot: 0.14, height: 0.15, hills: 1.7, roughness: 0.1, trees: 0.036 },
    { depth: 0.6, foot: 0.25, height: 0.15, hills: 1.3, roughness: 0.06, trees: 0.07 },
    { depth: 0.85, foot: 0.4, height: 0.14, hills: 1.1, roughness: 0.08, trees: 0 },
  ],
  forest: [
    { depth: 0.12, foot: 0, height: 0.18, hills: 2.6, roughness: 0.45, trees: 0.022 },
    { depth: 0.26, foot: 0.06, height: 0.12, hills: 2.2, roughness: 0.3, trees: 0.06 },
    { depth: 0.48, foot: 0.14, height: 0.1, hills: 1.8, roughness: 0.2, trees: 0.12 },
    { depth: 0.9, foot: 0.3, height: 0.08, hills: 1.3, roughness: 0.2, trees: 0.3 },
  ],
  desert: [{ depth: 0.08, foot: 0.01, height: 0.05, hills: 3.4, roughness: 0.3, trees: 0 }],
};

/** How far out of the haze each range stands, from 0 (far) to 1 (near). */
const NEARNESS: Readonly<Record<keyof typeof RANGES, readonly number[]>> = {
  mountains: [0.72, 1],
  hills: [0.2, 0.4, 0.6, 0.8, 1],
  forest: [0.25, 0.5, 0.75, 1],
  desert: [0.2],
};

export function landLayers(stage: Stage, mood: Mood, terrain: keyof typeof RANGES, random: Random): readonly Layer[] {
  const ranges = RANGES[terrain];
  return ranges.map((range, index) => {
    const tone = toneAt(mood, terrain === 'desert', NEARNESS[terrain][index] ?? 1);
    const outline = ridge(random, range, stage.width);
    const foot = stage.horizon + range.foot * stage.height;
    const rise = range.height * stage.height;
    const crest = (x: number): number => foot - outline(x) * rise;
    const top = foot - rise - range.trees * stage.unit * 1.6 - 2;
    return makeLayer(stage, range.depth, { top, bottom: stage.height * 1.02 }, (context) => {
      paintRange(context, stage, { crest, foot, rise }, tone);
      if (range.trees > 0 && terrain === 'hills')
        paintGroves(context, stage, crest, range.trees * stage.unit, tone.body, random);
      else if (range.trees > 0) paintTrees(context, stage, crest, range.trees * stage.unit, tone.body, random);
    });
  });
}

const OCTAVES = 7;

/** A repeatable outline from 0 to 1 along the frame. */
function ridge(random: Random, range: Range, width: number): (x: number) => number {
  const table = Array.from({ length: 512 }, () => random.next());
  const shift = random.next() * 100;
  const wave = (at: number): number => {
    const low = Math.floor(at);
    const share = at - low;
    const smooth = share * share * (3 - 2 * share);
    const a = table[((low % 512) + 512) % 512] ?? 0;
    const b = table[(((low + 1) % 512) + 512) % 512] ?? 0;
    return a + (b - a) * smooth;
  };
  return (x) => {
    let sum = 0;
    let total = 0;
    let strength = 1;
    let pace = range.hills;
    for (let octave = 0; octave < OCTAVES; octave += 1) {
      sum += strength * wave((x / width) * pace + shift + octave * 37);
      total += strength;
      strength *= range.roughness;
      pace *= 2.1;
    }
    return sum / total;
  };
}

function tracePath(context: SKRSContext2D, stage: Stage, crest: (x: number) => number): void {
  const step = Math.max(1, stage.width / 640);
  context.beginPath();
  context.moveTo(-OVERSCAN * stage.width - step, stage.height * 1.1);
  for (let x = -OVERSCAN * stage.width - step; x <= (1 + OVERSCAN) * stage.width + step; x += step)
    context.lineTo(x, crest(x));
  context.lineTo((1 + OVERSCAN) * stage.width + step, stage.height * 1.1);
  context.closePath();
}

function paintRange(
  context: SKRSContext2D,
  stage: Stage,
  shape: { readonly crest: (x: number) => number; readonly foot: number; readonly rise: number },
  tone: Tone,
): void {
  const fill = context.createLinearGradient(0, shape.foot - shape.rise, 0, shape.foot + shape.rise * 0.4);
  fill.addColorStop(0, css(tone.crest));
  fill.addColorStop(0.45, css(tone.body));
  fill.addColorStop(1, css(tone.mist));
  tracePath(context, stage, shape.crest);
  context.fillStyle = fill;
  context.fill();
}

/** Round trees in loose groups, with open meadow between them. */
function paintGroves(
  context: SKRSContext2D,
  stage: Stage,
  crest: (x: number) => number,
  height: number,
  body: Rgb,
  random: Random,
): void {
  let x = -OVERSCAN * stage.width;
  while (x < (1 + OVERSCAN) * stage.width) {
    const trees = Math.floor(random.between(2, 9));
    for (let tree = 0; tree < trees; tree += 1) {
      const tall = height * random.between(0.6, 1.2);
      context.fillStyle = css(mix(body, [0, 0, 0], random.between(0.22, 0.36)));
      context.beginPath();
      context.ellipse(x, crest(x) - tall * 0.35, tall * 0.42, tall * 0.5, 0, 0, Math.PI * 2);
      context.fill();
      context.fillRect(x - tall * 0.04, crest(x) - tall * 0.1, tall * 0.08, tall * 0.2);
      x += tall * random.between(0.35, 0.8);
    }
    x += stage.width * random.between(0.04, 0.16);
  }
}

function paintTrees(
  context: SKRSContext2D,
  stage: Stage,
  crest: (x: number) => number,
  height: number,
  body: Rgb,
  random: Random,
): void {
  context.fillStyle = css(mix(body, [0, 0, 0], 0.16));
  const end = (1 + OVERSCAN) * stage.width;
  for (let x = -OVERSCAN * stage.width; x < end; x += height * random.between(0.16, 0.42)) {
    const tall = height * random.between(0.55, 1.25);
    paintConifer(context, x, crest(x) + tall * 0.12, tall, random);
  }
}

function paintConifer(context: SKRSContext2D, x: number, foot: number, tall: number, random: Random): void {
  const tiers = tall < 12 ? 1 : 5;
  context.beginPath();
  context.moveTo(x, foot - tall);
  for (let tier = 1; tier <= tiers; tier += 1) {
    const y = foot - tall + (tall * 0.92 * tier) / tiers;
    const half = tall * 0.2 * (tier / tiers) ** 0.8 * random.between(0.85, 1.15);
    context.lineTo(x + half, y);
    if (tier < tiers) context.lineTo(x + half * 0.55, y - tall * 0.02);
  }
  for (let tier = tiers; tier >= 1; tier -= 1) {
    const y = foot - tall + (tall * 0.92 * tier) / tiers;
    const half = tall * 0.2 * (tier / tiers) ** 0.8 * random.between(0.85, 1.15);
    if (tier < tiers) context.lineTo(x - half * 0.55, y - tall * 0.02);
    context.lineTo(x - half, y);
  }
  context.closePath();
  context.fill();
  context.fillRect(x - tall * 0.015, foot - tall * 0.1, Math.max(1, tall * 0.03), tall * 0.12);
}
