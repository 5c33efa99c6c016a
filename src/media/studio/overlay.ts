// The slate over the picture: model, time code, prompt, facts and progress, laid out once and composed per frame.
import { createCanvas } from '@napi-rs/canvas';
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { css } from './color.ts';
import type { Rgb } from './color.ts';
import { LABEL_FAMILY, loadFonts, promptFamily, WIDE_FAMILY } from './fonts.ts';
import type { RenderPlan } from './plan.ts';
import { drawable, layText } from './text.ts';
import type { Measure } from './text.ts';

export type Overlay = {
  /** `opacity` from 0 (nothing drawn) to 1. `progress` from 0 to 1 over the clip. */
  paint(context: SKRSContext2D, frame: number, opacity: number, progress: number): void;
};

/** Where the slate's parts stand; all in pixels. */
export type Slate = {
  readonly width: number;
  readonly height: number;
  /** The shorter side of the frame. */
  readonly unit: number;
  readonly marginX: number;
  readonly marginY: number;
  /** Where pictures may start under the labels. */
  readonly picturesTop: number;
};

/** Smallest text that is still drawn, in pixels. */
const MIN_TEXT = 9;

export function slateOf(width: number, height: number): Slate {
  const unit = Math.min(width, height);
  const marginX = Math.round(Math.max(0.05 * width, 0.04 * unit));
  const marginY = Math.round(Math.max(0.05 * height, 0.04 * unit));
  return { width, height, unit, marginX, marginY, picturesTop: marginY + Math.max(MIN_TEXT * 3.4, unit * 0.1) };
}

export function makeOverlay(plan: RenderPlan, accent: Rgb): Overlay {
  const slate = slateOf(plan.width, plan.height);
  const still = createCanvas(plan.width, plan.height);
  const context = still.getContext('2d');
  paintVignette(context, slate);
  paintLabels(context, slate, plan, accent);
  paintFacts(context, slate, plan);
  paintPrompt(context, slate, plan.prompt, accent);
  paintTrack(context, slate);
  const clock = makeClock(slate, plan.fps);
  const bar = barOf(slate);
  return {
    paint(target, frame, opacity, progress) {
      if (opacity <= 0) return;
      target.globalAlpha = opacity;
      target.drawImage(still, 0, 0);
      clock(target, frame);
      target.fillStyle = css(accent);
      target.fillRect(bar.x, bar.y, bar.width * progress, bar.height);
      target.globalAlpha = 1;
    },
  };
}

function paintVignette(context: SKRSContext2D, slate: Slate): void {
  const { width, height } = slate;
  const edge = context.createRadialGradient(
    width / 2,
    height * 0.46,
    slate.unit * 0.45,
    width / 2,
    height * 0.5,
    Math.hypot(width, height) * 0.56,
  );
  edge.addColorStop(0, 'rgba(0,0,0,0)');
  edge.addColorStop(1, 'rgba(0,0,0,0.34)');
  context.fillStyle = edge;
  context.fillRect(0, 0, width, height);
  const top = context.createLinearGradient(0, 0, 0, slate.marginY + slate.unit * 0.16);
  top.addColorStop(0, 'rgba(0,0,0,0.42)');
  top.addColorStop(1, 'rgba(0,0,0,0)');
  context.fillStyle = top;
  context.fillRect(0, 0, width, slate.marginY + slate.unit * 0.16);
}

function size(slate: Slate, share: number): number {
  return Math.max(MIN_TEXT, Math.round(slate.unit * share));
}

