// Still images whose size stands in a fixed or short walk of the header: png, jpeg, gif, webp, bmp, tiff.

import type { SniffedMedia } from './sniffed-media.ts';
import { hasText, int32LE, uintBE, uintLE } from './bytes.ts';

type Size = { width: number; height: number };

const MAX_JPEG_SEGMENTS = 512;
const MAX_TIFF_ENTRIES = 512;

/** Sizes of the header that follows a bitmap's file header: OS/2 1.x, Windows 3, and the later extensions. */
const BMP_HEADER_SIZES: readonly number[] = [12, 40, 52, 56, 64, 108, 124];

export function sniffImage(bytes: Buffer): SniffedMedia | null {
  if (hasText(bytes, 0, '\x89PNG\r\n\x1a\n')) return image('image/png', 'png', pngSize(bytes));
  if (hasText(bytes, 0, '\xff\xd8\xff')) return image('image/jpeg', 'jpg', jpegSize(bytes));
  if (hasText(bytes, 0, 'GIF87a') || hasText(bytes, 0, 'GIF89a')) return image('image/gif', 'gif', gifSize(bytes));
  if (hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'WEBP')) return image('image/webp', 'webp', webpSize(bytes));
  if (hasText(bytes, 0, 'II*\0') || hasText(bytes, 0, 'MM\0*')) return image('image/tiff', 'tiff', tiffSize(bytes));
  if (isBmp(bytes)) return image('image/bmp', 'bmp', bmpSize(bytes));
  return null;
}

export function image(mime: string, extension: string, size: Size | null): SniffedMedia {
  return { kind: 'image', mime, extension, width: size?.width ?? null, height: size?.height ?? null };
}

function sizeOf(width: number | null, height: number | null): Size | null {
  return width === null || height === null ? null : { width, height };
}

function pngSize(bytes: Buffer): Size | null {
  return hasText(bytes, 12, 'IHDR') ? sizeOf(uintBE(bytes, 16, 4), uintBE(bytes, 20, 4)) : null;
}

function gifSize(bytes: Buffer): Size | null {
  return sizeOf(uintLE(bytes, 6, 2), uintLE(bytes, 8, 2));
}

/** Walks the segments to the first frame header; entropy-coded data never comes before it. */
function jpegSize(bytes: Buffer): Size | null {
  let offset = 2;
  for (let segment = 0; segment < MAX_JPEG_SEGMENTS; segment += 1) {
    if (uintBE(bytes, offset, 1) !== 0xff) return null;
    const marker = uintBE(bytes, offset + 1, 1);
    if (marker === null || marker === 0xd9 || marker === 0xda) return null;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return sizeOf(uintBE(bytes, offset + 7, 2), uintBE(bytes, offset + 5, 2));
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    const length = isBare ? 0 : uintBE(bytes, offset + 2, 2);
    if (length === null || (!isBare && length < 2)) return null;
    offset += 2 + length;
  }
  return null;
}

function webpSize(bytes: Buffer): Size | null {
  if (hasText(bytes, 12, 'VP8X')) {
    const width = uintLE(bytes, 24, 3);
    const height = uintLE(bytes, 27, 3);
    return width === null || height === null ? null : { width: width + 1, height: height + 1 };
  }
  if (hasText(bytes, 12, 'VP8L')) {
    const packed = uintBE(bytes, 20, 1) === 0x2f ? uintLE(bytes, 21, 4) : null;
    return packed === null ? null : { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (hasText(bytes, 12, 'VP8 ') && hasText(bytes, 23, '\x9d\x01\x2a')) {
    const width = uintLE(bytes, 26, 2);
    const height = uintLE(bytes, 28, 2);
    return width === null || height === null ? null : { width: width & 0x3fff, height: height & 0x3fff };
  }
  return null;
}

/** 'BM' alone begins many a text, so the header behind it must be one of the known ones. */
function isBmp(bytes: Buffer): boolean {
  const headerBytes = uintLE(bytes, 14, 4);
  return hasText(bytes, 0, 'BM') && headerBytes !== null && BMP_HEADER_SIZES.includes(headerBytes);
}

function bmpSize(bytes: Buffer): Size | null {
  if (uintLE(bytes, 14, 4) === 12) return sizeOf(uintLE(bytes, 18, 2), uintLE(bytes, 20, 2));
  const width = int32LE(bytes, 18);
  const height = int32LE(bytes, 22);
  // A negative height means rows from the top down.
  return width === null || height === null ? null : { width: Math.abs(width), height: Math.abs(height) };
}

function tiffSize(bytes: Buffer): Size | null {
  const uint = hasText(bytes, 0, 'II') ? uintLE : uintBE;
  const directory = uint(bytes, 4, 4);
  const count = directory === null ? null : uint(bytes, directory, 2);
  if (directory === null || count === null) return null;
  let width: number | null = null;
  let height: number | null = null;
  for (let entry = 0; entry < Math.min(count, MAX_TIFF_ENTRIES); entry += 1) {
    const offset = directory + 2 + entry * 12;
    const tag = uint(bytes, offset, 2);
    if (tag === null) break;
    if (tag !== 0x100 && tag !== 0x101) continue;
    const type = uint(bytes, offset + 2, 2);
    const value = type === 3 ? uint(bytes, offset + 8, 2) : type === 4 ? uint(bytes, offset + 8, 4) : null;
    if (tag === 0x100) width = value;
    else height = value;
  }
  return sizeOf(width, height);
}
