// Paints a city: hazy blocks far off, lit windows, dark towers with signs at the edges, and a street that mirrors them.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, luma, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { makeLayer, OVERSCAN } from './stage.ts';
import type { Layer, Stage } from './stage.ts';

type Block = { readonly x: number; readonly width: number; readonly top: number };

export function cityLayers(stage: Stage, mood: Mood, random: Random): readonly Layer[] {
  const { sky, land, near } = mood.palette;
  const base = stage.horizon + stage.height * 0.02;
  const far = row(stage, base, { width: [0.035, 0.075], height: [0.1, 0.3], valley: 0.75 }, random);
  const middle = row(stage, base, { width: [0.05, 0.11], height: [0.1, 0.44], valley: 0.4 }, random);
  const edges = row(stage, base, { width: [0.13, 0.2], height: [0.4, 0.78], valley: 0 }, random).filter(
    (block) => Math.abs(block.x + block.width / 2 - stage.width / 2) > stage.width * 0.3,
  );
  const farTone = mix(mix(land, sky[2], 0.42), sky[1], 0.25);
  const middleTone = mix(land, near, 0.45);
  return [
    makeLayer(stage, 0.12, { top: 0, bottom: base + 2 }, (context) => {
      paintBlocks(context, stage, far, base, farTone, random);
      paintWindows(context, stage, mood, far, base, { size: 0.006, share: 0.3, strength: 0.4 }, random);
    }),
    makeLayer(stage, 0.3, { top: 0, bottom: stage.height * 1.02 }, (context) => {
      paintStreet(context, stage, mood, base);
      paintBlocks(context, stage, middle, base, middleTone, random);
      paintWindows(context, stage, mood, middle, base, { size: 0.009, share: 0.36, strength: 0.85 }, random);
      paintReflections(context, mood, middle, base, random);
    }),
    makeLayer(stage, 0.62, { top: 0, bottom: stage.height * 1.02 }, (context) => {
      const foot = stage.height * 1.02;
      paintBlocks(context, stage, edges, foot, near, random);
      paintWindows(context, stage, mood, edges, foot, { size: 0.014, share: 0.2, strength: 0.7 }, random);
      for (const block of edges) if (bright(mood)) paintSign(context, stage, mood, block, random);
    }),
  ];
}

function bright(mood: Mood): boolean {
  return luma(mood.palette.sky[0]) < 60;
}

/** A row of blocks with a lower valley in the middle (`valley` 0 = none standing there, 1 = as high as the edges). */
function row(
  stage: Stage,
  base: number,
  shape: {
    readonly width: readonly [number, number];
    readonly height: readonly [number, number];
    readonly valley: number;
  },
  random: Random,
): readonly Block[] {
  const blocks: Block[] = [];
  let x = -OVERSCAN * stage.width;
  while (x < (1 + OVERSCAN) * stage.width) {
    const width = stage.unit * random.between(...shape.width);
    const aside = Math.min(1, Math.abs((x + width / 2) / stage.width - 0.5) * 2);
    const envelope = shape.valley + (1 - shape.valley) * aside ** 1.3;
    const tall = stage.height * random.between(...shape.height) * Math.max(0.12, envelope);
    blocks.push({ x, width, top: base - tall });
    x += width * random.between(0.94, 1.1);
  }
  return blocks;
}

function paintBlocks(
  context: SKRSContext2D,
  stage: Stage,
  blocks: readonly Block[],
  base: number,
  tone: Rgb,
  random: Random,
): void {
  for (const block of blocks) {
    const fill = context.createLinearGradient(0, block.top, 0, base);
    fill.addColorStop(0, css(mix(tone, [0, 0, 0], random.between(0, 0.2))));
    fill.addColorStop(1, css(mix(tone, [255, 255, 255], 0.05)));
    context.fillStyle = fill;
    context.fillRect(block.x, block.top, block.width, base - block.top);
    paintRoof(context, stage, block, random);
  }
}

function paintRoof(context: SKRSContext2D, stage: Stage, block: Block, random: Random): void {
  const kind = random.next();
  const { x, width, top } = block;
  if (kind < 0.3) {
    const mast = stage.unit * random.between(0.02, 0.06);
    context.fillRect(x + width * 0.5, top - mast, Math.max(1, stage.unit * 0.0025), mast);
  } else if (kind < 0.55) {
    context.fillRect(x + width * 0.2, top - stage.unit * 0.014, width * 0.6, stage.unit * 0.015);
  } else if (kind < 0.68) {
    context.beginPath();
    context.moveTo(x, top + 1);
    context.lineTo(x + width, top + 1);
    context.lineTo(x + width * random.between(0.2, 0.8), top - stage.unit * 0.04);
    context.fill();
  }
}

