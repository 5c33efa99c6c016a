// Sniffing: each format by its first bytes, its true size however absurd, and silence about everything else.

import fc from 'fast-check';
import { createCanvas } from '@napi-rs/canvas';
import type { Canvas } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';

import { SNIFF_HEAD_BYTES, sniffMedia } from '../../src/media/sniff.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 0xff]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const le16 = (value: number): Buffer => Buffer.from([value & 0xff, value >>> 8]);
const le32 = (value: number): Buffer => Buffer.concat([le16(value & 0xffff), le16(value >>> 16)]);
const box = (name: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), latin1(name), body]);
};
const ftyp = (major: string, ...compatible: string[]): Buffer =>
  box('ftyp', latin1(major), u32(0), latin1(compatible.join('')));
const ispe = (width: number, height: number): Buffer => box('ispe', u32(0), u32(width), u32(height));
const png = (width: number, height: number): Buffer =>
  Buffer.concat([latin1('\x89PNG\r\n\x1a\n'), u32(13), latin1('IHDR'), u32(width), u32(height)]);
const segment = (marker: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(bytes.length + 2), bytes]);
const jpegFrame = (width: number, height: number): Buffer =>
  segment(0xc2, Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.alloc(10)]));
const riff = (form: string, ...content: Buffer[]): Buffer =>
  Buffer.concat([latin1('RIFF'), le32(100), latin1(form), ...content]);
const bmp = (width: number, height: number): Buffer =>
  Buffer.concat([latin1('BM'), Buffer.alloc(12), le32(40), le32(width), le32(height >>> 0)]);
const tiffEntry = (u: typeof u16, v: typeof u32, tag: number, type: number, value: number): Buffer =>
  Buffer.concat([u(tag), u(type), v(1), type === 3 ? Buffer.concat([u(value), u(0)]) : v(value)]);
const tiff = (order: 'II' | 'MM', width: number, height: number): Buffer => {
  const [u, v] = order === 'II' ? [le16, le32] : [u16, u32];
  const entries = [tiffEntry(u, v, 0x100, 3, width), tiffEntry(u, v, 0x101, 4, height)];
  return Buffer.concat([latin1(order), u(42), v(8), u(entries.length), ...entries]);
};
const heifMeta = (...properties: Buffer[]): Buffer =>
  box('meta', u32(0), box('hdlr', Buffer.alloc(20)), box('iprp', box('ipco', ...properties)));
const mp3Frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]);
const adtsFrame = Buffer.concat([Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc]), Buffer.alloc(9)]);
const id3 = (length: number): Buffer =>
  Buffer.concat([latin1('ID3\x04\0\0'), Buffer.from([0, 0, length >>> 7, length & 0x7f]), Buffer.alloc(length)]);
const flac = Buffer.concat([latin1('fLaC'), u32(34), Buffer.alloc(34)]);
const ogg = (packet: string): Buffer =>
  Buffer.concat([latin1('OggS\0\x02'), Buffer.alloc(20), latin1('\x01\x1e'), latin1(packet)]);
const ebml = (type: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x80 + type.length]),
    latin1(type),
  ]);

