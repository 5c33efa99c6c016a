// Paints the sky: gradient, stars, sun or moon with its glow, and drifting clouds.
import { createCanvas } from '@napi-rs/canvas';
import type { SKRSContext2D } from '@napi-rs/canvas';
import { css, mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';
import type { Random } from './random.ts';
import { makeLayer, OVERSCAN } from './stage.ts';
import type { Layer, Stage } from './stage.ts';

export type OrbPlace = { readonly x: number; readonly y: number; readonly radius: number };

/** On a third of the frame, where the eye goes first. */
export function placeOrb(stage: Stage, mood: Mood, random: Random): OrbPlace {
  const x = stage.width * (random.chance(0.5) ? random.between(0.3, 0.4) : random.between(0.6, 0.7));
  switch (mood.orb) {
    case 'retro':
      return {
        x: stage.width * random.between(0.46, 0.54),
        y: stage.horizon - stage.unit * 0.2,
        radius: stage.unit * 0.23,
      };
    case 'moon':
      return { x, y: stage.height * random.between(0.17, 0.26), radius: stage.unit * 0.055 };
    case 'sun':
    case 'none': {
      const low = mood.light === 'sunset' || mood.light === 'dawn';
      return {
        x,
        y: low ? stage.horizon - stage.unit * 0.1 : stage.height * 0.2,
        radius: stage.unit * (low ? 0.085 : 0.06),
      };
    }
  }
}

export function skyLayer(stage: Stage, mood: Mood, orb: OrbPlace, random: Random): Layer {
  const layer = makeLayer(stage, 0, { top: -stage.height * 0.02, bottom: stage.height }, (context) => {
    const [zenith, middle, horizon] = mood.palette.sky;
    const gradient = context.createLinearGradient(0, 0, 0, stage.horizon);
    gradient.addColorStop(0, css(zenith));
    gradient.addColorStop(0.55, css(middle));
    gradient.addColorStop(1, css(horizon));
    context.fillStyle = gradient;
    context.fillRect(-stage.width, -stage.height, stage.width * 3, stage.height * 3);
    paintStars(context, stage, mood, random);
    paintOrb(context, stage, mood, orb);
  });
  addGrain(layer, random);
  return layer;
}

function paintStars(context: SKRSContext2D, stage: Stage, mood: Mood, random: Random): void {
  if (mood.weather === 'rain') return;
  const count = Math.round(320 * mood.palette.stars * ((stage.width * stage.height) / stage.unit ** 2));
  for (let index = 0; index < count; index += 1) {
    const y = random.next() ** 1.4 * stage.horizon;
    const size = (0.5 + random.next() ** 4 * 1.6) * (stage.unit / 720);
    context.fillStyle = css(
      mix([255, 255, 255], mood.palette.glow, random.next()),
      random.between(0.25, 0.95) * (1 - y / stage.horizon),
    );
    context.beginPath();
    context.arc(random.between(-OVERSCAN, 1 + OVERSCAN) * stage.width, y, Math.max(0.5, size), 0, Math.PI * 2);
    context.fill();
  }
}

function paintOrb(context: SKRSContext2D, stage: Stage, mood: Mood, orb: OrbPlace): void {
  const { glow } = mood.palette;
  if (mood.orb === 'none') {
    paintGlow(context, { ...orb, radius: stage.unit * 0.3 }, glow, 2.6, mood.light === 'neon' ? 0.3 : 0.16);
    return;
  }
  paintGlow(context, orb, glow, mood.orb === 'retro' ? 2.6 : 7, mood.orb === 'moon' ? 0.28 : 0.55);
  if (mood.orb === 'retro') return paintRetroSun(context, stage, orb, mood);
  if (mood.orb === 'sun') paintGlow(context, orb, glow, 2.2, 0.7);
  const disc = context.createRadialGradient(orb.x, orb.y, 0, orb.x, orb.y, orb.radius);
  disc.addColorStop(0, css([255, 255, 255]));
  disc.addColorStop(0.8, css(mix([255, 255, 255], glow, 0.6)));
  disc.addColorStop(0.96, css(glow));
  disc.addColorStop(1, css(glow, 0));
  fillDisc(context, orb, disc);
  if (mood.orb === 'moon') paintCraters(context, orb, glow);
}

export function paintGlow(context: SKRSContext2D, orb: OrbPlace, color: Rgb, reach: number, strength: number): void {
  const radius = orb.radius * reach;
  const glow = context.createRadialGradient(orb.x, orb.y, 0, orb.x, orb.y, radius);
  for (const [stop, share] of [
    [0, 1],
    [0.2, 0.62],
    [0.4, 0.32],
    [0.65, 0.1],
    [1, 0],
  ] as const) {
    glow.addColorStop(stop, css(color, strength * share));
  }
  fillDisc(context, { ...orb, radius }, glow);
}

function fillDisc(context: SKRSContext2D, orb: OrbPlace, fill: SKRSContext2D['fillStyle']): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(orb.x, orb.y, orb.radius, 0, Math.PI * 2);
  context.fill();
}