function paintLabels(context: SKRSContext2D, slate: Slate, plan: RenderPlan, accent: Rgb): void {
  const { covers } = loadFonts();
  const label = size(slate, 0.03);
  const small = size(slate, 0.02);
  const room = slate.width - 2 * slate.marginX - label * 7.2;
  shadow(context, slate);
  context.textBaseline = 'alphabetic';
  context.font = `${label}px ${LABEL_FAMILY}`;
  context.fillStyle = css(accent);
  context.beginPath();
  context.arc(slate.marginX + label * 0.22, slate.marginY + label * 0.52, label * 0.22, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = '#ffffff';
  context.fillText(
    cutTo(context, drawable(plan.modelLabel, covers), room),
    slate.marginX + label * 0.72,
    slate.marginY + label * 0.88,
  );
  const caption = plan.caption === null ? '' : drawable(plan.caption.replaceAll('_', ' '), covers).toUpperCase();
  context.font = `${small}px ${LABEL_FAMILY}`;
  context.fillStyle = 'rgba(255,255,255,0.78)';
  context.letterSpacing = `${(small * 0.12).toFixed(1)}px`;
  context.fillText(cutTo(context, caption, room), slate.marginX, slate.marginY + label * 1.25 + small);
  const tag = 'ANIMATIC';
  context.fillStyle = 'rgba(255,255,255,0.62)';
  const tagWidth = context.measureText(tag).width;
  context.fillText(tag, slate.width - slate.marginX - tagWidth + small * 0.12, slate.marginY + label * 1.25 + small);
  context.letterSpacing = '0px';
}

function shadow(context: SKRSContext2D, slate: Slate): void {
  context.shadowColor = 'rgba(0,0,0,0.55)';
  context.shadowBlur = Math.max(2, slate.unit * 0.009);
}

function cutTo(context: SKRSContext2D, text: string, room: number): string {
  const characters = [...text];
  if (context.measureText(text).width <= room) return text;
  while (characters.length > 1 && context.measureText(`${characters.join('')}...`).width > room) characters.pop();
  return `${characters.join('').trimEnd()}...`;
}

function barOf(slate: Slate): {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
} {
  const height = Math.max(2, Math.round(slate.unit * 0.0045));
  return { x: slate.marginX, y: slate.height - slate.marginY - height, width: slate.width - 2 * slate.marginX, height };
}

function paintTrack(context: SKRSContext2D, slate: Slate): void {
  const bar = barOf(slate);
  context.shadowColor = 'transparent';
  context.fillStyle = 'rgba(255,255,255,0.26)';
  context.fillRect(bar.x, bar.y, bar.width, bar.height);
}

function factsTop(slate: Slate): number {
  return barOf(slate).y - size(slate, 0.02) * 1.9;
}

function paintFacts(context: SKRSContext2D, slate: Slate, plan: RenderPlan): void {
  const small = size(slate, 0.02);
  const seconds = Number((plan.durationMs / 1000).toFixed(2));
  const facts = `${plan.width}×${plan.height}  ·  ${Number(plan.fps.toFixed(3))} fps  ·  ${seconds} s`;
  const seed = `seed ${plan.seed}`;
  context.shadowColor = 'transparent';
  const scrim = context.createLinearGradient(0, slate.height - slate.unit * 0.46, 0, slate.height);
  scrim.addColorStop(0, 'rgba(0,0,0,0)');
  scrim.addColorStop(0.55, 'rgba(0,0,0,0.42)');
  scrim.addColorStop(1, 'rgba(0,0,0,0.66)');
  context.fillStyle = scrim;
  context.fillRect(0, slate.height - slate.unit * 0.46, slate.width, slate.unit * 0.46);
  shadow(context, slate);
  context.font = `${small}px ${LABEL_FAMILY}`;
  context.fillStyle = 'rgba(255,255,255,0.7)';
  const room = slate.width - 2 * slate.marginX;
  const seedWidth = context.measureText(seed).width;
  context.fillText(cutTo(context, facts, room - seedWidth - small), slate.marginX, factsTop(slate) + small);
  context.fillText(seed, slate.width - slate.marginX - seedWidth, factsTop(slate) + small);
}

/** Large for a few words, small for many; as shares of the frame's shorter side. */
const PROMPT_SETTINGS = [
  { share: 0.056, maxLines: 2 },
  { share: 0.049, maxLines: 2 },
  { share: 0.044, maxLines: 3 },
  { share: 0.039, maxLines: 3 },
  { share: 0.035, maxLines: 4 },
  { share: 0.031, maxLines: 5 },
  { share: 0.028, maxLines: 5 },
] as const;

function paintPrompt(context: SKRSContext2D, slate: Slate, prompt: string, accent: Rgb): void {
  const text = drawable(prompt, loadFonts().covers);
  if (text === '') return;
  const family = promptFamily(text);
  const wide = family === WIDE_FAMILY;
  const indent = Math.round(slate.unit * 0.026);
  const block = layText(
    text,
    {
      width: Math.min(slate.width - 2 * slate.marginX - indent, slate.unit * 1.42),
      ellipsis: wide ? '…' : '...',
      settings: PROMPT_SETTINGS.map(({ share, maxLines }) => ({ size: size(slate, share), maxLines })),
    },
    measureIn(context, family),
  );
  const leading = block.size * (wide ? 1.46 : 1.34);
  const bottom = factsTop(slate) - slate.unit * 0.022;
  const top = bottom - leading * block.lines.length;
  context.shadowColor = 'transparent';
  context.fillStyle = css(accent);
  context.fillRect(
    slate.marginX,
    top + leading * 0.12,
    Math.max(2, Math.round(slate.unit * 0.005)),
    bottom - top - leading * 0.12,
  );
  shadow(context, slate);
  context.font = `${block.size}px ${family}`;
  context.fillStyle = '#ffffff';
  // A hairline of the same white gives the regular weight the presence of a medium one over a moving picture.
  context.strokeStyle = '#ffffff';
  context.lineWidth = block.size * 0.018;
  context.lineJoin = 'round';
  for (const [index, line] of block.lines.entries()) {
    const baseline = top + leading * (index + 0.8);
    context.fillText(line, slate.marginX + indent, baseline);
    context.strokeText(line, slate.marginX + indent, baseline);
  }
}

const MEASURE_SIZE = 100;

/** Sums cached character widths: a long prompt is tried in many sizes, and asking the font each time would cost more than drawing. */
function measureIn(context: SKRSContext2D, family: string): Measure {
  const widths = new Map<string, number>();
  context.font = `${MEASURE_SIZE}px ${family}`;
  return (text) => {
    let sum = 0;
    for (const character of text) {
      let width = widths.get(character);
      if (width === undefined) {
        width = context.measureText(character).width / MEASURE_SIZE;
        widths.set(character, width);
      }
      sum += width;
    }
    return sum;
  };
}

/** The running time code HH:MM:SS:FF, from digits drawn once. */
function makeClock(slate: Slate, fps: number): (context: SKRSContext2D, frame: number) => void {
  const height = size(slate, 0.03);
  const cell = Math.ceil(height * 0.6);
  const pad = Math.ceil(height * 0.4);
  const glyphs = new Map<string, Canvas>();
  for (const glyph of '0123456789:') {
    const canvas = createCanvas(cell + 2 * pad, height + 2 * pad);
    const context = canvas.getContext('2d');
    shadow(context, slate);
    context.font = `${height}px ${LABEL_FAMILY}`;
    context.fillStyle = '#ffffff';
    context.textAlign = 'center';
    context.fillText(glyph, pad + cell / 2, pad + height * 0.88);
    glyphs.set(glyph, canvas);
  }
  const advance = (glyph: string): number => (glyph === ':' ? cell * 0.55 : cell);
  return (context, frame) => {
    const code = timeCode(frame, fps);
    let x = slate.width - slate.marginX - [...code].reduce((sum, glyph) => sum + advance(glyph), 0);
    for (const glyph of code) {
      const canvas = glyphs.get(glyph);
      if (canvas !== undefined)
        context.drawImage(canvas, Math.round(x - pad - (cell - advance(glyph)) / 2), slate.marginY - pad);
      x += advance(glyph);
    }
  };
}

/** Non-drop time code; a fractional rate counts frames of the next whole rate, as editing desks do. */
export function timeCode(frame: number, fps: number): string {
  const rate = Math.max(1, Math.round(fps));
  const seconds = Math.floor(frame / rate);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % rate];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
