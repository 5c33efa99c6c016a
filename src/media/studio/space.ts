// Paints deep space: nebulae, a ringed planet half in shadow, and a dark moon before it.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { paintGlow } from './sky.ts';
import { makeLayer } from './stage.ts';
import type { Layer, Stage } from './stage.ts';

const HUES: readonly (readonly [Rgb, Rgb])[] = [
  [
    [222, 148, 92],
    [120, 60, 150],
  ],
  [
    [96, 160, 210],
    [60, 70, 170],
  ],
  [
    [206, 110, 130],
    [60, 110, 170],
  ],
  [
    [150, 196, 160],
    [50, 90, 140],
  ],
];

export function spaceLayers(stage: Stage, mood: Mood, random: Random): readonly Layer[] {
  const [planet, nebula] = random.pick(HUES);
  const size = stage.unit * random.between(0.19, 0.25);
  const centre = { x: stage.width * random.between(0.52, 0.66), y: stage.height * 0.38, radius: size };
  return [
    makeLayer(stage, 0.05, { top: 0, bottom: stage.height * 1.02 }, (context) => {
      for (let cloud = 0; cloud < 16; cloud += 1) {
        const place = {
          x: random.next() * stage.width,
          y: random.next() * stage.height,
          radius: stage.unit * random.between(0.1, 0.34),
        };
        paintGlow(context, place, random.chance(0.7) ? nebula : planet, 1.6, random.between(0.05, 0.16));
      }
    }),
    makeLayer(stage, 0.3, { top: 0, bottom: stage.height }, (context) => {
      paintGlow(context, centre, planet, 1.35, 0.55);
      paintRing(context, centre, planet, 'behind');
      paintPlanet(context, centre, planet, random);
      paintRing(context, centre, planet, 'before');
    }),
    makeLayer(stage, 0.7, { top: stage.height * 0.62, bottom: stage.height * 1.05 }, (context) => {
      const radius = Math.max(stage.width, stage.height) * 0.9;
      const moon = { x: stage.width * 0.34, y: stage.height * 0.72 + radius, radius };
      paintGlow(context, moon, mix(planet, mood.palette.glow, 0.4), 1.05, 0.9);
      context.fillStyle = css(mood.palette.near);
      context.beginPath();
      context.arc(moon.x, moon.y, moon.radius, 0, Math.PI * 2);
      context.fill();
    }),
  ];
}

type Disc = { readonly x: number; readonly y: number; readonly radius: number };

function paintPlanet(context: SKRSContext2D, disc: Disc, color: Rgb, random: Random): void {
  context.save();
  context.beginPath();
  context.arc(disc.x, disc.y, disc.radius, 0, Math.PI * 2);
  context.clip();
  context.fillStyle = css(color);
  context.fillRect(disc.x - disc.radius, disc.y - disc.radius, disc.radius * 2, disc.radius * 2);
  context.translate(disc.x, disc.y);
  context.rotate(-0.3);
  for (let band = 0; band < 15; band += 1) {
    context.fillStyle = css(
      random.chance(0.5) ? mix(color, [255, 255, 255], 0.4) : mix(color, [40, 20, 30], 0.4),
      random.between(0.1, 0.35),
    );
    context.fillRect(
      -disc.radius,
      (random.next() * 2 - 1) * disc.radius,
      disc.radius * 2,
      disc.radius * random.between(0.03, 0.16),
    );
  }
  context.rotate(0.3);
  const shade = context.createRadialGradient(
    -disc.radius * 0.5,
    -disc.radius * 0.45,
    disc.radius * 0.2,
    0,
    0,
    disc.radius * 1.25,
  );
  shade.addColorStop(0, 'rgba(255,255,255,0.16)');
  shade.addColorStop(0.4, 'rgba(0,0,0,0.05)');
  shade.addColorStop(0.8, 'rgba(2,3,14,0.82)');
  shade.addColorStop(1, 'rgba(2,3,14,0.96)');
  context.fillStyle = shade;
  context.fillRect(-disc.radius, -disc.radius, disc.radius * 2, disc.radius * 2);
  context.restore();
}

function paintRing(context: SKRSContext2D, disc: Disc, color: Rgb, half: 'behind' | 'before'): void {
  context.save();
  context.translate(disc.x, disc.y);
  context.rotate(-0.3);
  context.scale(1, 0.24);
  const [start, end] = half === 'behind' ? [Math.PI, Math.PI * 2] : [0, Math.PI];
  for (const [reach, width, alpha] of [
    [1.45, 0.12, 0.5],
    [1.63, 0.16, 0.32],
    [1.82, 0.06, 0.4],
  ] as const) {
    context.strokeStyle = css(mix(color, [255, 255, 255], 0.5), alpha);
    context.lineWidth = disc.radius * width;
    context.beginPath();
    context.arc(0, 0, disc.radius * reach, start, end);
    context.stroke();
  }
  context.restore();
}