function paintCraters(context: SKRSContext2D, orb: OrbPlace, glow: Rgb): void {
  for (const [dx, dy, size] of [
    [-0.3, -0.2, 0.22],
    [0.25, 0.1, 0.28],
    [-0.1, 0.42, 0.16],
    [0.32, -0.42, 0.12],
  ] as const) {
    const crater = { x: orb.x + dx * orb.radius, y: orb.y + dy * orb.radius, radius: size * orb.radius };
    fillDisc(context, crater, css(mix(glow, [90, 105, 140], 0.5), 0.28));
  }
}

function paintRetroSun(context: SKRSContext2D, stage: Stage, orb: OrbPlace, mood: Mood): void {
  const side = Math.ceil(orb.radius * 2);
  const disc = createCanvas(side, side);
  const paint = disc.getContext('2d');
  const fill = paint.createLinearGradient(0, 0, 0, side);
  fill.addColorStop(0, '#ffe27a');
  fill.addColorStop(0.5, '#ff8a4f');
  fill.addColorStop(1, css(mix(mood.palette.sky[2], [255, 40, 140], 0.5)));
  fillDisc(paint, { x: side / 2, y: side / 2, radius: side / 2 }, fill);
  paint.globalCompositeOperation = 'destination-out';
  for (let band = 0; band < 6; band += 1) {
    paint.fillRect(0, side * (0.5 + band * 0.085), side, Math.max(1, stage.unit * (0.004 + band * 0.0022)));
  }
  context.drawImage(disc, orb.x - side / 2, orb.y - side / 2);
}

/** Fine noise keeps the slow gradients of a dark sky from breaking into bands. */
function addGrain(layer: Layer, random: Random): void {
  const context = layer.canvas.getContext('2d');
  const image = context.getImageData(0, 0, layer.canvas.width, layer.canvas.height);
  const { data } = image;
  const grain = Float32Array.from({ length: 4093 }, () => (random.next() + random.next() - 1) * 2.2);
  for (let at = 0, index = 0; at < data.length; at += 4, index += 1) {
    const noise = grain[index % 4093] ?? 0;
    data[at] = (data[at] ?? 0) + noise;
    data[at + 1] = (data[at + 1] ?? 0) + noise;
    data[at + 2] = (data[at + 2] ?? 0) + noise;
  }
  context.putImageData(image, 0, 0);
}

/** Soft banks of cloud, lit from the horizon; `null` for a clear sky. */
export function cloudLayer(stage: Stage, mood: Mood, random: Random): Layer | null {
  const banks = { night: 3, neon: 0, sunset: 7, dawn: 6, day: 6, overcast: 14, winter: 6 }[mood.light];
  if (banks === 0 || mood.terrain === 'space') return null;
  const [, middle, horizon] = mood.palette.sky;
  const lit = mix(mix(horizon, mood.palette.glow, 0.55), middle, mood.light === 'night' ? 0.7 : 0);
  const dark = mix(middle, mood.palette.land, mood.light === 'overcast' ? 0.5 : 0.3);
  const opacity = mood.light === 'night' ? 0.05 : mood.light === 'overcast' ? 0.16 : 0.1;
  return makeLayer(stage, 0.06, { top: 0, bottom: stage.horizon * 1.02 }, (context) => {
    for (let bank = 0; bank < banks; bank += 1) {
      const x = ((bank + random.next()) / banks) * stage.width;
      const y = random.between(0.12, 0.86) * stage.horizon;
      const reach = stage.unit * random.between(0.16, 0.34) * (0.55 + 0.45 * (y / stage.horizon));
      for (let puff = 0; puff < 26; puff += 1) {
        const along = random.next() * 2 - 1;
        const radius = reach * (0.18 + 0.3 * (1 - along * along)) * random.between(0.6, 1.1);
        const height = random.next();
        paintPuff(
          context,
          x + along * reach * 1.5,
          y - height * radius * 0.22,
          radius,
          mix(dark, lit, 0.35 + 0.65 * height),
          opacity,
        );
      }
    }
  });
}

function paintPuff(context: SKRSContext2D, x: number, y: number, radius: number, color: Rgb, opacity: number): void {
  context.save();
  context.translate(x, y);
  context.scale(1.7, 0.42);
  const puff = context.createRadialGradient(0, 0, 0, 0, 0, radius);
  puff.addColorStop(0, css(color, opacity * 1.8));
  puff.addColorStop(0.5, css(color, opacity));
  puff.addColorStop(1, css(color, 0));
  fillDisc(context, { x: 0, y: 0, radius }, puff);
  context.restore();
}
