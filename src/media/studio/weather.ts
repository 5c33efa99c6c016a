// Moves the small things in the air: rain, snow, petals, fireflies, embers, dust and twinkling stars.
import { createCanvas } from '@napi-rs/canvas';
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood, Weather } from './mood.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

export type Air = { paint(context: SKRSContext2D, seconds: number): void };

type Mote = {
  readonly x: number;
  readonly y: number;
  readonly near: number;
  readonly phase: number;
  readonly pace: number;
};

const COUNTS: Readonly<Record<Weather, number>> = {
  none: 0,
  rain: 170,
  snow: 150,
  petals: 38,
  fireflies: 34,
  embers: 60,
  dust: 44,
};
const TWINKLES = 22;

export function makeAir(stage: Stage, mood: Mood, random: Random): Air {
  const motes = Array.from({ length: COUNTS[mood.weather] }, () => mote(random));
  const stars =
    mood.palette.stars < 0.3 || mood.weather === 'rain' ? [] : Array.from({ length: TWINKLES }, () => mote(random));
  const dot = softDot(Math.max(4, Math.round(stage.unit * 0.03)), dotColor(mood));
  return {
    paint(context, seconds) {
      twinkle(context, stage, stars, seconds);
      switch (mood.weather) {
        case 'none':
          return;
        case 'rain':
          return paintRain(context, stage, mood, motes, seconds);
        case 'petals':
          return paintPetals(context, stage, motes, seconds);
        case 'snow':
        case 'fireflies':
        case 'embers':
        case 'dust':
          return paintDots(context, stage, mood.weather, motes, dot, seconds);
      }
    },
  };
}

function mote(random: Random): Mote {
  return {
    x: random.next(),
    y: random.next(),
    near: random.next() ** 2,
    phase: random.next() * Math.PI * 2,
    pace: random.between(0.7, 1.3),
  };
}

function dotColor(mood: Mood): Rgb {
  switch (mood.weather) {
    case 'embers':
      return [255, 150, 60];
    case 'fireflies':
      return [214, 255, 140];
    case 'dust':
      return mix(mood.palette.glow, [255, 236, 200], 0.5);
    case 'none':
    case 'rain':
    case 'snow':
    case 'petals':
      return [255, 255, 255];
  }
}

function softDot(side: number, color: Rgb): Canvas {
  const canvas = createCanvas(side, side);
  const context = canvas.getContext('2d');
  const fill = context.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, side / 2);
  fill.addColorStop(0, css(mix(color, [255, 255, 255], 0.6)));
  fill.addColorStop(0.25, css(color, 0.85));
  fill.addColorStop(1, css(color, 0));
  context.fillStyle = fill;
  context.fillRect(0, 0, side, side);
  return canvas;
}

function twinkle(context: SKRSContext2D, stage: Stage, stars: readonly Mote[], seconds: number): void {
  context.fillStyle = '#ffffff';
  for (const star of stars) {
    const size = stage.unit * 0.0022 * (1 + star.near);
    context.globalAlpha = 0.35 + 0.65 * Math.sin(seconds * star.pace * 2.2 + star.phase) ** 2;
    context.beginPath();
    context.arc(star.x * stage.width, star.y ** 1.3 * stage.horizon * 0.75, size, 0, Math.PI * 2);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** Wraps a position that ran out of the frame back to the other side, a little beyond the edge. */
function wrap(share: number): number {
  return (((share % 1.1) + 1.1) % 1.1) - 0.05;
}

function paintRain(context: SKRSContext2D, stage: Stage, mood: Mood, motes: readonly Mote[], seconds: number): void {
  context.strokeStyle = css(mix(mood.palette.glow, [255, 255, 255], 0.6));
  for (const near of [false, true]) {
    context.globalAlpha = near ? 0.34 : 0.18;
    context.lineWidth = Math.max(0.8, stage.unit * (near ? 0.0024 : 0.0013));
    const length = stage.unit * (near ? 0.075 : 0.04);
    context.beginPath();
    for (const drop of motes) {
      if (drop.near > 0.25 !== near) continue;
      const x = wrap(drop.x - seconds * 0.1 * drop.pace) * stage.width;
      const y = wrap(drop.y + seconds * (near ? 1.7 : 1.15) * drop.pace) * stage.height;
      context.moveTo(x, y);
      context.lineTo(x - length * 0.12, y + length);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintPetals(context: SKRSContext2D, stage: Stage, motes: readonly Mote[], seconds: number): void {
  for (const petal of motes) {
    const size = stage.unit * (0.006 + 0.012 * petal.near);
    const x =
      wrap(petal.x + seconds * 0.05 * petal.pace + 0.02 * Math.sin(seconds * petal.pace + petal.phase)) * stage.width;
    const y = wrap(petal.y + seconds * 0.07 * petal.pace) * stage.height;
    context.save();
    context.globalAlpha = 0.6 + 0.35 * petal.near;
    context.translate(x, y);
    context.rotate(petal.phase + seconds * petal.pace * 1.3);
    context.scale(1, 0.35 + 0.5 * Math.abs(Math.sin(seconds * petal.pace * 1.7 + petal.phase)));
    context.fillStyle = petal.near > 0.4 ? '#ffc9da' : '#ffe3ec';
    context.beginPath();
    context.ellipse(0, 0, size, size * 0.62, 0, 0, Math.PI * 2);
    context.fill();
    context.restore();
  }
}

type DotMotion = {
  readonly rise: number;
  readonly drift: number;
  readonly small: number;
  readonly large: number;
  readonly blink: boolean;
};

const DOT_MOTION: Readonly<Record<'snow' | 'fireflies' | 'embers' | 'dust', DotMotion>> = {
  snow: { rise: -0.11, drift: 0.02, small: 0.005, large: 0.02, blink: false },
  fireflies: { rise: 0.01, drift: 0.05, small: 0.01, large: 0.022, blink: true },
  embers: { rise: 0.14, drift: 0.03, small: 0.004, large: 0.014, blink: true },
  dust: { rise: 0.008, drift: 0.02, small: 0.004, large: 0.01, blink: true },
};

function paintDots(
  context: SKRSContext2D,
  stage: Stage,
  weather: keyof typeof DOT_MOTION,
  motes: readonly Mote[],
  dot: Canvas,
  seconds: number,
): void {
  const motion = DOT_MOTION[weather];
  for (const each of motes) {
    const sway = motion.drift * Math.sin(seconds * each.pace * 0.9 + each.phase);
    const x = wrap(each.x + sway + seconds * motion.drift * 0.6 * each.pace) * stage.width;
    const y = wrap(each.y - seconds * motion.rise * each.pace * (0.5 + each.near)) * stage.height;
    const size = stage.unit * (motion.small + (motion.large - motion.small) * each.near);
    const blink = motion.blink ? 0.25 + 0.75 * Math.sin(seconds * each.pace * 1.6 + each.phase) ** 2 : 0.9;
    context.globalAlpha = blink;
    context.drawImage(dot, x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
}
