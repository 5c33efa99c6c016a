/** The examples of docs/catalogue.md do what the page says. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const run = promisify(execFile);
const EXAMPLE = /```sh\n(?<command>[\s\S]*?)```\n+```json\n(?<answer>[\s\S]*?)```/g;

let node: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate();
});
afterAll(() => node.stop());

it('an operator can paste the examples one after another', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/catalogue.md'), 'utf8');
  const env = { ...process.env, REELGATE: node.url, ADMIN_KEY: node.adminKey };
  let examples = 0;
  for (const { groups } of page.matchAll(EXAMPLE)) {
    const { stdout } = await run('sh', ['-c', groups?.['command'] ?? ''], { env });
    expect(JSON.parse(stdout), groups?.['command']).toMatchObject(JSON.parse(groups?.['answer'] ?? ''));
    examples += 1;
  }
  expect(examples).toBe(5);
});
