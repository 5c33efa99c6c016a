// The fonts the renderer draws with: bundled, so that a clip looks the same on every machine.
import { readFileSync } from 'node:fs';
import { GlobalFonts } from '@napi-rs/canvas';

const FILES = [
  ['Reelgate Sans', 'noto-sans-sc.otf'],
  ['Reelgate Latin', 'noto-sans-latin.otf'],
  ['Reelgate Label', 'noto-sans-latin-bold.otf'],
] as const;

export type Fonts = {
  /** Whether the bundled fonts have a glyph for this code point. */
  covers(codePoint: number): boolean;
};

let loaded: Fonts | null = null;

/** Registers the fonts once per thread. Throws when a bundled file cannot be read. */
export function loadFonts(): Fonts {
  if (loaded !== null) return loaded;
  let covered: ReadonlySet<number> | null = null;
  for (const [family, file] of FILES) {
    const bytes = readFileSync(new URL(`./fonts/${file}`, import.meta.url));
    if (GlobalFonts.register(bytes, family) === null) throw new Error(`The bundled font ${file} cannot be read.`);
    covered ??= coveredCodePoints(bytes);
  }
  const points = covered ?? new Set<number>();
  loaded = { covers: (codePoint) => points.has(codePoint) };
  return loaded;
}

/** The family of text with Chinese in it. */
export const WIDE_FAMILY = '"Reelgate Sans"';

/** CJK punctuation such as curly quotes is drawn full width beside Chinese, and narrow in Latin text. */
export function promptFamily(text: string): string {
  const cjk = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/.test(text);
  return cjk ? WIDE_FAMILY : '"Reelgate Latin", "Reelgate Sans"';
}

export const LABEL_FAMILY = '"Reelgate Label", "Reelgate Sans"';

/** Reads the `cmap` table of an OpenType font (formats 4 and 12, which together name every code point of ours). */
function coveredCodePoints(font: Buffer): ReadonlySet<number> {
  const points = new Set<number>();
  const tables = font.readUInt16BE(4);
  for (let index = 0; index < tables; index += 1) {
    const record = 12 + index * 16;
    if (font.toString('latin1', record, record + 4) === 'cmap') readCmap(font, font.readUInt32BE(record + 8), points);
  }
  return points;
}

function readCmap(font: Buffer, cmap: number, points: Set<number>): void {
  const subtables = font.readUInt16BE(cmap + 2);
  for (let index = 0; index < subtables; index += 1) {
    const at = cmap + font.readUInt32BE(cmap + 8 + index * 8);
    const format = font.readUInt16BE(at);
    if (format === 12) {
      const groups = font.readUInt32BE(at + 12);
      for (let group = 0; group < groups; group += 1) {
        const entry = at + 16 + group * 12;
        addSpan(points, font.readUInt32BE(entry), font.readUInt32BE(entry + 4));
      }
    } else if (format === 4) {
      const segments = font.readUInt16BE(at + 6) / 2;
      for (let segment = 0; segment < segments; segment += 1) {
        const last = font.readUInt16BE(at + 14 + segment * 2);
        const first = font.readUInt16BE(at + 16 + segments * 2 + segment * 2);
        if (last !== 0xffff) addSpan(points, first, last);
      }
    }
  }
}

function addSpan(points: Set<number>, first: number, last: number): void {
  for (let point = first; point <= last; point += 1) points.add(point);
}
