/** The declarative file: what it says, what of it is wrong, and how a server is brought to it. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { editorSchema } from '../../src/cli/config/schema.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { until } from '../process/shop.ts';
import { cli, jsonOf } from './support/cli.ts';
import type { Ran } from './support/cli.ts';

const vendor = fakeVendor();
const BODY = { model: 'viduq3-pro', prompt: 'a cat', seconds: '1', size: '960x540' };

let node: TestReelgate;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-config-'));
  node = await startTestReelgate({}, { providers: [vendor.provider], limits: { pollMs: 50 } });
});
afterAll(async () => {
  await node.stop();
  await rm(directory, { recursive: true, force: true });
});

async function fileOf(name: string, yaml: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, yaml);
  return path;
}

function run(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return cli(words, { env: { REELGATE_URL: node.url, REELGATE_ADMIN_KEY: node.adminKey, ...env } });
}

async function changes(words: readonly string[], env: Record<string, string> = {}): Promise<JsonObject[]> {
  const ran = await run(words, env);
  if (ran.code !== 0) throw new Error(ran.error);
  const list = jsonOf(ran)['changes'];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

async function channelNamed(name: string): Promise<JsonObject | null> {
  const { data } = await node.admin('GET', '/channels');
  return (Array.isArray(data) ? data.filter(isObject) : []).find((channel) => channel['name'] === name) ?? null;
}

function adminStatus(method: string, path: string, body?: Json): Promise<{ status: number; body: Json }> {
  return node.ask(method, `/admin/v1${path}`, { key: node.adminKey, ...(body === undefined ? {} : { body }) });
}

describe('a declarative file', () => {
  it('is brought about once, and then there is nothing to change', async () => {
    const path = await fileOf(
      'shop.yaml',
      `
accounts:
  - { name: Shop, budget_daily_usd: 20 }
channels:
  - name: Shop vendor
    provider: fake
    credentials: \${VENDOR_KEYS}
    weight: \${WEIGHT:-3}
    costs: [{ model: sora-2, unit: second, usd: "0.05" }]
`,
    );
    const env = { VENDOR_KEYS: 'good-SECRET-0123456789\ngood-SECRET-abcdefghij' };
    const dry = await changes(['config', 'apply', path, '--dry-run'], env);
    expect(dry.map(({ action, kind, name }) => [action, kind, name])).toEqual([
      ['make', 'accounts', 'Shop'],
      ['make', 'channels', 'Shop vendor'],
    ]);
    expect(await channelNamed('Shop vendor')).toBeNull();
    const applied = await run(['config', 'apply', path], env);
    expect([applied.code, applied.error]).toEqual([0, 'make accounts Shop\nmake channels Shop vendor\n']);
    expect(applied.out).not.toContain('SECRET');
    expect(await channelNamed('Shop vendor')).toMatchObject({
      weight: 3,
      credentials: [{ tail: '6789' }, { tail: 'ghij' }],
      costs: [{ usd: '0.05' }],
    });
    expect(await changes(['config', 'apply', path], env)).toEqual([]);
    expect((await run(['config', 'diff', path, '--exit-code'], env)).code).toBe(0);
  });

  it('changes only what differs, also a secret, and what it no longer says becomes usual again', async () => {
    const yaml = (more: string): string =>
      `channels: [{ name: Differs, provider: fake, credentials: "\${KEY}"${more} }]`;
    const path = await fileOf('differs.yaml', yaml(', priority: 7'));
    await changes(['config', 'apply', path], { KEY: 'good-one-0123456789' });
    await fileOf('differs.yaml', yaml(''));
    const steps = await changes(['config', 'diff', path], { KEY: 'good-two-0123456abc' });
    expect(steps).toMatchObject([
      {
        action: 'change',
        fields: [
          { field: 'priority', from: 7, to: 0 },
          { field: 'credentials', from: null, to: '(secret)' },
        ],
      },
    ]);
    expect((await run(['config', 'diff', path, '--exit-code'], { KEY: 'good-two-0123456abc' })).code).toBe(1);
    await changes(['config', 'apply', path], { KEY: 'good-two-0123456abc' });
    expect(await channelNamed('Differs')).toMatchObject({ priority: 0, credentials: [{ tail: '6abc' }] });
    expect(await changes(['config', 'diff', path], { KEY: 'good-two-0123456abc' })).toEqual([]);
  });

  it('says what only another object could be', async () => {
    const path = await fileOf('fixed.yaml', 'channels: [{ name: Fixed, provider: fake }]');
    await changes(['config', 'apply', path]);
    await fileOf('fixed.yaml', 'channels: [{ name: Fixed, provider: fake, mode: test }]');
    expect(await run(['config', 'apply', path])).toMatchObject({
      code: 4,
      error: "reelgate: 'mode' of 'Fixed' cannot be changed: give the new one another name.\n",
    });
  });

  it('owns what it made: nobody else changes or deletes that, until it lets go', async () => {
    const path = await fileOf('owner.yaml', 'accounts: [{ name: Owned }]\nchannels: [{ name: Owned, provider: fake }]');
    await changes(['config', 'apply', path]);
    const id = String((await channelNamed('Owned'))?.['id']);
    for (const [method, body] of [
      ['PATCH', { priority: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const refusal = await adminStatus(method, `/channels/${id}`, body);
      expect(refusal.status).toBe(409);
      expect(objectOf(refusal.body)['detail']).toBe(
        'The file owner.yaml owns this: change it there, and run `reelgate config apply`.',
      );
    }
    expect(await run(['channels', 'drain', 'Owned'])).toMatchObject({ code: 4 });
    const { data } = await node.admin('GET', '/accounts');
    const account = (Array.isArray(data) ? data.filter(isObject) : []).find(({ name }) => name === 'Owned');
    const frozen = await adminStatus('PATCH', `/accounts/${String(account?.['id'])}`, { frozen: true });
    expect(frozen.status).toBe(200);
    const other = await fileOf('other.yaml', 'channels: [{ name: Owned, provider: fake, priority: 3 }]');
    expect(await run(['config', 'apply', other])).toMatchObject({
      code: 4,
      error: "reelgate: The file owner.yaml owns 'Owned' of channels already.\n",
    });
    expect((await changes(['config', 'release', path])).map(({ action }) => action)).toEqual(['let_go', 'let_go']);
    expect((await adminStatus('PATCH', `/channels/${id}`, { priority: 1 })).status).toBe(200);
  });

  it('takes over what was made by hand under its name, and never touches the rest', async () => {
    const hand = await node.admin('POST', '/channels', { name: 'By hand', provider: 'fake', weight: 9 });
    await node.admin('POST', '/channels', { name: 'Untouched', provider: 'fake', weight: 8 });
    const path = await fileOf('hand.yaml', 'channels: [{ name: By hand, provider: fake, max_concurrency: 2 }]');
    expect(await changes(['config', 'apply', path])).toMatchObject([
      {
        action: 'take_over',
        fields: [
          { field: 'weight', from: 9, to: 1 },
          { field: 'max_concurrency', from: null, to: 2 },
        ],
      },
    ]);
    expect(await channelNamed('By hand')).toMatchObject({ id: hand['id'], weight: 1, max_concurrency: 2 });
    await fileOf('hand.yaml', 'channels: []');
    expect(await changes(['config', 'apply', path])).toMatchObject([{ action: 'delete', name: 'By hand' }]);
    expect(await channelNamed('By hand')).toBeNull();
    expect(await channelNamed('Untouched')).toMatchObject({ weight: 8 });
  });

  it('drains a channel that left it while jobs run there, takes it back, and deletes it once they have ended', async () => {
    const LEAVING = 'channels: [{ name: Leaving, provider: fake, mode: live, priority: 99 }]';
    const path = await fileOf('leaving.yaml', LEAVING);
    await changes(['config', 'apply', path]);
    const account = await node.admin('POST', '/accounts', { name: 'Customer' });
    await node.admin('POST', `/accounts/${String(account['id'])}/credits`, { amount_usd: '10' });
    const { key } = await node.admin('POST', '/keys', { account_id: account['id'] ?? null, name: 'k', mode: 'live' });
    const made = await node.ask('POST', '/v1/videos', { key: String(key), body: BODY });
    expect(made.status).toBe(200);
    await fileOf('leaving.yaml', '');
    expect(await changes(['config', 'apply', path])).toMatchObject([{ action: 'drain', unfinished_jobs: 1 }]);
    expect(await channelNamed('Leaving')).toMatchObject({ state: 'draining' });
    await fileOf('leaving.yaml', LEAVING);
    expect(await changes(['config', 'apply', path])).toMatchObject([
      { action: 'change', fields: [{ field: 'state', from: 'draining', to: 'enabled' }] },
    ]);
    expect(await channelNamed('Leaving')).toMatchObject({ state: 'enabled' });
    await fileOf('leaving.yaml', '');
    await changes(['config', 'apply', path]);
    vendor.end(BODY.prompt);
    await until('the job has ended', async () => {
      const [step] = await changes(['config', 'diff', path]);
      return step?.['action'] === 'delete' ? step : null;
    });
    await changes(['config', 'apply', path]);
    expect(await channelNamed('Leaving')).toBeNull();
  });

  it('sets the limits of keys that exist, and makes none', async () => {
    const account = await node.admin('POST', '/accounts', { name: 'Limits' });
    const key = await node.admin('POST', '/keys', { account_id: account['id'] ?? null, name: 'app', mode: 'test' });
    const path = await fileOf(
      'keys.yaml',
      'keys: [{ account: Limits, name: app, limits: { requests_per_minute: 5 } }]',
    );
    expect(await changes(['config', 'apply', path])).toMatchObject([
      { action: 'take_over', kind: 'keys', name: 'Limits / app' },
    ]);
    expect(await node.admin('GET', `/keys/${String(key['id'])}`)).toMatchObject({ limits: { requests_per_minute: 5 } });
    expect((await adminStatus('PATCH', `/keys/${String(key['id'])}`, { models: null })).status).toBe(409);
    const unknown = await fileOf('unknown.yaml', 'keys: [{ account: Limits, name: nobody, models: [sora-2] }]');
    expect(await run(['config', 'diff', unknown])).toMatchObject({
      code: 4,
      error: expect.stringContaining("There is no key 'Limits / nobody': make it with `reelgate keys add`"),
    });
  });

  it('never stands in the way of revoking a key', async () => {
    const account = await node.admin('POST', '/accounts', { name: 'Leak' });
    const key = await node.admin('POST', '/keys', { account_id: account['id'] ?? null, name: 'leaked', mode: 'live' });
    const path = await fileOf('leak.yaml', 'keys: [{ account: Leak, name: leaked, models: [sora-2] }]');
    await changes(['config', 'apply', path]);
    expect(await adminStatus('DELETE', `/keys/${String(key['id'])}`)).toMatchObject({ status: 200 });
    await fileOf('leak.yaml', '');
    expect(await changes(['config', 'apply', path])).toMatchObject([{ action: 'let_go', name: 'Leak / leaked' }]);
    expect(await changes(['config', 'apply', path])).toEqual([]);
  });

  it('that was exported from a server changes nothing when it is applied there', async () => {
    const exported = await run(['config', 'export']);
    expect(exported.out).toContain('- name: Untouched\n    provider: fake\n    mode: live\n    weight: 8\n');
    const path = await fileOf('exported.yaml', exported.out.replace(/ {2}- name: Shop\n.*\n/, ''));
    expect((await run(['config', 'validate', path])).code).toBe(0);
  });
});

describe('the example in docs/declarative.md', () => {
  const example = async (): Promise<string> => {
    const page = await readFile(join(import.meta.dirname, '../../docs/declarative.md'), 'utf8');
    return /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  };

  it('is a good file', async () => {
    const path = await fileOf('example.yaml', await example());
    const { code, out } = await cli(['config', 'validate', path], { env: { KLING_KEYS: 'AK|SK' } });
    expect([code, JSON.parse(out)]).toEqual([0, { file: path, accounts: 1, models: 1, channels: 1, keys: 1 }]);
  });

  it('satisfies the schema that editors are given, as it is written, and a misspelt one does not', async () => {
    const schema = Compile(editorSchema());
    const written = await example();
    expect(schema.Check(parse(written))).toBe(true);
    expect(schema.Check(parse(written.replace('priority', 'prioritty')))).toBe(false);
  });
});

describe('a file that is wrong', () => {
  it.each([
    ['channels: [{ name: A, provider: fake, weight: heavy }]', "channels 'A': 'weight' must be a whole number from 1"],
    ['channels: [{ name: A, provider: fake, colour: red }]', "channels 'A': There is no field 'colour'."],
    ['channels: [{ provider: fake }]', "channels number 1: 'name' is required."],
    ['accounts: [{ name: A }, { name: A }]', "accounts 'A' is there twice."],
    ['chanels: []', "There is no field 'chanels'."],
    ['channels: [{ name: A, provider: fake, credentials: "${NOT_SET}" }]', 'line 1: the variable NOT_SET is not set'],
    ['channels: [{ name: "${}" }]', 'line 1: ${} is no reference such as ${NAME}'],
    ['accounts:\n  - name: A\n   wrong: indent', 'line 3:'],
  ])('is refused before any server is asked: %s', async (yaml, sentence) => {
    const path = await fileOf('wrong.yaml', yaml);
    const { code, out, error } = await cli(['config', 'validate', path]);
    expect([code, out, error]).toEqual([2, '', expect.stringContaining(sentence)]);
  });

  it('takes what variables say as what each field asks for, and $${ as plain text', async () => {
    const path = await fileOf(
      'fine.yaml',
      'channels: [{ name: "$${A}", provider: fake, weight: "${W}", enabled: "${ON:-false}" }]',
    );
    expect(await cli(['config', 'validate', path], { env: { W: '5' } })).toMatchObject({ code: 0 });
    expect(await cli(['config', 'validate', path], { env: { W: 'x' } })).toMatchObject({
      code: 2,
      error: expect.stringContaining("channels '${A}': 'weight' must be a whole number"),
    });
  });
});
