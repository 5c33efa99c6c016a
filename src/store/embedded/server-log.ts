/** The file that takes what PostgreSQL prints: bounded in size, and read back to explain a failure. */

import { copyFile, open, stat, truncate } from 'node:fs/promises';

const MAX_LOG_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 4 * 1024;
const TAIL_LINES = 20;

/** Moves a log over the bound to `<path>.1`; keeps the file itself, because a running PostgreSQL appends to it. */
export async function boundServerLog(path: string): Promise<void> {
  if ((await serverLogBytes(path)) <= MAX_LOG_BYTES) return;
  // A full disk may refuse the copy; the bound matters more than the old lines.
  await copyFile(path, `${path}.1`).catch(() => undefined);
  await truncate(path, 0);
}

export async function serverLogBytes(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found === null ? 0 : found.size;
}

/** The last lines written after `fromByte`. */
export async function serverLogTail(path: string, fromByte: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(Math.min(fromByte, size), size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
    return lines.slice(-TAIL_LINES).join('\n');
  } finally {
    await file.close();
  }
}
