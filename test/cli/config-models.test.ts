/** Models and prices in the declarative file. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { cli, jsonOf } from './support/cli.ts';
import type { Ran } from './support/cli.ts';

const YAML = `
models: { sora-2: { aliases: [sora-2, house-sora] } }
prices: { sora-2: [{ unit: second, usd: "0.12" }] }
`;

let node: TestReelgate;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-models-'));
  node = await startTestReelgate();
});
afterAll(async () => {
  await node.stop();
  await rm(directory, { recursive: true, force: true });
});

function run(words: readonly string[]): Promise<Ran> {
  return cli(words, { env: { REELGATE_URL: node.url, REELGATE_ADMIN_KEY: node.adminKey } });
}

async function apply(yaml: string): Promise<unknown> {
  const path = join(directory, 'models.yaml');
  await writeFile(path, yaml);
  const ran = await run(['config', 'apply', path]);
  if (ran.code !== 0) throw new Error(ran.error);
  return jsonOf(ran)['changes'];
}

it('puts what it says of a model and its prices, owns both, and returns the built-in row when it no longer does', async () => {
  expect(await apply(YAML)).toMatchObject([{ action: 'make', kind: 'models', name: 'sora-2' }]);
  expect(await apply(YAML)).toEqual([]);
  expect(await node.admin('GET', '/models/house-sora')).toMatchObject({
    id: 'OS-2.0',
    override: { aliases: ['sora-2', 'house-sora'], prices: [{ unit: 'second', usd: '0.12' }] },
  });
  for (const [method, path, body] of [
    ['PUT', '/prices', { model: 'OS-2.0', prices: null }],
    ['PUT', '/models/OS-2.0', { override: {} }],
    ['DELETE', '/models/sora-2', undefined],
  ] as const) {
    const options = { key: node.adminKey, ...(body === undefined ? {} : { body }) };
    const answer = await node.ask(method, `/admin/v1${path}`, options);
    expect([answer.status, objectOf(answer.body)['detail']]).toEqual([409, expect.stringContaining('models.yaml')]);
  }
  const exported = await run(['config', 'export']);
  expect(exported.out).toContain('models:\n  OS-2.0:\n    aliases:\n      - sora-2\n      - house-sora\n');
  expect(await apply('')).toMatchObject([{ action: 'delete', kind: 'models', name: 'sora-2' }]);
  expect(await node.admin('GET', '/models/sora-2')).toMatchObject({ origin: 'built_in', override: null });
});

it('shows models and prices as the server sells them', async () => {
  expect((await run(['models', 'list', '--text'])).out).toMatch(/^ID +LABEL +FAMILY +ORIGIN/);
  expect((await run(['models', 'show', 'sora-2', '--text'])).out).toContain('id         OS-2.0\n');
  expect((await run(['prices', '--text'])).out).toMatch(/^MODEL +UNIT +USD/);
});

it('seals everything anew at the command', async () => {
  const ran = await run(['secrets', 'rotate']);
  expect([ran.code, jsonOf(ran)]).toEqual([0, { resealed: 0, unreadable: 0, left: 0 }]);
});
