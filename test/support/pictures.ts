/** Pictures for tests: four quarters of different colours, so that a moved or swapped frame shows. */

import { createCanvas, ImageData } from '@napi-rs/canvas';
import type { Canvas } from '@napi-rs/canvas';

const QUARTERS = ['#c0392b', '#27ae60', '#2980b9', '#f1c40f'] as const;

/** A PNG of this size, or another type. `turn` rotates the colours. */
export function picture(
  width: number,
  height: number,
  turn = 0,
  type: 'png' | 'webp' | 'gif' = 'png',
): Buffer<ArrayBuffer> {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  for (let quarter = 0; quarter < 4; quarter += 1) {
    context.fillStyle = QUARTERS[(quarter + turn) % 4] ?? 'black';
    context.fillRect(((quarter % 2) * width) / 2, (Math.floor(quarter / 2) * height) / 2, width / 2, height / 2);
  }
  return Buffer.from(encoded(canvas, type));
}

function encoded(canvas: Canvas, type: 'png' | 'webp' | 'gif'): Buffer {
  switch (type) {
    case 'png':
      return canvas.encodeSync('png');
    case 'webp':
      return canvas.encodeSync('webp');
    case 'gif':
      return canvas.encodeSync('gif');
  }
}

/** A PNG that hardly shrinks, three bytes and more for each pixel. */
export function noisePicture(width: number, height: number): Buffer<ArrayBuffer> {
  const pixels = new ImageData(width, height);
  for (const [at, word] of randomWords(width * height))
    pixels.data.set([word & 255, (word >> 8) & 255, (word >> 16) & 255, 255], at * 4);
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  return Buffer.from(canvas.encodeSync('png'));
}

/** The same in every run: xorshift. */
function* randomWords(count: number): Generator<readonly [number, number]> {
  let word = 1;
  for (let at = 0; at < count; at += 1) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    yield [at, word];
  }
}