function paintWindows(
  context: SKRSContext2D,
  stage: Stage,
  mood: Mood,
  blocks: readonly Block[],
  base: number,
  look: { readonly size: number; readonly share: number; readonly strength: number },
  random: Random,
): void {
  const width = Math.max(1, stage.unit * look.size);
  const lit = bright(mood);
  const warm = mix(mood.palette.accent, [255, 214, 150], mood.light === 'neon' ? 0.45 : 0.6);
  for (const block of blocks) {
    const share = look.share * random.between(0.3, 1.2);
    const columns = Math.floor((block.width - width) / (width * 1.9));
    const rows = Math.min(90, Math.floor((Math.min(base, stage.height) - block.top - width * 2) / (width * 2.4)));
    for (let rowIndex = 0; rowIndex < rows; rowIndex += 1) {
      for (let column = 0; column < columns; column += 1) {
        if (!random.chance(share)) continue;
        const color = mood.light === 'neon' && random.chance(0.3) ? mood.palette.glow : warm;
        context.fillStyle = lit ? css(color, look.strength * random.between(0.35, 1)) : css(mood.palette.sky[1], 0.22);
        context.fillRect(
          block.x + width * (0.9 + column * 1.9),
          block.top + width * (1.6 + rowIndex * 2.4),
          width,
          width * 1.3,
        );
      }
    }
  }
}

/** The street takes the colour of the sky above it and darkens towards the lens. */
function paintStreet(context: SKRSContext2D, stage: Stage, mood: Mood, base: number): void {
  const fill = context.createLinearGradient(0, base, 0, stage.height);
  fill.addColorStop(0, css(mix(mix(mood.palette.sky[2], mood.palette.land, 0.55), mood.palette.near, 0.25)));
  fill.addColorStop(0.35, css(mix(mood.palette.land, mood.palette.near, 0.65)));
  fill.addColorStop(1, css(mood.palette.near));
  context.fillStyle = fill;
  context.fillRect(-stage.width, base - 1, stage.width * 3, stage.height);
}

/** Long soft streaks of light on a wet street, under the buildings they come from. */
function paintReflections(
  context: SKRSContext2D,
  mood: Mood,
  blocks: readonly Block[],
  base: number,
  random: Random,
): void {
  if (!bright(mood) && mood.weather !== 'rain') return;
  const wet = mood.weather === 'rain' || mood.light === 'neon' ? 1 : 0.45;
  const colors = [mood.palette.accent, mood.palette.glow, mood.palette.sky[2]];
  for (const block of blocks) {
    for (let streak = 0; streak < 3; streak += 1) {
      const width = block.width * random.between(0.06, 0.3);
      const x = block.x + random.next() * block.width;
      const length = (base - block.top) * random.between(0.5, 1.1);
      const fill = context.createLinearGradient(0, base, 0, base + length);
      const color = random.pick(colors);
      fill.addColorStop(0, css(color, 0.26 * wet * random.between(0.4, 1)));
      fill.addColorStop(1, css(color, 0));
      context.fillStyle = fill;
      context.fillRect(x, base, width, length);
    }
  }
}

function paintSign(context: SKRSContext2D, stage: Stage, mood: Mood, block: Block, random: Random): void {
  const color = random.pick([mood.palette.accent, mood.palette.glow, mix(mood.palette.accent, mood.palette.glow, 0.5)]);
  const inner = block.x + block.width / 2 < stage.width / 2;
  const width = stage.unit * random.between(0.02, 0.032);
  const height = stage.unit * random.between(0.14, 0.24);
  const x = inner ? block.x + block.width - width * 0.5 : block.x - width * 0.5;
  const y = block.top + stage.unit * random.between(0.06, 0.16);
  context.save();
  context.shadowColor = css(color, 0.9);
  context.shadowBlur = stage.unit * 0.035 * stage.layerScale;
  context.fillStyle = css(mix(color, [0, 0, 0], 0.55));
  context.fillRect(x, y, width, height);
  context.fillStyle = css(mix(color, [255, 255, 255], 0.25));
  const glyphs = 4;
  for (let glyph = 0; glyph < glyphs; glyph += 1) {
    const side = width * 0.56;
    const top = y + (height / glyphs) * glyph + (height / glyphs - side) / 2;
    for (let stroke = 0; stroke < 3; stroke += 1) {
      if (random.chance(0.5)) context.fillRect(x + (width - side) / 2, top + stroke * side * 0.42, side, side * 0.14);
      else context.fillRect(x + (width - side) / 2 + stroke * side * 0.42, top, side * 0.14, side);
    }
  }
  context.restore();
}
