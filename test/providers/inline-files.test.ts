/** Files that vendors write into their JSON: taken out while they arrive, however the answer is cut into pieces. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { takeFilesOut } from '../../src/providers/inline-files.ts';
import type { FileWriter } from '../../src/providers/inline-files.ts';

type Stored = { readonly bytes: Buffer[]; end: 'committed' | 'aborted' | null };

function store(): { readonly files: Stored[]; readonly open: () => Promise<FileWriter> } {
  const files: Stored[] = [];
  const open = async (): Promise<FileWriter> => {
    const file: Stored = { bytes: [], end: null };
    files.push(file);
    return {
      write: async (chunk) => void file.bytes.push(chunk),
      commit: async () => {
        file.end = 'committed';
        return { sha256: sha256(Buffer.concat(file.bytes)) };
      },
      abort: async () => {
        file.end ??= 'aborted';
      },
    };
  };
  return { files, open };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function* pieces(text: string, bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

async function taken(text: string, bytes: number, { open } = store()): Promise<string> {
  const kept: Buffer[] = [];
  for await (const piece of takeFilesOut(pieces(text, bytes), ['data', 'video'], open)) kept.push(piece);
  return Buffer.concat(kept).toString();
}

const ONE = Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 37) % 256));
const OTHER = Buffer.from('another file');

describe('a file within an answer', () => {
  it.each([1, 2, 3, 5, 7, 64, 100_000])('is taken out of pieces of %i bytes', async (bytes) => {
    const stored = store();
    const answer = { name: 'é 视频', list: [{ data: ONE.toString('base64') }], video: OTHER.toString('base64'), n: 1 };
    const text = await taken(JSON.stringify(answer, null, 2), bytes, stored);
    expect(JSON.parse(text)).toEqual({ ...answer, list: [{ data: sha256(ONE) }], video: sha256(OTHER) });
    expect(stored.files.map((file) => Buffer.concat(file.bytes))).toEqual([ONE, OTHER]);
    expect(stored.files.map(({ end }) => end)).toEqual(['committed', 'committed']);
  });

  it.each([1, 4, 1_000])('may be escaped and broken into lines (pieces of %i bytes)', async (bytes) => {
    const base64 = Buffer.from([255, 239, 191, 251, 255]).toString('base64');
    const escaped = (part: string): string =>
      part.replaceAll('/', '\\/').replaceAll('=', '\\u003d').replaceAll('+', '\\u002B');
    const lines = [base64.slice(0, 3), base64.slice(3)].map(escaped).join('\\r\\n');
    const text = await taken(`{"data" :\n "${lines}"}`, bytes);
    expect(JSON.parse(text)).toEqual({ data: sha256(Buffer.from(base64, 'base64')) });
  });

  it('that is empty stays empty, and is stored nowhere', async () => {
    const stored = store();
    expect(await taken('{"data":""}', 2, stored)).toBe('{"data":""}');
    expect(stored.files.map(({ end }) => end)).toEqual(['aborted']);
  });

  it('that breaks off is no file', async () => {
    const stored = store();
    await expect(taken('{"data":"AAAA', 3, stored)).rejects.toThrow('broke off');
    expect(stored.files.map(({ end }) => end)).toEqual(['aborted']);
  });
});

it.each([
  '',
  'null',
  '<html>',
  '{"prompt":"say \\"data\\":\\"x\\"","metadata":"AAAA","data":{"video":5}}',
  '{"data":null,"video":["AAAA"]}',
])('an answer without files stays as it is: %s', async (text) => {
  for (const bytes of [1, 3, 1_000]) expect(await taken(text, bytes)).toBe(text);
});
