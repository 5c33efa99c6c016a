// Takes the clock times out of an MP4 file, so that the same plan gives the same bytes whenever it is rendered.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

type Box = { readonly type: string; readonly start: number; readonly header: number; readonly end: number };

const CONTAINERS = new Set(['moov', 'trak', 'mdia']);
const STAMPED = new Set(['mvhd', 'tkhd', 'mdhd']);

/** No file of ours has more; a damaged one must not keep us walking. */
const MAX_BOXES = 200;

/** Sets creation and modification times to zero, "unknown", in place. */
export async function clearTimes(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const pending: { readonly from: number; readonly to: number }[] = [{ from: 0, to: size }];
    let seen = 0;
    for (let span = pending.pop(); span !== undefined; span = pending.pop()) {
      for (let at = span.from; at + 8 <= span.to && seen < MAX_BOXES; seen += 1) {
        const box = await readBox(file, at, span.to);
        if (CONTAINERS.has(box.type)) pending.push({ from: box.start + box.header, to: box.end });
        if (STAMPED.has(box.type)) await clearBox(file, box);
        at = box.end;
      }
    }
  } finally {
    await file.close();
  }
}

async function readBox(file: FileHandle, at: number, limit: number): Promise<Box> {
  const head = Buffer.alloc(16);
  await file.read(head, 0, 16, at);
  const small = head.readUInt32BE(0);
  const length = small === 1 ? Number(head.readBigUInt64BE(8)) : small === 0 ? limit - at : small;
  if (length < 8) throw new Error('The rendered file has a damaged box.');
  return {
    type: head.toString('latin1', 4, 8),
    start: at,
    header: small === 1 ? 16 : 8,
    end: Math.min(limit, at + length),
  };
}

/** Version 1 of these boxes has two 64-bit times after the version and flags, version 0 two 32-bit ones. */
async function clearBox(file: FileHandle, box: Box): Promise<void> {
  const version = Buffer.alloc(1);
  await file.read(version, 0, 1, box.start + box.header);
  await file.write(Buffer.alloc(version[0] === 1 ? 16 : 8), 0, undefined, box.start + box.header + 4);
}
