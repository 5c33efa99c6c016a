// Paints open water: a coast far off, bands of swell that slide over each other, and light glittering on them.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import type { OrbPlace } from './sky.ts';
import { drawLayer, makeLayer } from './stage.ts';
import type { Layer, Stage } from './stage.ts';

export type Sea = {
  readonly coast: Layer;
  readonly swell: readonly { readonly layer: Layer; readonly sway: number; readonly pace: number }[];
  readonly glints: readonly Glint[];
};

type Glint = {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly phase: number;
  readonly pace: number;
};

const GLINTS = 110;

export function makeSea(stage: Stage, mood: Mood, orb: OrbPlace, random: Random): Sea {
  const coast = makeLayer(
    stage,
    0.1,
    { top: stage.horizon - stage.unit * 0.12, bottom: stage.height * 1.02 },
    (context) => {
      paintHeadland(context, stage, mood, orb, random);
      paintWater(context, stage, mood, orb);
    },
  );
  const bands = [0.05, 0.11, 0.19, 0.3, 0.46];
  const swell = bands.map((down, index) => ({
    layer: swellLayer(stage, mood, down, index, random),
    sway: stage.unit * (0.008 + 0.02 * down),
    pace: random.between(0.5, 0.9) * (index % 2 === 0 ? 1 : -1),
  }));
  const glints = Array.from({ length: GLINTS }, () => {
    const down = random.next() ** 1.5;
    const spread = stage.unit * (0.03 + 0.28 * down);
    return {
      x: orb.x + (random.next() + random.next() - 1) * spread,
      y: stage.horizon + stage.unit * 0.008 + down * (stage.height - stage.horizon) * 0.8,
      length: stage.unit * (0.008 + 0.05 * down) * random.between(0.4, 1.2),
      phase: random.next() * Math.PI * 2,
      pace: random.between(1.2, 3.2),
    };
  });
  return { coast, swell, glints };
}

export function paintSea(
  context: SKRSContext2D,
  stage: Stage,
  mood: Mood,
  sea: Sea,
  seconds: number,
  progress: number,
): void {
  drawLayer(context, stage, sea.coast, progress);
  for (const { layer, sway, pace } of sea.swell) {
    const beat = seconds * pace * 1.5;
    drawLayer(context, stage, layer, progress, { x: Math.sin(beat) * sway * 1.6, y: Math.cos(beat) * sway * 0.35 });
  }
  context.fillStyle = css(mix(mood.palette.glow, [255, 255, 255], 0.3), mood.orb === 'none' ? 0.25 : 0.8);
  for (const glint of sea.glints) {
    const shine = Math.sin(seconds * glint.pace + glint.phase);
    if (shine <= 0) continue;
    context.globalAlpha = shine;
    context.fillRect(
      glint.x - (glint.length * shine) / 2,
      glint.y,
      glint.length * shine,
      Math.max(1, stage.unit * 0.0022),
    );
  }
  context.globalAlpha = 1;
}

function paintHeadland(context: SKRSContext2D, stage: Stage, mood: Mood, orb: OrbPlace, random: Random): void {
  const fromLeft = orb.x > stage.width / 2;
  const reach = stage.width * random.between(0.28, 0.42);
  const rise = stage.unit * random.between(0.06, 0.1);
  const bumps = Array.from({ length: 24 }, () => random.between(0.6, 1));
  context.fillStyle = css(mix(mix(mood.palette.land, mood.palette.near, 0.3), mood.palette.sky[2], 0.3));
  context.beginPath();
  const edge = fromLeft ? -stage.width * 0.1 : stage.width * 1.1;
  context.moveTo(edge, stage.horizon + 1);
  for (let step = 0; step <= 24; step += 1) {
    const along = step / 24;
    const x = fromLeft ? edge + along * reach : edge - along * reach;
    context.lineTo(x, stage.horizon - rise * (1 - along) ** 0.7 * (bumps[step] ?? 0.1));
  }
  context.lineTo(fromLeft ? edge + reach * 1.03 : edge - reach * 1.03, stage.horizon + 1);
  context.fill();
}

function paintWater(context: SKRSContext2D, stage: Stage, mood: Mood, orb: OrbPlace): void {
  const { sky, land, near, glow } = mood.palette;
  const water = context.createLinearGradient(0, stage.horizon, 0, stage.height);
  water.addColorStop(0, css(mix(sky[2], land, 0.35)));
  water.addColorStop(0.2, css(mix(sky[1], land, 0.55)));
  water.addColorStop(1, css(mix(land, near, 0.72)));
  context.fillStyle = water;
  context.fillRect(-stage.width, stage.horizon, stage.width * 3, stage.height);
  if (mood.orb === 'none') return;
  context.save();
  context.translate(orb.x, stage.horizon);
  context.scale(1, 2.6);
  const path = context.createRadialGradient(0, 0, 0, 0, 0, stage.unit * 0.24);
  path.addColorStop(0, css(glow, 0.5));
  path.addColorStop(0.4, css(glow, 0.16));
  path.addColorStop(1, css(glow, 0));
  context.fillStyle = path;
  context.fillRect(-stage.unit * 0.25, 0, stage.unit * 0.5, stage.unit * 0.25);
  context.restore();
}

function swellLayer(stage: Stage, mood: Mood, down: number, index: number, random: Random): Layer {
  const top = stage.horizon + down * (stage.height - stage.horizon) * 2;
  const rise = stage.unit * (0.004 + 0.02 * down);
  const waves = 9 / (0.5 + down * 5);
  const phases = [random.next() * 6.28, random.next() * 6.28, random.next() * 6.28] as const;
  const crest = (x: number): number => {
    const along = (x / stage.unit) * waves;
    return (
      top +
      rise *
        (Math.sin(along * 2.1 + phases[0]) +
          0.5 * Math.sin(along * 5.3 + phases[1]) +
          0.25 * Math.sin(along * 11 + phases[2]))
    );
  };
  const body = mix(mix(mood.palette.land, mood.palette.sky[1], 0.45 * (1 - down)), mood.palette.near, 0.2 + down);
  return makeLayer(stage, 0.12 + index * 0.16, { top: top - rise * 2, bottom: stage.height * 1.05 }, (context) => {
    const step = Math.max(1, stage.width / 400);
    const trace = (): void => {
      context.beginPath();
      for (let x = -stage.width * 0.1; x <= stage.width * 1.1; x += step) context.lineTo(x, crest(x));
    };
    trace();
    context.lineTo(stage.width * 1.1, stage.height * 1.1);
    context.lineTo(-stage.width * 0.1, stage.height * 1.1);
    const fill = context.createLinearGradient(0, top - rise, 0, top + stage.height * 0.2);
    fill.addColorStop(0, css(body, 0.75));
    fill.addColorStop(1, css(body, 0.2));
    context.fillStyle = fill;
    context.fill();
    trace();
    context.strokeStyle = css(mix(mood.palette.sky[2], mood.palette.glow, 0.5), 0.16);
    context.lineWidth = Math.max(1, stage.unit * 0.0018);
    context.stroke();
  });
}
