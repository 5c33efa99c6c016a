// The containers that hold video, or share a frame with it: ISO base media (mp4, mov, m4a, avif, heic), WebM, AVI.

import type { SniffedMedia } from './sniffed-media.ts';
import { fourCharacters, hasText, uintBE } from './bytes.ts';
import { image } from './image.ts';

const MAX_FTYP_BYTES = 512;
const MAX_BOXES = 4_096;
const MAX_EBML_HEADER_BYTES = 1_024;

const AVIF_BRANDS: readonly string[] = ['avif', 'avis'];
const HEIC_BRANDS: readonly string[] = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'];
/** An image in a container; the compatible brands say of which codec. */
const IMAGE_BRANDS: readonly string[] = ['mif1', 'msf1', 'mif2', 'miaf'];
const AUDIO_BRANDS: readonly string[] = ['M4A ', 'M4B ', 'M4P ', 'F4A ', 'F4B '];
const VIDEO_BRANDS: readonly string[] = [
  ...['isom', 'iso2', 'iso3', 'iso4', 'iso5', 'iso6', 'iso7', 'iso8', 'iso9'],
  ...['mp41', 'mp42', 'avc1', 'hvc1', 'hev1', 'av01', 'dash', 'cmfc', 'MSNV', 'M4V ', 'M4VP', 'F4V '],
];

/** Top-level boxes that open a QuickTime file written before `ftyp` existed. */
const OLD_QUICKTIME_BOXES: readonly string[] = ['moov', 'mdat', 'wide'];

/** Four printable characters read as a box size are at least this: a text with such a word at its fifth letter. */
const TEXT_AS_BYTES = 0x2000_0000;

export function sniffContainer(bytes: Buffer): SniffedMedia | null {
  if (hasText(bytes, 4, 'ftyp')) return sniffIsoMedia(bytes);
  if (isOldQuickTime(bytes)) return video('video/quicktime', 'mov');
  if (isWebm(bytes)) return video('video/webm', 'webm');
  if (hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'AVI ')) return video('video/x-msvideo', 'avi');
  return null;
}

function video(mime: string, extension: string): SniffedMedia {
  return { kind: 'video', mime, extension, width: null, height: null };
}

function sniffIsoMedia(bytes: Buffer): SniffedMedia | null {
  const brands = brandsOf(bytes);
  const major = brands[0];
  if (major === undefined) return null;
  const isAny = (known: readonly string[]): boolean => brands.some((brand) => known.includes(brand));
  const isImage = IMAGE_BRANDS.includes(major);
  if (AVIF_BRANDS.includes(major) || (isImage && isAny(AVIF_BRANDS))) {
    return image('image/avif', 'avif', largestImageExtent(bytes));
  }
  if (HEIC_BRANDS.includes(major) || (isImage && isAny(HEIC_BRANDS))) {
    return image('image/heic', 'heic', largestImageExtent(bytes));
  }
  if (AUDIO_BRANDS.includes(major)) {
    return { kind: 'audio', mime: 'audio/mp4', extension: 'm4a', width: null, height: null };
  }
  if (major === 'qt  ') return video('video/quicktime', 'mov');
  return isAny(VIDEO_BRANDS) ? video('video/mp4', 'mp4') : null;
}

/** The major brand, then the compatible ones; empty when the box is not a plausible `ftyp`. */
function brandsOf(bytes: Buffer): readonly string[] {
  const boxBytes = uintBE(bytes, 0, 4) ?? 0;
  if (boxBytes < 16 || boxBytes > MAX_FTYP_BYTES || boxBytes % 4 !== 0) return [];
  const brands: string[] = [];
  for (let offset = 8; offset < boxBytes; offset += 4) {
    const brand = offset === 12 ? null : fourCharacters(bytes, offset);
    if (brand !== null) brands.push(brand);
    else if (offset !== 12) break;
  }
  return brands;
}

/**
 * Finds the size of the picture in meta > iprp > ipco > ispe. A picture made of tiles lists the tile's size too, hence
 * the largest.
 */
function largestImageExtent(bytes: Buffer): { width: number; height: number } | null {
  const meta = boxesIn(bytes, 0, bytes.length).find((box) => box.name === 'meta');
  // `meta` is a full box: four bytes of version and flags before its children.
  const iprp = meta && boxesIn(bytes, meta.start + 4, meta.end).find((box) => box.name === 'iprp');
  const ipco = iprp && boxesIn(bytes, iprp.start, iprp.end).find((box) => box.name === 'ipco');
  let largest: { width: number; height: number } | null = null;
  for (const box of ipco === undefined ? [] : boxesIn(bytes, ipco.start, ipco.end)) {
    if (box.name !== 'ispe') continue;
    const width = uintBE(bytes, box.start + 4, 4);
    const height = uintBE(bytes, box.start + 8, 4);
    if (width === null || height === null) continue;
    if (largest === null || width * height > largest.width * largest.height) largest = { width, height };
  }
  return largest;
}

type Box = { name: string; /** Of the content. */ start: number; end: number };

/** The boxes that begin between two offsets; a box may claim to end beyond the head. */
function boxesIn(bytes: Buffer, from: number, to: number): readonly Box[] {
  const boxes: Box[] = [];
  let offset = from;
  while (offset < Math.min(to, bytes.length) && boxes.length < MAX_BOXES) {
    const declared = uintBE(bytes, offset, 4);
    const name = fourCharacters(bytes, offset + 4);
    if (declared === null || name === null) break;
    const isLong = declared === 1;
    const headerBytes = isLong ? 16 : 8;
    const size = isLong ? longSize(bytes, offset + 8) : declared === 0 ? to - offset : declared;
    if (size === null || size < headerBytes) break;
    boxes.push({ name, start: offset + headerBytes, end: Math.min(offset + size, to) });
    offset += size;
  }
  return boxes;
}

function longSize(bytes: Buffer, offset: number): number | null {
  const high = uintBE(bytes, offset, 4);
  const low = uintBE(bytes, offset + 4, 4);
  return high === null || low === null ? null : high * 2 ** 32 + low;
}

function isOldQuickTime(bytes: Buffer): boolean {
  const boxBytes = uintBE(bytes, 0, 4);
  const name = fourCharacters(bytes, 4);
  if (boxBytes === null || name === null || !OLD_QUICKTIME_BOXES.includes(name)) return false;
  if (name === 'wide') return boxBytes === 8;
  return boxBytes === 1 || (boxBytes >= 8 && boxBytes < TEXT_AS_BYTES);
}

/** An EBML header whose document type is exactly `webm`; other Matroska is not accepted. */
function isWebm(bytes: Buffer): boolean {
  if (uintBE(bytes, 0, 4) !== 0x1a45dfa3) return false;
  return bytes.subarray(4, MAX_EBML_HEADER_BYTES).includes(Buffer.from('\x42\x82\x84webm', 'latin1'));
}