const IMAGES: readonly [name: string, head: Buffer, mime: string, width: number, height: number][] = [
  ['png', png(640, 480), 'image/png', 640, 480],
  ['a decompression bomb of a png', png(50_000, 50_000), 'image/png', 50_000, 50_000],
  ['a png of the largest size that fits', png(0xffff_ffff, 0), 'image/png', 0xffff_ffff, 0],
  ['jpeg', Buffer.concat([Buffer.from([0xff, 0xd8]), jpegFrame(1920, 1080)]), 'image/jpeg', 1920, 1080],
  [
    'a jpeg with metadata, tables and fill bytes first',
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      segment(0xe1, Buffer.alloc(60_000)),
      segment(0xe2, Buffer.alloc(60_000)),
      segment(0xc4, Buffer.alloc(30)),
      Buffer.from([0xff, 0xff, 0xff]),
      jpegFrame(33, 44),
    ]),
    'image/jpeg',
    33,
    44,
  ],
  ['gif', Buffer.concat([latin1('GIF89a'), le16(10), le16(20)]), 'image/gif', 10, 20],
  ['old gif', Buffer.concat([latin1('GIF87a'), le16(65_535), le16(1)]), 'image/gif', 65_535, 1],
  [
    'lossy webp',
    riff('WEBP', latin1('VP8 '), le32(10), Buffer.alloc(3), latin1('\x9d\x01\x2a'), le16(320), le16(0x4000 | 240)),
    'image/webp',
    320,
    240,
  ],
  [
    'lossless webp',
    riff('WEBP', latin1('VP8L'), le32(5), latin1('\x2f'), le32(319 | (239 << 14))),
    'image/webp',
    320,
    240,
  ],
  [
    'extended webp',
    riff('WEBP', latin1('VP8X'), le32(10), Buffer.alloc(4), Buffer.from([0xff, 0xff, 0, 0x0f, 0, 0])),
    'image/webp',
    65_536,
    16,
  ],
  ['bmp', bmp(7, 9), 'image/bmp', 7, 9],
  ['bmp from the top down', bmp(7, -9), 'image/bmp', 7, 9],
  ['little-endian tiff', tiff('II', 300, 200), 'image/tiff', 300, 200],
  ['big-endian tiff', tiff('MM', 300, 70_000), 'image/tiff', 300, 70_000],
  ['avif', Buffer.concat([ftyp('avif', 'avif', 'mif1'), heifMeta(ispe(400, 300))]), 'image/avif', 400, 300],
  [
    'tiled heic',
    Buffer.concat([ftyp('heic', 'mif1', 'heic'), heifMeta(ispe(512, 512), ispe(4032, 3024), ispe(160, 120))]),
    'image/heic',
    4032,
    3024,
  ],
  ['heic under a general brand', Buffer.concat([ftyp('mif1', 'heic'), heifMeta(ispe(5, 6))]), 'image/heic', 5, 6],
  ['avif under a general brand', Buffer.concat([ftyp('mif1', 'avif'), heifMeta(ispe(5, 6))]), 'image/avif', 5, 6],
];

const OTHERS: readonly [name: string, head: Buffer, kind: string, mime: string, extension: string][] = [
  ['mp4', ftyp('isom', 'isom', 'iso2', 'avc1', 'mp41'), 'video', 'video/mp4', 'mp4'],
  ['a phone recording', ftyp('3gp4', '3gp4', 'isom'), 'video', 'video/mp4', 'mp4'],
  ['mp4 that may hold M4A too', ftyp('mp42', 'M4A ', 'mp42'), 'video', 'video/mp4', 'mp4'],
  ['mov', ftyp('qt  ', 'qt  '), 'video', 'video/quicktime', 'mov'],
  ['old mov', box('moov', Buffer.alloc(8)), 'video', 'video/quicktime', 'mov'],
  ['webm', ebml('webm'), 'video', 'video/webm', 'webm'],
  ['avi', riff('AVI ', latin1('LIST')), 'video', 'video/x-msvideo', 'avi'],
  ['m4a', ftyp('M4A ', 'M4A ', 'mp42', 'isom'), 'audio', 'audio/mp4', 'm4a'],
  ['wav', riff('WAVE', latin1('fmt ')), 'audio', 'audio/wav', 'wav'],
  ['mp3', Buffer.concat([mp3Frame, mp3Frame]), 'audio', 'audio/mpeg', 'mp3'],
  ['tagged mp3', Buffer.concat([id3(300), mp3Frame, mp3Frame]), 'audio', 'audio/mpeg', 'mp3'],
  ['mp3 whose cover picture outgrows the head', id3(16_000).subarray(0, 2_000), 'audio', 'audio/mpeg', 'mp3'],
  ['aac', Buffer.concat([adtsFrame, adtsFrame]), 'audio', 'audio/aac', 'aac'],
  ['tagged aac', Buffer.concat([id3(20), adtsFrame, adtsFrame]), 'audio', 'audio/aac', 'aac'],
  ['flac', flac, 'audio', 'audio/flac', 'flac'],
  ['tagged flac', Buffer.concat([id3(20), flac]), 'audio', 'audio/flac', 'flac'],
  ['ogg opus', ogg('OpusHead'), 'audio', 'audio/ogg', 'ogg'],
  ['ogg vorbis', ogg('\x01vorbis'), 'audio', 'audio/ogg', 'ogg'],
];

