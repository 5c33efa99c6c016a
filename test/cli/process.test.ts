/** The command line as a process: what `bin/reelgate.mjs` does with its words. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';

const BIN = fileURLToPath(new URL('../../bin/reelgate.mjs', import.meta.url));

type Ended = { readonly code: number | null; readonly out: string; readonly error: string };

/** `deaf`: whoever would read its output has gone. */
function reelgate(words: readonly string[], env: Record<string, string> = {}, deaf = false): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...words], { env: { PATH: process.env['PATH'] ?? '', ...env } });
    let [out, error] = ['', ''];
    if (deaf) child.stdout.destroy();
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    child.on('close', (code) => resolve({ code, out, error }));
  });
}

describe('the process', () => {
  it('serves when it is told to, and says why it cannot', async () => {
    expect(await reelgate(['serve'], { PORT: 'eighty' })).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining("Reelgate cannot start: PORT is 'eighty'"),
    });
  });

  it('brings a database up to date, once', async () => {
    const empty = await createTestDatabase({ from: 'nothing' });
    const env = { DATABASE_URL: urlOf(empty.connection) };
    const first = await reelgate(['migrate'], env);
    const second = await reelgate(['migrate', '--text'], env);
    await empty.drop();
    expect([first.code, JSON.parse(first.out)]).toEqual([
      0,
      { applied: expect.any(Array), version: expect.any(Number) },
    ]);
    expect(second.out).toMatch(/^Nothing was missing: the database is at version \d+\.\n$/);
  });

  it('says that a database cannot be reached, and ends with 3', async () => {
    expect(await reelgate(['audit'], { DATABASE_URL: 'postgres://a@127.0.0.1:1/b' })).toMatchObject({
      code: 3,
      error: expect.stringContaining('reelgate: The database cannot be used: '),
    });
  });

  it('ends quietly when nobody reads on', async () => {
    expect(await reelgate(['--help'], {}, true)).toMatchObject({ error: '' });
  });
});
