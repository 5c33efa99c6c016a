/** What a provider needs of the world to be tried against a fake of its vendor. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDiskStorage } from '../../src/media/storage/disk-storage.ts';
import type { SpecInput } from '../../src/model/spec.ts';
import { createHttp } from '../../src/providers/http.ts';
import type { CheckIo } from '../../src/providers/provider.ts';

export const CALL_MS = 2_000;
const MAX_INLINE_BYTES = 16 * 1024 * 1024;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export type Io = (over?: Partial<CheckIo>) => CheckIo;

export type Workbench = {
  /** A fresh one for each call, with an attempt token of its own. */
  readonly io: Io;
  close(): Promise<void>;
};

export async function openWorkbench(url: string, credential: string): Promise<Workbench> {
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-provider-'));
  await writeFile(join(directory, 'aa'), PNG);
  const storage = await openDiskStorage(join(directory, 'storage'));
  let tokens = 0;
  const io: Io = (over = {}) => {
    const signal = AbortSignal.timeout(CALL_MS);
    tokens += 1;
    return {
      http: createHttp(url, signal, () => storage.writer({ maxBytes: MAX_INLINE_BYTES })),
      baseUrl: url,
      credential,
      now: () => new Date(),
      attemptToken: `0197f0f0-0000-7000-8000-${String(tokens).padStart(12, '0')}`,
      callbackUrl: 'https://r.example/callbacks/c/t',
      files: {
        path: async ({ sha256 }) => join(directory, sha256),
        link: ({ assetId }) => `https://r.example/files/${assetId}`,
      },
      taskOf: async () => null,
      signal,
      checksBefore: 0,
      ...over,
    };
  };
  return { io, close: () => rm(directory, { recursive: true }) };
}

/** An input that lies at a URL, or only with us. */
export function inputOf(role: SpecInput['role'], url: string | null, mime = 'image/png'): SpecInput {
  const isPicture = mime.startsWith('image/');
  return {
    role,
    assetId: '0197f0f0-0000-7000-8000-0000000000aa',
    sha256: 'aa',
    mime,
    bytes: PNG.length,
    width: isPicture ? 1280 : null,
    height: isPicture ? 720 : null,
    durationMs: isPicture ? null : 5_000,
    url,
  };
}

/** Attempt tokens and what else differs from run to run, in one word. */
export function masked(text: string, volatile: readonly string[] = []): string {
  const plain = text.replaceAll(/0197f0f0-0000-7000-8000-\d{12}/g, '<token>');
  return volatile.reduce(
    (all, key) => all.replaceAll(new RegExp(`"${key}": [^,\\n]+`, 'g'), `"${key}": "<${key}>"`),
    plain,
  );
}
