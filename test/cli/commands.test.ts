/** The commands against a running server: what each does, how it ends, and what people and programs see. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { COMMANDS, GROUPS } from '../../src/cli/commands.ts';
import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { operatorKey } from '../../src/operator-key.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { cli, jsonOf } from './support/cli.ts';
import type { CliOptions, Ran } from './support/cli.ts';

const SECRET = 'a-secret-of-this-test-that-is-long-enough';
const vendor = fakeVendor();

let node: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate({ REELGATE_SECRET: SECRET }, { providers: [vendor.provider] });
});
afterAll(() => node.stop());

function run(words: readonly string[], options: CliOptions = {}): Promise<Ran> {
  const env = { REELGATE_URL: node.url, REELGATE_ADMIN_KEY: node.adminKey, ...options.env };
  return cli(words, { ...options, env });
}

async function json(words: readonly string[], options: CliOptions = {}): Promise<JsonObject> {
  const ran = await run(words, options);
  expect([ran.code, ran.error]).toEqual([0, '']);
  return jsonOf(ran);
}

function itemsOf(answer: JsonObject): JsonObject[] {
  const { data } = answer;
  return Array.isArray(data) ? data.filter(isObject) : [];
}

describe('accounts, keys and channels', () => {
  it('are made, listed and changed by name', async () => {
    const account = await json(['accounts', 'add', 'Studio', '--budget-daily', '5']);
    expect(account).toMatchObject({ name: 'Studio', budget_daily_usd: '5.00', available_usd: '0.00' });
    expect(await json(['accounts', 'credit', 'Studio', '12.5', '--note', 'hello'])).toMatchObject({
      available_usd: '12.50',
    });
    const key = await json(['keys', 'add', 'Studio', 'backend', '--mode', 'live', '--models', 'sora-2']);
    expect(key).toMatchObject({
      name: 'backend',
      mode: 'live',
      models: ['sora-2'],
      key: expect.stringMatching(/^sk-rg-live-/),
    });
    expect(itemsOf(await json(['keys', 'list', '--account', 'Studio'])).map(({ name }) => name)).toEqual(['backend']);
    expect(await json(['keys', 'revoke', 'backend'])).toMatchObject({ revoked_at: expect.any(String) });
  });

  it('say which name is unknown, and which is not unique', async () => {
    await json(['accounts', 'add', 'Twin']);
    await json(['accounts', 'add', 'Twin']);
    expect(await run(['accounts', 'credit', 'Nobody', '1'])).toMatchObject({
      code: 4,
      out: '',
      error: "reelgate: There is no account 'Nobody'.\n",
    });
    expect((await run(['accounts', 'credit', 'Twin', '1'])).error).toContain("2 accounts have the name 'Twin'");
  });

  it('take credentials from standard input, never show them, and are tested, drained and enabled', async () => {
    const made = await run(['channels', 'add', 'Main', '--provider', 'fake', '--credentials', '-'], {
      input: 'good-SECRET-0123456789\n',
    });
    expect([made.code, made.error]).toEqual([0, '']);
    expect(made.out).not.toContain('SECRET');
    expect(await json(['channels', 'test', 'Main'])).toMatchObject({ ok: true, credentials: [{ checked: 'dry' }] });
    expect(await json(['channels', 'drain', 'Main'])).toMatchObject({ state: 'draining' });
    expect(await json(['channels', 'enable', 'Main'])).toMatchObject({ state: 'enabled' });
    const listed = itemsOf(await json(['channels', 'list'])).find(({ name }) => name === 'Main');
    expect(listed).toMatchObject({ provider: 'fake', state: 'enabled' });
  });
});

describe('jobs', () => {
  it('are listed by state, shown whole, and cancelled by the id that any API shows', async () => {
    const body = { model: 'viduq3-pro', prompt: '[stuck] a cat', seconds: '1', size: '960x540' };
    const made = objectOf((await node.ask('POST', '/v1/videos', { body })).body);
    const id = String(made['id']);
    const found = itemsOf(
      await json(['jobs', 'list', '--state', 'running', '--account', 'First account', '--limit', '1']),
    );
    expect(found.map((job) => `video_${String(job['id'])}`)).toEqual([id]);
    expect(await json(['jobs', 'show', id])).toMatchObject({ state: 'running', attempts: [{ state: 'accepted' }] });
    expect(await json(['jobs', 'recheck', id])).toMatchObject({ state: 'running' });
    expect(await json(['jobs', 'cancel', id])).toMatchObject({ state: 'cancelled' });
    expect(await run(['jobs', 'show', 'nonsense'])).toMatchObject({
      code: 2,
      error: "reelgate: 'nonsense' is no job's id.\n",
    });
  });
});

describe('what people see', () => {
  it('is a table on a terminal, coloured unless NO_COLOR is set, and JSON only where it is asked for', async () => {
    const shown = await run(['channels', 'list'], { terminal: true });
    expect(shown.out).toContain('\u001b[2mID ');
    expect(shown.out).toContain('\u001b[32menabled');
    const plain = await run(['channels', 'list'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(plain.out).toMatch(/^ID +NAME +PROVIDER/);
    expect(plain.out).not.toContain('\u001b');
    expect(itemsOf(jsonOf(await run(['--json', 'channels', 'list'], { terminal: true })))).not.toEqual([]);
    expect((await run(['channels', 'list', '--text'])).out).toMatch(/^ID +NAME/);
  });

  it('never lets a stored name write to the screen as it likes', async () => {
    await json(['accounts', 'add', 'evil\u001b]0;title\u0007\nrow']);
    const { out } = await run(['accounts', 'list'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(out).toContain('evil ]0;title row');
    expect(out).not.toContain('\u001b');
  });
});

describe('the way to the server', () => {
  it('needs no key but the secret on its own machine, and shows what it makes of it to no other machine', async () => {
    const env = { REELGATE_ADMIN_KEY: '', REELGATE_SECRET: SECRET };
    expect((await run(['accounts', 'list'], { env })).code).toBe(0);
    const other = await run(['accounts', 'list', '--url', 'https://reelgate.example'], { env });
    expect(other).toMatchObject({
      code: 2,
      error: 'reelgate: Set REELGATE_ADMIN_KEY to the admin key of https://reelgate.example.\n',
    });
    const wrong = await node.ask('GET', '/admin/v1/accounts', { key: operatorKey('another secret') });
    expect(wrong.status).toBe(401);
  });

  it('says that the key is wrong, that nobody answers, and where no key is known', async () => {
    const wrong = await run(['accounts', 'list'], { env: { REELGATE_ADMIN_KEY: 'sk-rg-admin-wrong-wrong' } });
    expect(wrong).toMatchObject({ code: 4, error: expect.stringContaining('does not take this admin key') });
    const away = await run(['accounts', 'list', '--url', 'http://127.0.0.1:1']);
    expect(away).toMatchObject({
      code: 3,
      error: expect.stringContaining('No server answers at http://127.0.0.1:1 ('),
    });
    const unknown = await cli(['accounts', 'list'], { env: { REELGATE_DATA_DIR: '/nonexistent' } });
    expect(unknown).toMatchObject({ code: 2, error: expect.stringContaining('/nonexistent/secret') });
  });

  it('says that a server has no such part instead of failing strangely', async () => {
    const old = await run(['--url', `${node.url}/v0`, 'accounts', 'list']);
    expect(old).toMatchObject({ code: 4, error: expect.stringContaining('it is older than this command') });
  });
});

describe('the command line itself', () => {
  it('explains every command that there is', async () => {
    for (const { name, about } of COMMANDS) {
      const { code, out } = await cli([...name.split(' '), '--help']);
      expect(code).toBe(0);
      expect(out.replaceAll(/\s+/g, ' ')).toContain(about);
    }
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const group of Object.keys(GROUPS)) expect(out).toContain(`  ${group}`);
    const groups = new Set(COMMANDS.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]] : [])));
    expect(Object.keys(GROUPS).toSorted()).toEqual([...groups].toSorted());
  });

  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['channels'], 'Usage: reelgate channels'],
    [['channels', 'drain'], "missing required argument 'channel'"],
    [['keys', 'add', 'a', 'b'], "required option '--mode <mode>'"],
    [['accounts', 'list', '--limit', '0'], '--limit must be a number from 1'],
    [['accounts', 'list', '--bogus'], "unknown option '--bogus'"],
  ])('ends with 2 for %j', async (words, sentence) => {
    const { code, error } = await run(words);
    expect([code, error]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it('ends with 2 for a setting that is wrong', async () => {
    expect(await run(['accounts', 'list'], { env: { PORT: 'eighty' } })).toMatchObject({
      code: 2,
      error: "reelgate: PORT is 'eighty', but must be a whole number from 0 to 65535.\n",
    });
  });
});
