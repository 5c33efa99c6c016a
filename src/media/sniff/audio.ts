// Audio on its own: wav, flac, ogg, and the two framed streams (mp3, aac) that have a weak beginning and need a second look.

import type { SniffedMedia } from './sniffed-media.ts';
import { hasText, uintBE } from './bytes.ts';

const MAX_ID3_TAGS = 4;

/** What the first packet of an Ogg stream of sound begins with. */
const OGG_AUDIO_PACKETS: readonly string[] = ['\x01vorbis', 'OpusHead', '\x7fFLAC', 'Speex   '];

/** kbit/s by index, for Layer III: MPEG-1, and MPEG-2 or 2.5. */
const MP3_KILOBITS: readonly (readonly number[])[] = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const MPEG1_HERTZ: readonly number[] = [44_100, 48_000, 32_000];
const AAC_SAMPLE_RATES = 13;

export function sniffAudio(bytes: Buffer): SniffedMedia | null {
  if (hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'WAVE')) return audio('audio/wav', 'wav');
  if (isFlac(bytes, 0)) return audio('audio/flac', 'flac');
  if (isOggAudio(bytes)) return audio('audio/ogg', 'ogg');

  const start = afterId3(bytes);
  if (start > 0 && isFlac(bytes, start)) return audio('audio/flac', 'flac');
  if (isFrameStream(bytes, start, aacFrameBytes)) return audio('audio/aac', 'aac');
  // Behind a tag there may be padding, or a cover picture larger than the head; the tag is MP3's own and says enough.
  if (start > 0 || isFrameStream(bytes, start, mp3FrameBytes)) return audio('audio/mpeg', 'mp3');
  return null;
}

function audio(mime: string, extension: string): SniffedMedia {
  return { kind: 'audio', mime, extension, width: null, height: null };
}

/** The marker, then the stream information block that must come first and is 34 bytes long. */
function isFlac(bytes: Buffer, offset: number): boolean {
  return hasText(bytes, offset, 'fLaC') && ((uintBE(bytes, offset + 4, 4) ?? 0) & 0x7fff_ffff) === 34;
}

function isOggAudio(bytes: Buffer): boolean {
  if (!hasText(bytes, 0, 'OggS\0')) return false;
  const packet = 27 + (uintBE(bytes, 26, 1) ?? 0);
  return OGG_AUDIO_PACKETS.some((text) => hasText(bytes, packet, text));
}

/** The offset behind any ID3v2 tags at the beginning; 0 when there is none. */
function afterId3(bytes: Buffer): number {
  let offset = 0;
  for (let tag = 0; tag < MAX_ID3_TAGS && hasText(bytes, offset, 'ID3'); tag += 1) {
    const version = uintBE(bytes, offset + 3, 1) ?? 0;
    const size = uintBE(bytes, offset + 6, 4);
    // Each byte of the size keeps its top bit clear, which no text after "ID3" is likely to do by version 2, 3 or 4.
    if (version < 2 || version > 4 || size === null || (size & 0x8080_8080) !== 0) break;
    const length =
      ((size >>> 24) << 21) | (((size >>> 16) & 0x7f) << 14) | (((size >>> 8) & 0x7f) << 7) | (size & 0x7f);
    const hasFooter = ((uintBE(bytes, offset + 5, 1) ?? 0) & 0x10) !== 0;
    offset += 10 + length + (hasFooter ? 10 : 0);
  }
  return offset;
}

/** Two frames in a row, or one that fills the file exactly: a single frame header is too easily met by chance. */
function isFrameStream(
  bytes: Buffer,
  offset: number,
  frameBytes: (bytes: Buffer, offset: number) => number | null,
): boolean {
  const first = frameBytes(bytes, offset);
  if (first === null) return false;
  const next = offset + first;
  return next === bytes.length || frameBytes(bytes, next) !== null;
}

/** The length of the MPEG Layer III frame that begins here, or null. */
function mp3FrameBytes(bytes: Buffer, offset: number): number | null {
  const header = uintBE(bytes, offset, 4);
  if (header === null || header >>> 21 !== 0x7ff) return null;
  const version = (header >>> 19) & 3;
  const layer = (header >>> 17) & 3;
  const hertz = MPEG1_HERTZ[(header >>> 10) & 3];
  const isMpeg1 = version === 3;
  const kilobits = MP3_KILOBITS[isMpeg1 ? 0 : 1]?.[(header >>> 12) & 15] ?? 0;
  if (version === 1 || layer !== 1 || hertz === undefined || kilobits === 0) return null;
  const divisor = version === 3 ? 1 : version === 2 ? 2 : 4;
  const padding = (header >>> 9) & 1;
  return Math.floor(((isMpeg1 ? 144_000 : 72_000) * kilobits) / (hertz / divisor)) + padding;
}

/** The length of the ADTS frame that begins here, or null. */
function aacFrameBytes(bytes: Buffer, offset: number): number | null {
  const header = uintBE(bytes, offset, 6);
  if (header === null) return null;
  const sync = Math.floor(header / 2 ** 32);
  const sampleRate = (Math.floor(header / 2 ** 24) >>> 2) & 15;
  if ((sync & 0xfff6) !== 0xfff0 || sampleRate >= AAC_SAMPLE_RATES) return null;
  const length = Math.floor(header / 2 ** 5) & 0x1fff;
  return length >= 7 ? length : null;
}
