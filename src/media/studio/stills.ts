// Input images on screen: filling the frame with a slow move, or as numbered cards in a contact strip.
import { readFile, stat } from 'node:fs/promises';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Canvas, Image, SKRSContext2D } from '@napi-rs/canvas';
import { LABEL_FAMILY } from './fonts.ts';
import type { Slate } from './overlay.ts';
import { easeInOut } from './stage.ts';

const MAX_IMAGE_BYTES = 64 * 1024 * 1024;
const MAX_IMAGE_PIXELS = 100_000_000;

/** Throws with words for the client when the file is not an image that can be drawn. */
export async function readImage(path: string): Promise<Image> {
  const { size } = await stat(path);
  if (size > MAX_IMAGE_BYTES) throw new Error('An input image is too large to be drawn.');
  try {
    const image = await loadImage(await readFile(path));
    if (image.width < 1 || image.height < 1 || image.width * image.height > MAX_IMAGE_PIXELS)
      throw new RangeError('No drawable size.');
    return image;
  } catch (error) {
    throw new Error('An input image could not be decoded.', { cause: error });
  }
}

/** The image scaled and cropped about its centre to fill width x height exactly. */
export function coverFit(image: Image | Canvas, width: number, height: number): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const scale = Math.max(width / image.width, height / image.height);
  // Mipmaps for strong reduction, a sharp filter otherwise.
  context.imageSmoothingQuality = scale < 0.6 ? 'medium' : 'high';
  const [w, h] = [image.width * scale, image.height * scale];
  context.fillStyle = '#000000';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  return canvas;
}

/** Draws a frame-filling still, `zoom` (1 or more) about a point given as shares of the frame. */
export function paintStill(
  context: SKRSContext2D,
  still: Canvas,
  zoom: number,
  about: { readonly x: number; readonly y: number },
): void {
  if (zoom === 1) {
    context.drawImage(still, 0, 0);
    return;
  }
  const { width, height } = still;
  context.drawImage(still, width * about.x * (1 - zoom), height * about.y * (1 - zoom), width * zoom, height * zoom);
}

export type Card = { readonly canvas: Canvas; readonly x: number; readonly y: number };

const MIN_ASPECT = 0.5;
const MAX_ASPECT = 2;

/** Lays the images out in rows at the right edge under the time code, numbered from 1. */
export function contactStrip(images: readonly Image[], slate: Slate, room: number): readonly Card[] {
  const aspects = images.map((image) => Math.min(MAX_ASPECT, Math.max(MIN_ASPECT, image.width / image.height)));
  const gap = Math.round(slate.unit * 0.018);
  const rows =
    images.length > 5 || room < slate.unit * 0.8 ? Math.ceil(images.length / (room < slate.unit * 0.8 ? 3 : 5)) : 1;
  const perRow = Math.ceil(images.length / rows);
  const cards: Card[] = [];
  let top = slate.picturesTop;
  for (let row = 0; row < rows; row += 1) {
    const indices = images.map((_, index) => index).slice(row * perRow, (row + 1) * perRow);
    const total = indices.reduce((sum, index) => sum + (aspects[index] ?? 1), 0);
    const height = Math.round(
      Math.min((slate.unit * 0.22) / Math.sqrt(rows), (room - gap * (indices.length - 1)) / total),
    );
    let x =
      slate.width -
      slate.marginX -
      indices.reduce((sum, index) => sum + Math.round(height * (aspects[index] ?? 1)) + gap, -gap);
    for (const index of indices) {
      const image = images[index];
      if (image === undefined) continue;
      const width = Math.round(height * (aspects[index] ?? 1));
      cards.push({
        canvas: makeCard(coverFit(image, width, height), String(index + 1), slate),
        x: x - margin(slate),
        y: top - margin(slate),
      });
      x += width + gap;
    }
    top += height + gap;
  }
  return cards;
}

/** Room around a card's picture for its frame and shadow. */
export function margin(slate: Slate): number {
  return Math.ceil(slate.unit * 0.02);
}

/** A picture in a thin light frame with a soft shadow and a tag. */
export function makeCard(picture: Canvas, tag: string, slate: Slate): Canvas {
  const pad = margin(slate);
  const line = Math.max(1, Math.round(slate.unit * 0.004));
  const card = createCanvas(picture.width + 2 * pad, picture.height + 2 * pad);
  const context = card.getContext('2d');
  context.shadowColor = 'rgba(0,0,0,0.6)';
  context.shadowBlur = pad * 0.7;
  context.shadowOffsetY = pad * 0.2;
  context.fillStyle = '#f6f4ef';
  context.fillRect(pad - line, pad - line, picture.width + 2 * line, picture.height + 2 * line);
  context.shadowColor = 'transparent';
  context.drawImage(picture, pad, pad);
  paintTag(context, tag, pad, pad + picture.height, slate);
  return card;
}

/** White on black at the lower left corner of a picture. */
export function paintTag(context: SKRSContext2D, tag: string, left: number, bottom: number, slate: Slate): void {
  const height = Math.max(9, Math.round(slate.unit * 0.02));
  context.font = `${height}px ${LABEL_FAMILY}`;
  const width = Math.ceil(context.measureText(tag).width + height * 0.9);
  context.fillStyle = 'rgba(0,0,0,0.72)';
  context.fillRect(left, bottom - height * 1.5, width, height * 1.5);
  context.fillStyle = '#ffffff';
  context.textBaseline = 'alphabetic';
  context.fillText(tag, left + height * 0.45, bottom - height * 0.4);
}

const CARD_SECONDS = 0.45;
const CARD_STAGGER_SECONDS = 0.14;

/** The cards slide in one after the other. */
export function paintCards(
  context: SKRSContext2D,
  cards: readonly Card[],
  slate: Slate,
  seconds: number,
  opacity: number,
): void {
  for (const [index, card] of cards.entries()) {
    const entered = easeInOut((seconds - index * CARD_STAGGER_SECONDS) / CARD_SECONDS + 0.25);
    context.globalAlpha = opacity * entered;
    context.drawImage(card.canvas, card.x, Math.round(card.y + (1 - entered) * slate.unit * 0.03));
  }
  context.globalAlpha = 1;
}
