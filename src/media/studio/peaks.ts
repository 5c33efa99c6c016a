// Paints what has a lit and a shaded side: mountains with snow on their heads, and sand dunes.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { makeLayer } from './stage.ts';
import type { Layer, Stage } from './stage.ts';
import { toneAt } from './tone.ts';

type Point = readonly [x: number, y: number];

/** `snowTint` is how much the snow takes on the colour of the rock's lit side, from 0 to 1. */
type Sides = { readonly lit: Rgb; readonly shade: Rgb; readonly mist: Rgb; readonly snowTint: number };

/** Two ranges, the far one higher. `lightX` tells which side is lit. */
export function mountainLayers(stage: Stage, mood: Mood, lightX: number, random: Random): readonly Layer[] {
  const snow = mood.weather === 'snow' || mood.light === 'winter' ? 0.62 : 0.3;
  return [
    { depth: 0.1, foot: 0.06, rise: 0.44, count: 4, nearness: 0.14 },
    { depth: 0.24, foot: 0.14, rise: 0.3, count: 5, nearness: 0.42 },
  ].map((range) => {
    const tone = toneAt(mood, false, range.nearness);
    const sides = {
      lit: mix(tone.body, mood.palette.glow, 0.14),
      shade: mix(tone.body, mood.palette.near, 0.32),
      mist: tone.mist,
      snowTint: mood.light === 'night' ? 0.34 : 0.08,
    };
    const foot = stage.horizon + range.foot * stage.height;
    const rise = range.rise * stage.height;
    return makeLayer(stage, range.depth, { top: foot - rise * 1.1, bottom: stage.height * 1.02 }, (context) => {
      context.fillStyle = css(sides.mist);
      context.fillRect(-stage.width, foot - 1, stage.width * 3, stage.height);
      for (const peak of spread(stage, range.count, random)) {
        const tall = rise * random.between(0.55, 1) * (peak.last ? 0.8 : 1);
        const half = Math.max(tall * random.between(0.95, 1.35), (stage.width / range.count) * 0.55);
        paintPeak(context, { apex: [peak.x, foot - tall], foot, half, litLeft: lightX < peak.x }, sides, snow, random);
      }
    });
  });
}

/** Places in random order of painting, so that peaks overlap as they happen to. */
function spread(
  stage: Stage,
  count: number,
  random: Random,
): readonly { readonly x: number; readonly last: boolean }[] {
  const start = random.next();
  const places = Array.from({ length: count + 1 }, (_, index) => ({
    x: ((index + start - 0.5 + random.between(-0.22, 0.22)) / count) * stage.width,
    last: index === count,
    order: random.next(),
  }));
  return places.sort((a, b) => a.order - b.order);
}

type Peak = { readonly apex: Point; readonly foot: number; readonly half: number; readonly litLeft: boolean };

function paintPeak(context: SKRSContext2D, peak: Peak, sides: Sides, snow: number, random: Random): void {
  const { apex, foot, half } = peak;
  const left = ragged(apex, [apex[0] - half, foot], half * 0.09, random);
  const right = ragged(apex, [apex[0] + half, foot], half * 0.09, random);
  const lean = half * random.between(0.1, 0.3) * (peak.litLeft ? 1 : -1);
  const spine = ragged(apex, [apex[0] + lean, foot], half * 0.2, random);
  const tall = foot - apex[1];
  const snowLine = apex[1] + tall * snow;
  for (const [edge, lit] of [
    [left, peak.litLeft],
    [right, !peak.litLeft],
  ] as const) {
    const color = lit ? sides.lit : sides.shade;
    const rock = context.createLinearGradient(0, apex[1], 0, foot);
    rock.addColorStop(0, css(color));
    rock.addColorStop(0.55, css(color));
    rock.addColorStop(1, css(sides.mist));
    fillBetween(context, edge, spine, rock);
    const snowColor: Rgb = mix(
      lit ? [255, 252, 248] : [150, 172, 208],
      sides.lit,
      lit ? sides.snowTint : sides.snowTint + 0.14,
    );
    context.save();
    traceTongues(context, apex, half, snowLine, tall, random);
    context.clip();
    fillBetween(context, edge, spine, css(snowColor));
    context.restore();
  }
}

