// The stage the scenery stands on: frame geometry, and layers that a slow camera moves by their depth.
import { createCanvas } from '@napi-rs/canvas';
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';

export type Stage = {
  readonly width: number;
  readonly height: number;
  /** The shorter side: the measure for everything that should look the same at any aspect. */
  readonly unit: number;
  /** Where land or water meets the sky, in pixels from the top. */
  readonly horizon: number;
  /** Layer pixels per frame pixel; under 1 for very large frames, whose soft scenery does not show it. */
  readonly layerScale: number;
  /** -1 or 1: which way the camera travels. */
  readonly direction: number;
};

export type Layer = {
  readonly canvas: Canvas;
  /** Where the layer lies in the frame before the camera moves, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** 0 is the sky, 1 is right before the lens. */
  readonly depth: number;
};

/** What is painted beyond each edge, as a share of the width, for the camera to travel into. */
export const OVERSCAN = 0.06;

const MAX_LAYER_SIDE = 1920;

export function makeStage(width: number, height: number, horizon: number, direction: number): Stage {
  return {
    width,
    height,
    unit: Math.min(width, height),
    horizon: height * horizon,
    layerScale: Math.min(1, MAX_LAYER_SIDE / Math.max(width, height)),
    direction,
  };
}

/** Paints a layer once, in frame coordinates, from `top` to `bottom` and over both side edges. */
export function makeLayer(
  stage: Stage,
  depth: number,
  span: { readonly top: number; readonly bottom: number },
  paint: (context: SKRSContext2D) => void,
): Layer {
  const left = Math.floor(-OVERSCAN * stage.width);
  const top = Math.floor(span.top);
  const width = Math.ceil(stage.width * (1 + 2 * OVERSCAN));
  const height = Math.max(1, Math.ceil(span.bottom) - top);
  const canvas = createCanvas(Math.ceil(width * stage.layerScale), Math.ceil(height * stage.layerScale));
  const context = canvas.getContext('2d');
  context.scale(stage.layerScale, stage.layerScale);
  context.translate(-left, -top);
  paint(context);
  return { canvas, left, top, width, height, depth };
}

/** Draws a layer as the camera sees it at `progress` (0 to 1); `shift` moves it further, in pixels. */
export function drawLayer(
  context: SKRSContext2D,
  stage: Stage,
  layer: Layer,
  progress: number,
  shift: { readonly x: number; readonly y: number } = { x: 0, y: 0 },
): void {
  const { push, pan } = camera(stage, layer.depth, progress);
  const centre = stage.width / 2;
  const x = centre + (layer.left - centre) * push + pan + shift.x;
  const y = stage.horizon + (layer.top - stage.horizon) * push + shift.y;
  context.drawImage(layer.canvas, x, y, layer.width * push, layer.height * push);
}

/** A slow push in and a slow sideways travel, both stronger the nearer the layer. */
export function camera(stage: Stage, depth: number, progress: number): { readonly push: number; readonly pan: number } {
  return {
    push: 1 + (0.02 + 0.08 * depth) * progress,
    pan: stage.direction * stage.width * (0.008 + 0.07 * depth) * (0.5 - progress),
  };
}

/** Slow at both ends, from 0 to 1. */
export function easeInOut(share: number): number {
  const t = Math.min(1, Math.max(0, share));
  return t * t * (3 - 2 * t);
}
