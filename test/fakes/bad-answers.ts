/** Answers that try the patience and the memory of whoever reads them. */

import type { ServerResponse } from 'node:http';

const DRIP_MS = 1_000;
const PIECE = Buffer.alloc(64 * 1024, ' ');

/** One byte a second, until nobody listens any more. */
export function dripInto(response: ServerResponse, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    response.write(text[at] ?? ' ');
    at += 1;
  }, DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

/** So many blanks, as fast as they are taken. */
export function pourInto(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= PIECE.length;
      if (!response.write(PIECE)) return void response.once('drain', pour);
    }
    response.end();
  };
  pour();
}