/** The region above a snow line that runs down in tongues. */
function traceTongues(
  context: SKRSContext2D,
  apex: Point,
  half: number,
  line: number,
  tall: number,
  random: Random,
): void {
  context.beginPath();
  context.moveTo(apex[0] - half, apex[1] - tall);
  context.lineTo(apex[0] - half, line);
  const teeth = 22;
  for (let tooth = 0; tooth <= teeth; tooth += 1) {
    const deep = tooth % 2 === 0 ? -random.between(0.02, 0.12) : random.between(0, 0.14);
    context.lineTo(
      apex[0] - half + (tooth / teeth) * half * 2 + random.between(-0.02, 0.02) * half,
      line + deep * tall,
    );
  }
  context.lineTo(apex[0] + half, apex[1] - tall);
  context.closePath();
}

function fillBetween(
  context: SKRSContext2D,
  edge: readonly Point[],
  spine: readonly Point[],
  fill: SKRSContext2D['fillStyle'],
): void {
  context.beginPath();
  for (const [x, y] of edge) context.lineTo(x, y);
  for (const [x, y] of spine.toReversed()) context.lineTo(x, y);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
}

const SPLITS = 5;

/** A broken line between two points, by moving the middle of each piece sideways, less at each finer split. */
function ragged(from: Point, to: Point, amount: number, random: Random): readonly Point[] {
  let line: readonly Point[] = [from, to];
  let reach = amount;
  for (let split = 0; split < SPLITS; split += 1) {
    const finer: Point[] = [];
    for (const [index, point] of line.entries()) {
      const next = line[index + 1];
      finer.push(point);
      if (next !== undefined)
        finer.push([(point[0] + next[0]) / 2 + random.between(-reach, reach), (point[1] + next[1]) / 2]);
    }
    line = finer;
    reach *= 0.52;
  }
  return line;
}

/** Dunes with a knife-edge crest that curls down towards the lens. */
export function duneLayers(stage: Stage, mood: Mood, lightX: number, random: Random): readonly Layer[] {
  return [
    { depth: 0.2, foot: 0.12, rise: 0.13, count: 3, nearness: 0.36 },
    { depth: 0.4, foot: 0.24, rise: 0.19, count: 2, nearness: 0.52 },
    { depth: 0.75, foot: 0.48, rise: 0.24, count: 2, nearness: 0.78 },
  ].map((range) => {
    const tone = toneAt(mood, true, range.nearness);
    const foot = stage.horizon + range.foot * stage.height;
    return makeLayer(
      stage,
      range.depth,
      { top: stage.horizon - stage.height * 0.1, bottom: stage.height * 1.02 },
      (context) => {
        for (const dune of spread(stage, range.count, random)) {
          const tall = range.rise * stage.height * random.between(0.75, 1.1);
          const half = (stage.width / range.count) * random.between(0.75, 1);
          const litLeft = lightX < dune.x;
          const lit = mix(tone.body, mood.palette.glow, mood.light === 'night' ? 0.06 : 0.2);
          paintDune(
            context,
            { apex: [dune.x, foot - tall], foot, half, litLeft },
            { lit, shade: mix(tone.body, mood.palette.near, 0.5), mist: tone.body, snowTint: 0 },
          );
        }
      },
    );
  });
}

function paintDune(context: SKRSContext2D, dune: Peak, sides: Sides): void {
  const { apex, foot, half } = dune;
  const [x, y] = apex;
  const tall = foot - y;
  const bottom = foot + tall * 4;
  const fill = (color: Rgb): SKRSContext2D['fillStyle'] => {
    const gradient = context.createLinearGradient(0, y, 0, foot + tall * 0.9);
    gradient.addColorStop(0, css(color));
    gradient.addColorStop(1, css(mix(color, sides.mist, 0.75)));
    return gradient;
  };
  context.beginPath();
  context.moveTo(x - half, bottom);
  context.lineTo(x - half, foot);
  context.bezierCurveTo(x - half * 0.55, foot, x - half * 0.3, y, x, y);
  context.bezierCurveTo(x + half * 0.3, y, x + half * 0.55, foot, x + half, foot);
  context.lineTo(x + half, bottom);
  context.closePath();
  context.fillStyle = fill(sides.lit);
  context.fill();
  const away = dune.litLeft ? 1 : -1;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x + away * half * 0.3, y, x + away * half * 0.55, foot, x + away * half, foot);
  context.lineTo(x + away * half, bottom);
  context.lineTo(x - away * half * 0.3, bottom);
  context.bezierCurveTo(x - away * half * 0.25, foot + tall * 1.2, x + away * half * 0.32, foot + tall * 0.15, x, y);
  context.fillStyle = fill(sides.shade);
  context.fill();
}
