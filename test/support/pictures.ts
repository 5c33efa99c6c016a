/** Pictures for tests: four quarters of different colours, so that a moved or swapped frame shows. */

import { createCanvas } from '@napi-rs/canvas';

const QUARTERS = ['#c0392b', '#27ae60', '#2980b9', '#f1c40f'] as const;

/** A PNG of this size. `turn` rotates the colours. */
export function picture(width: number, height: number, turn = 0): Buffer<ArrayBuffer> {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  for (let quarter = 0; quarter < 4; quarter += 1) {
    context.fillStyle = QUARTERS[(quarter + turn) % 4] ?? 'black';
    context.fillRect(((quarter % 2) * width) / 2, (Math.floor(quarter / 2) * height) / 2, width / 2, height / 2);
  }
  return Buffer.from(canvas.toBuffer('image/png'));
}
