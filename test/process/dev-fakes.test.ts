/** `npm run dev:fakes`, as whoever tries the product by hand uses it: what it prints works. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

import { createTestDatabase } from '../support/test-database.ts';
import { urlOf } from '../support/reelgate.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/dev-fakes.ts', import.meta.url));
const PATIENCE_MS = 240_000;
const EXAMPLE = /^curl -sSL (\S+) -H 'Authorization: (.+?)' -H .* -d '(.+)' -o (\S+)$/gm;

it('prints, for every vendor, a line that makes a video there', { timeout: PATIENCE_MS }, async () => {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-fakes-test-'));
  const child = spawn(process.execPath, [SCRIPT], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      REELGATE_DATA_DIR: dataDir,
      DATABASE_URL: urlOf(database.connection),
      FAKE_WORK_MS: '100',
    },
  });
  // Also where the test runs out of time.
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  try {
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('is ready at')) resolve();
      });
      child.once('exit', () => reject(new Error(text)));
    });
    const examples = [...text.matchAll(EXAMPLE)];
    const files = await Promise.all(
      examples.map(async ([, url = '', authorization = '', body = '', file = '']) => {
        const headers = { authorization, 'content-type': 'application/json', accept: 'video/mp4' };
        const response = await fetch(url, { method: 'POST', headers, body });
        const bytes = Buffer.from(await response.arrayBuffer());
        return [file, response.status, bytes.toString('latin1', 4, 8)];
      }),
    );
    expect(files).toEqual(examples.map((example) => [example[4], 200, 'ftyp']));
    const adminKey = /Admin key: (\S+)/.exec(text)?.[1] ?? '';
    const url = /ready at ([^;]+);/.exec(text)?.[1] ?? '';
    const jobs = await fetch(`${url}/admin/v1/jobs`, { headers: { authorization: `Bearer ${adminKey}` } });
    const { data } = (await jobs.json()) as { readonly data: readonly { readonly channel_id: string }[] };
    // Each went to a channel of its own.
    expect(new Set(data.map((job) => job.channel_id)).size).toBe(examples.length);
    expect(examples.length).toBeGreaterThanOrEqual(12);
  } finally {
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
