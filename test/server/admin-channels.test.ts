/** Channels in the admin API: pools of credentials, what is told of them, and whether they work. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const SECRET = 'SECRET-0123456789-abcd';

const asked: string[] = [];
const live = fakeVendor('live-test', {
  testCredential: async (io) => {
    asked.push(io.credential);
    if (io.credential.includes('down')) throw new Error(`connect failed for ${io.credential}`);
    return io.credential.includes('good')
      ? { ok: true, message: 'The account is active.' }
      : { ok: false, message: `The vendor does not know ${io.credential}.` };
  },
});

let node: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate({}, { providers: [fakeVendor().provider, live.provider] });
});
afterAll(() => node.stop());

let made = 0;
function channel(settings: JsonObject): Promise<JsonObject> {
  made += 1;
  return node.admin('POST', '/channels', { name: `channel ${made}`, provider: 'fake', ...settings });
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

async function refusal(credentials: string): Promise<string> {
  const body = { name: 'refused', provider: 'fake', credentials };
  const answer = await node.ask('POST', '/admin/v1/channels', { key: node.adminKey, body });
  expect(answer.status).toBe(400);
  expect(objectOf(answer.body)['param']).toBe('credentials');
  return String(objectOf(answer.body)['detail']);
}

describe('the credentials of a channel', () => {
  it('are one per line, and shown as their tails only', async () => {
    const created = await channel({ credentials: `${SECRET}1\r\n  ${SECRET}2  \n\nshort\n` });
    const tails = listOf(created['credentials']).map((credential) => [credential['tail'], credential['state']]);
    expect(tails).toEqual([
      ['bcd1', 'enabled'],
      ['bcd2', 'enabled'],
      [null, 'enabled'],
    ]);
    expect(JSON.stringify(created)).not.toContain('SECRET');
  });

  it('are refused by the line that is wrong, without repeating it', async () => {
    expect(await refusal(`good\n\nbad-${SECRET}`)).toBe(
      "'credentials' cannot be used: line 3: it must not begin so: 26 characters.",
    );
    expect(await refusal(`bad-${SECRET}`)).toBe("'credentials' cannot be used: it must not begin so: 26 characters.");
    expect(await refusal(`a\nb\na`)).toBe("'credentials' cannot be used: line 3 is the same as line 1.");
    expect(await refusal(Array.from({ length: 1_001 }, (_, n) => `key ${n}`).join('\n'))).toContain('at most 1000');
  });

  it('are replaced, never rewritten: the old ones are kept for the jobs that began with them', async () => {
    const { id } = await channel({ credentials: 'old-one\nold-two' });
    const before = await node.db.query<{ id: string; sealed: Buffer }>(
      'select id, sealed from channel_credential where channel_id = $1 order by id',
      [id],
    );
    const changed = await node.admin('PATCH', `/channels/${String(id)}`, { credentials: 'new-one' });
    expect(listOf(changed['credentials'])).toHaveLength(1);
    const after = await node.db.query<{ id: string; sealed: Buffer }>(
      `select id, sealed from channel_credential where channel_id = $1 and state = 'retired' and retired_at is not null order by id`,
      [id],
    );
    expect(after).toEqual(before);
    await node.admin('PATCH', `/channels/${String(id)}`, { priority: 2 });
    expect((await node.admin('GET', `/channels/${String(id)}`))['credentials']).toEqual(changed['credentials']);
  });

  it('are taken out of use and back one by one', async () => {
    const { id, credentials } = await channel({ credentials: 'one\ntwo' });
    const [first, second] = listOf(credentials);
    const path = `/channels/${String(id)}/credentials/${String(first?.['id'])}`;
    const states = async (enabled: boolean): Promise<unknown[]> =>
      listOf((await node.admin('PATCH', path, { enabled }))['credentials']).map((credential) => credential['state']);
    expect(await states(false)).toEqual(['disabled', 'enabled']);
    expect(await states(true)).toEqual(['enabled', 'enabled']);
    const other = await channel({ credentials: 'three' });
    const wrong = `/admin/v1/channels/${String(other['id'])}/credentials/${String(second?.['id'])}`;
    const answer = await node.ask('PATCH', wrong, { key: node.adminKey, body: { enabled: false } });
    expect(answer.status).toBe(404);
  });
});

describe('a test of a channel', () => {
  it('asks the vendor about each credential where it can, and never shows one', async () => {
    const { id } = await channel({
      provider: 'live-test',
      credentials: `good-${SECRET}\nold-${SECRET}\ndown-${SECRET}`,
    });
    const report = await node.admin('POST', `/channels/${String(id)}/test`);
    expect(asked).toEqual([`good-${SECRET}`, `old-${SECRET}`, `down-${SECRET}`]);
    expect(report).toMatchObject({ channel_id: id, ok: false });
    expect(listOf(report['credentials'])).toMatchObject([
      { ok: true, checked: 'live', message: 'The account is active.' },
      { ok: false, checked: 'live', message: 'The vendor does not know (key).' },
      { ok: false, checked: 'dry', message: 'The provider could not be asked: connect failed for (key)' },
    ]);
    expect(JSON.stringify(report)).not.toContain('SECRET');
  });

  it('says that it was a dry one where the vendor offers nothing to ask', async () => {
    const { id } = await channel({ credentials: 'fine' });
    const report = await node.admin('POST', `/channels/${String(id)}/test`);
    expect(report).toMatchObject({ ok: true, credentials: [{ ok: true, checked: 'dry' }] });
  });
});

describe('what a channel costs and allows', () => {
  it('is told as it was set, kept when something else changes, and taken away', async () => {
    const costs = [
      { model: 'sora-2', unit: 'second', usd: '0.06', resolution: '720p', audio: false },
      { model: 'OS-2.0', unit: 'video', usd: 0 },
    ];
    const created = await channel({ credentials: 'key', costs, retry_after_failure: true });
    const told = [
      { model: 'OS-2.0', unit: 'second', usd: '0.06', resolution: '720p', audio: false },
      { model: 'OS-2.0', unit: 'video', usd: '0.00' },
    ];
    expect(created).toMatchObject({ costs: told, retry_after_failure: true });
    const path = `/channels/${String(created['id'])}`;
    await node.admin('PATCH', path, { weight: 5 });
    expect(await node.admin('GET', path)).toMatchObject({ costs: told, retry_after_failure: true, weight: 5 });
    const changed = await node.admin('PATCH', path, { costs: [], retry_after_failure: false });
    expect(changed).toMatchObject({ costs: [], retry_after_failure: false });
  });

  it.each([
    [{ model: 'no-such-model', unit: 'second', usd: '0.06' }, "'costs' names 'no-such-model', which is no model."],
    [{ model: 'sora-2', unit: 'second', usd: '-1' }, "'costs' must hold amounts of USD"],
    [{ model: 'sora-2', unit: 'frame', usd: '1' }, 'second, video, million_tokens'],
  ])('is refused where it makes no sense: %j', async (cost, because) => {
    const body = { name: 'refused', provider: 'fake', credentials: 'key', costs: [cost] };
    const answer = await node.ask('POST', '/admin/v1/channels', { key: node.adminKey, body });
    expect([answer.status, String(objectOf(answer.body)['detail'])]).toEqual([400, expect.stringContaining(because)]);
  });
});