const NOTHING: readonly [name: string, head: Buffer][] = [
  ['no bytes', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(64)],
  ['svg', latin1('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
  ['svg behind xml', latin1('<?xml version="1.0"?><svg/>')],
  ['html', latin1('<!doctype html><script>alert(1)</script>')],
  ['zip', latin1('PK\x03\x04 and a docx inside of it')],
  ['pdf', latin1('%PDF-1.7\n')],
  ['json', latin1('{"image":"..."}')],
  ['an ELF program', latin1('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0')],
  ['text that begins like a bitmap', latin1('BMW is a maker of cars, and this is a text.')],
  ['text that begins like a tag', latin1('ID3 tags are described here, at some length.')],
  ['text that begins like ogg', latin1('OggS is a container format')],
  ['text that begins like flac', latin1('fLaC is a codec, and this is a text')],
  ['text with ftyp in its place', latin1('the ftyp box of isom')],
  ['text with wide in its place', latin1('the wide world')],
  ['text with moov in its place', latin1('Mr. moov')],
  ['UTF-16 text', Buffer.from('\ufeffRIFF of a text in two-byte letters', 'utf16le')],
  ['one mp3 frame header before other things', Buffer.concat([mp3Frame, latin1('not a frame')])],
  ['matroska', ebml('matroska')],
  ['ogg video', ogg('\x80theora')],
  ['an unknown riff', riff('ACON')],
  ['an unknown brand', ftyp('abcd', 'efgh')],
  ['an image container of no known codec', ftyp('mif1', 'mif1')],
  ['a png signature cut short', latin1('\x89PNG\r\n')],
];

describe('images', () => {
  it.each(IMAGES)('%s is recognised with its size', (_name, head, mime, width, height) => {
    expect(sniffMedia(head)).toMatchObject({ kind: 'image', mime, width, height });
  });

  it.each(['png', 'jpeg', 'webp', 'avif', 'gif'] as const)(
    'a %s drawn by a real encoder is recognised',
    async (format) => {
      const canvas = createCanvas(123, 77);
      canvas.getContext('2d').fillRect(0, 0, 50, 50);
      const bytes = await encode(canvas, format);
      expect(sniffMedia(bytes)).toMatchObject({ kind: 'image', mime: `image/${format}`, width: 123, height: 77 });
    },
  );

  it('an image cut off before its size is still an image, of unknown size', () => {
    const cut = Buffer.concat([Buffer.from([0xff, 0xd8]), segment(0xe1, Buffer.alloc(100))]);
    expect(sniffMedia(cut)).toEqual({ kind: 'image', mime: 'image/jpeg', extension: 'jpg', width: null, height: null });
    expect(sniffMedia(ftyp('avif', 'avif'))).toMatchObject({ mime: 'image/avif', width: null });
  });
});

describe('video and audio', () => {
  it.each(OTHERS)('%s is recognised', (_name, head, kind, mime, extension) => {
    expect(sniffMedia(head)).toEqual({ kind, mime, extension, width: null, height: null });
  });
});

describe('everything else', () => {
  it.each(NOTHING)('%s is nothing we know', (_name, head) => {
    expect(sniffMedia(head)).toBe(null);
  });
});

describe('hostile bytes', () => {
  const magics = [...IMAGES, ...OTHERS].map(([, head]) => head);

  it('never throw, whatever follows a true beginning', () => {
    const spoiled = fc
      .tuple(fc.constantFrom(...magics), fc.nat(64), fc.uint8Array({ maxLength: 200 }))
      .map(([head, keep, tail]) => Buffer.concat([head.subarray(0, keep), tail]));
    fc.assert(
      fc.property(
        fc.oneof(
          spoiled,
          fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
        ),
        (head) => {
          const sniffed = sniffMedia(head);
          for (const size of [sniffed?.width ?? 0, sniffed?.height ?? 0]) expect(size).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never throw when a true file is cut anywhere or one byte of it is turned', () => {
    fc.assert(
      fc.property(fc.constantFrom(...magics), fc.nat(), fc.nat(), fc.nat(255), (head, cut, at, value) => {
        const bytes = Buffer.from(head.subarray(0, 1 + (cut % head.length)));
        bytes[at % bytes.length] = value;
        sniffMedia(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('cost bounded time: walks over the tiniest boxes, segments and tags end', () => {
    const tiny = box('free');
    const boxes = Buffer.concat([ftyp('heic', 'heic'), ...Array.from({ length: 40_000 }, () => tiny)]);
    const fills = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(SNIFF_HEAD_BYTES, 0xff)]);
    const tags = Buffer.concat(Array.from({ length: 20_000 }, () => id3(0)));
    const startedAt = performance.now();
    for (const head of [boxes, fills, tags]) sniffMedia(head);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

async function encode(canvas: Canvas, format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif'): Promise<Buffer> {
  switch (format) {
    case 'png':
      return canvas.encode('png');
    case 'jpeg':
      return canvas.encode('jpeg');
    case 'webp':
      return canvas.encode('webp');
    case 'avif':
      return canvas.encode('avif');
    case 'gif':
      return canvas.encode('gif');
  }
}
