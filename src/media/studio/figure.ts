// Puts a small silhouette into the scenery when the prompt speaks of one: a person, a boat, or birds.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { makeLayer } from './stage.ts';
import type { Layer, Stage } from './stage.ts';

/** The person or boat, on the far side of the light; `null` when the prompt names none. */
export function figureLayer(stage: Stage, mood: Mood, lightX: number, random: Random): Layer | null {
  const side = lightX > stage.width / 2 ? -1 : 1;
  const x = stage.width * (0.5 + side * random.between(0.1, 0.18));
  if (mood.figure === 'boat' && mood.terrain === 'sea') {
    const foot = stage.horizon + stage.unit * 0.055;
    return makeLayer(stage, 0.3, { top: foot - stage.unit * 0.2, bottom: foot + stage.unit * 0.06 }, (context) => {
      paintBoat(context, stage, mood, x, foot);
    });
  }
  if (mood.figure !== 'person' || mood.terrain === 'space') return null;
  const foot = stage.horizon + (mood.terrain === 'sea' ? stage.unit * 0.12 : stage.height * 0.085);
  return makeLayer(stage, 0.55, { top: foot - stage.unit * 0.2, bottom: foot + stage.unit * 0.09 }, (context) => {
    paintPerson(context, stage, mood, x, foot);
  });
}

function paintPerson(context: SKRSContext2D, stage: Stage, mood: Mood, x: number, foot: number): void {
  const tall = stage.unit * 0.15;
  const shadow = context.createRadialGradient(0, 0, 0, 0, 0, tall * 0.4);
  shadow.addColorStop(0, css(mood.palette.near, 0.6));
  shadow.addColorStop(1, css(mood.palette.near, 0));
  context.save();
  context.translate(x, foot);
  context.scale(1, 0.16);
  context.fillStyle = shadow;
  context.fillRect(-tall, -tall, tall * 2, tall * 2);
  context.restore();
  context.fillStyle = css(mix(mood.palette.near, mood.palette.sky[2], 0.06));
  context.beginPath();
  context.arc(x, foot - tall * 0.92, tall * 0.066, 0, Math.PI * 2);
  context.fill();
  context.beginPath();
  context.moveTo(x - tall * 0.03, foot - tall * 0.87);
  context.bezierCurveTo(
    x - tall * 0.16,
    foot - tall * 0.84,
    x - tall * 0.13,
    foot - tall * 0.6,
    x - tall * 0.17,
    foot - tall * 0.28,
  );
  context.lineTo(x + tall * 0.16, foot - tall * 0.28);
  context.bezierCurveTo(
    x + tall * 0.12,
    foot - tall * 0.6,
    x + tall * 0.16,
    foot - tall * 0.84,
    x + tall * 0.03,
    foot - tall * 0.87,
  );
  context.closePath();
  context.fill();
  context.fillRect(x - tall * 0.1, foot - tall * 0.3, tall * 0.07, tall * 0.3);
  context.fillRect(x + tall * 0.035, foot - tall * 0.3, tall * 0.07, tall * 0.29);
}

function paintBoat(context: SKRSContext2D, stage: Stage, mood: Mood, x: number, foot: number): void {
  const tall = stage.unit * 0.15;
  const dark = mix(mood.palette.near, mood.palette.land, 0.2);
  context.fillStyle = css(dark);
  context.beginPath();
  context.moveTo(x - tall * 0.42, foot - tall * 0.12);
  context.lineTo(x + tall * 0.5, foot - tall * 0.14);
  context.quadraticCurveTo(x + tall * 0.36, foot + tall * 0.02, x + tall * 0.24, foot + tall * 0.03);
  context.lineTo(x - tall * 0.28, foot + tall * 0.03);
  context.closePath();
  context.fill();
  context.fillRect(x - tall * 0.012, foot - tall, tall * 0.024, tall * 0.9);
  context.fillStyle = css(mix(dark, mood.palette.sky[2], 0.28));
  context.beginPath();
  context.moveTo(x + tall * 0.03, foot - tall * 0.96);
  context.quadraticCurveTo(x + tall * 0.4, foot - tall * 0.5, x + tall * 0.4, foot - tall * 0.2);
  context.lineTo(x + tall * 0.03, foot - tall * 0.2);
  context.fill();
  context.beginPath();
  context.moveTo(x - tall * 0.03, foot - tall * 0.88);
  context.quadraticCurveTo(x - tall * 0.26, foot - tall * 0.5, x - tall * 0.34, foot - tall * 0.18);
  context.lineTo(x - tall * 0.03, foot - tall * 0.2);
  context.fill();
  const mirror = context.createLinearGradient(0, foot, 0, foot + tall * 0.3);
  mirror.addColorStop(0, css(dark, 0.4));
  mirror.addColorStop(1, css(dark, 0));
  context.fillStyle = mirror;
  context.fillRect(x - tall * 0.3, foot + tall * 0.03, tall * 0.6, tall * 0.28);
}

export type Flock = readonly {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly phase: number;
}[];

const BIRDS = 7;

export function makeFlock(mood: Mood, random: Random): Flock {
  if (mood.figure !== 'birds') return [];
  const [x, y] = [random.between(0.2, 0.6), random.between(0.16, 0.28)];
  return Array.from({ length: BIRDS }, (_, index) => ({
    x: x + (Math.ceil(index / 2) * (index % 2 === 0 ? 1 : -1) * 0.024 + random.between(-0.008, 0.008)),
    y: y + Math.ceil(index / 2) * 0.016 + random.between(-0.006, 0.006),
    size: random.between(0.7, 1.1),
    phase: random.next() * Math.PI * 2,
  }));
}

export function paintFlock(context: SKRSContext2D, stage: Stage, mood: Mood, flock: Flock, seconds: number): void {
  context.strokeStyle = css(mix(mood.palette.near, mood.palette.sky[1], 0.25), 0.85);
  context.lineWidth = Math.max(1, stage.unit * 0.003);
  context.lineCap = 'round';
  context.beginPath();
  for (const bird of flock) {
    const x = (bird.x + seconds * 0.012 * stage.direction) * stage.width;
    const y = bird.y * stage.height;
    const span = stage.unit * 0.016 * bird.size;
    const lift = span * (0.25 + 0.45 * Math.sin(seconds * 6 + bird.phase));
    context.moveTo(x - span, y - lift);
    context.quadraticCurveTo(x - span * 0.4, y - span * 0.25, x, y);
    context.quadraticCurveTo(x + span * 0.4, y - span * 0.25, x + span, y - lift);
  }
  context.stroke();
}
