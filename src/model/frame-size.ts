/** Pixels from a resolution label and a ratio, and back. */

import type { ModelRow } from './catalogue.ts';
import { property } from './json.ts';
import type { Size } from './request.ts';

const LABEL_SHORT_SIDES: Readonly<Record<string, number>> = { '2k': 1440, '4k': 2160, '8k': 4320 };
const RATIO = /^(\d{1,4}):(\d{1,4})$/;
const SIZE = /^(\d{1,5})[xX*](\d{1,5})$/;

/** Longest side any spec may have, in pixels. */
export const MAX_SIDE = 8192;

export function parseSize(text: string): Size | null {
  const match = SIZE.exec(text);
  if (match === null) return null;
  const size = { width: Number(match[1]), height: Number(match[2]) };
  return size.width < 1 || size.height < 1 || size.width > MAX_SIDE || size.height > MAX_SIDE ? null : size;
}

export function sizeText(size: Size): string {
  return `${size.width}x${size.height}`;
}

/** Short side of a label such as `720p` or `4k`, in pixels; null for an unknown label. */
export function shortSideOf(resolution: string): number | null {
  const match = /^(\d{2,4})p$/.exec(resolution);
  return match === null ? (property(LABEL_SHORT_SIDES, resolution) ?? null) : Number(match[1]);
}

/** The smallest whole-number ratio of a size: 1280x720 is `16:9`. */
export function ratioOf(size: Size): string {
  const divisor = greatestCommonDivisor(size.width, size.height);
  return `${size.width / divisor}:${size.height / divisor}`;
}

/**
 * Exact even pixels of `resolution` and `ratio` (`W:H`) for this model: its own table first, else the short side is the
 * label's and the long side follows the ratio.
 */
export function frameSize(row: ModelRow, resolution: string, ratio: string): Size {
  const listed = property(property(row.sizes ?? {}, resolution) ?? {}, ratio);
  const exact = listed === undefined ? null : parseSize(listed);
  if (exact !== null) return exact;
  const match = RATIO.exec(ratio);
  const short = shortSideOf(resolution);
  if (match === null || short === null) throw new RangeError(`no frame size for ${resolution} ${ratio}`);
  const across = Number(match[1]);
  const down = Number(match[2]);
  const long = even((short * Math.max(across, down)) / Math.min(across, down));
  return across >= down ? { width: long, height: short } : { width: short, height: long };
}

/** Sizes a model offers by choice, as text, in the order of its resolutions and ratios. */
export function offeredSizes(
  row: ModelRow,
  resolutions: readonly string[],
  ratios: readonly string[],
): readonly string[] {
  const all = resolutions.flatMap((resolution) =>
    ratios.filter((ratio) => RATIO.test(ratio)).map((ratio) => sizeText(frameSize(row, resolution, ratio))),
  );
  return [...new Set(all)];
}

/** The resolution and ratio whose frame is exactly this size, if the model offers one. */
export function placeSize(
  row: ModelRow,
  size: Size,
  resolutions: readonly string[],
  ratios: readonly string[],
): { readonly resolution: string; readonly ratio: string } | null {
  const wanted = sizeText(size);
  for (const resolution of resolutions) {
    for (const ratio of ratios) {
      if (RATIO.test(ratio) && sizeText(frameSize(row, resolution, ratio)) === wanted) return { resolution, ratio };
    }
  }
  return null;
}

/**
 * The frame that keeps a picture's shape: the short side is the label's, the long side follows, even, and never beyond
 * a shape of 1:4.
 */
export function adaptiveSize(resolution: string, picture: Size): Size {
  const short = shortSideOf(resolution);
  if (short === null) throw new RangeError(`no short side for ${resolution}`);
  const shape = Math.min(4, Math.max(picture.width, picture.height) / Math.min(picture.width, picture.height));
  const long = Math.min(MAX_SIDE, even(short * shape));
  return picture.width >= picture.height ? { width: long, height: short } : { width: short, height: long };
}

function even(value: number): number {
  return Math.round(value / 2) * 2;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
