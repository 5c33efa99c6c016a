/** The check-up on a healthy installation and on broken ones: each fault is named with its cure. */

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { newId } from '../../src/new-id.ts';
import { insertEndpoint } from '../../src/store/webhooks.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import { startTestReelgate, urlOf } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { accountWith } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { cli, jsonOf } from './support/cli.ts';

const vendor = fakeVendor('vidu', {
  testCredential: async (io) => ({ ok: !io.credential.startsWith('old'), message: 'The vendor has spoken.' }),
});

let node: TestReelgate;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-doctor-'));
  node = await startTestReelgate({}, { providers: [vendor.provider] });
  await chmod(node.dataDir, 0o700);
  await node.admin('POST', '/channels', { name: 'Good', provider: 'vidu', credentials: 'good-key-0123456789' });
});
afterAll(async () => {
  await node.stop();
  await rm(directory, { recursive: true, force: true });
});

type Report = {
  readonly code: number;
  readonly checks: readonly JsonObject[];
  of(check: string): JsonObject | undefined;
};

async function doctor(env: Record<string, string> = {}): Promise<Report> {
  const ran = await cli(['doctor'], {
    env: {
      PORT: new URL(node.url).port,
      REELGATE_PUBLIC_URL: node.url,
      REELGATE_ADMIN_KEY: node.adminKey,
      DATABASE_URL: node.databaseUrl,
      REELGATE_DATA_DIR: node.dataDir,
      ...env,
    },
  });
  const list = jsonOf(ran)['checks'];
  const checks = Array.isArray(list) ? list.filter(isObject) : [];
  return { code: ran.code, checks, of: (check) => checks.find((one) => one['check'] === check) };
}

function failures({ checks }: Report): unknown[] {
  return checks.filter(({ verdict }) => verdict === 'fail').map(({ check }) => check);
}

describe('a healthy installation', () => {
  it('is found so in every point', async () => {
    const report = await doctor();
    const known = [
      'settings',
      'data directory',
      'file system',
      'disk space',
      'storage',
      'port',
      'public address',
      'database',
    ];
    const inside = [
      'durability',
      'clock',
      'schema',
      'secret',
      'admin key',
      'webhooks',
      'audit',
      'server',
      'channel Good',
    ];
    for (const check of [...known, ...inside]) expect(report.of(check)).toBeDefined();
    // The machine that runs this may have a small disk, and the test's database does not wait for it.
    const machine = new Set(['disk space', 'file system', 'durability']);
    expect(report.checks.filter(({ check, verdict }) => verdict !== 'ok' && !machine.has(String(check)))).toEqual([]);
    expect(report.of('channel Good')?.['found']).toBe('its vendor takes its credentials');
    for (const { verdict, cure } of report.checks) expect(cure === null).toBe(verdict === 'ok');
  });
});

describe('a broken one', () => {
  it('with a wrong setting is told which', async () => {
    const report = await doctor({ PORT: 'eighty' });
    expect([report.code, failures(report)]).toEqual([1, ['settings']]);
    expect(report.of('settings')?.['found']).toContain("PORT is 'eighty'");
  });

  it('whose port another program has is told so', async () => {
    const { server, port } = await stranger();
    const report = await doctor({ PORT: String(port) });
    await new Promise((resolve) => server.close(resolve));
    expect(report.code).toBe(1);
    expect(report.of('port')).toMatchObject({ verdict: 'fail', cure: expect.stringContaining('PORT') });
    expect(report.of('server')).toMatchObject({ verdict: 'warn' });
  });

  it('whose database does not answer is told so, and the rest is still looked at', async () => {
    const report = await doctor({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    expect(report.of('database')).toMatchObject({ verdict: 'fail', cure: expect.stringContaining('DATABASE_URL') });
    expect(report.of('server')).toMatchObject({ verdict: 'ok' });
  });

  it('with the wrong secret is told so', async () => {
    const report = await doctor({ REELGATE_SECRET: 'x'.repeat(40) });
    expect(report.of('secret')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('REELGATE_SECRET') });
    expect(report.code).toBe(1);
  });

  it('whose secret is lost is told so, and no new one is made in its place', async () => {
    const path = join(node.dataDir, 'secret');
    const secret = await readFile(path, 'utf8');
    await rm(path);
    const report = await doctor();
    await expect(readFile(path, 'utf8')).rejects.toThrow('ENOENT');
    await writeFile(path, secret, { mode: 0o600 });
    expect(report.of('secret')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('is missing') });
  });

  it('with a credential that the vendor refuses is told of which channel', async () => {
    await node.admin('POST', '/channels', { name: 'Old', provider: 'vidu', credentials: 'old-key-SECRET-9876543' });
    const report = await doctor();
    expect(failures(report)).toContain('channel Old');
    expect(report.of('channel Old')?.['found']).toBe('1 of 1 credentials do not work: The vendor has spoken.');
    expect(JSON.stringify(report.checks)).not.toContain('SECRET');
  });

  it('whose books do not add up is told which promise is broken', async () => {
    const account = await accountWith(node.db, 5n);
    await node.db.query('update account set available_micros = 6 where id = $1', [account]);
    const report = await doctor();
    await node.db.query('update account set available_micros = 5 where id = $1', [account]);
    expect(report.of('audit')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('balances_match_entries'),
    });
  });

  it('whose receiver was given up is warned', async () => {
    const id = newId();
    const row = { id, accountId: await accountWith(node.db, 0n), mode: 'live' as const, name: 'gone' };
    const where = { url: 'https://example.com/', host: 'example.com', eventTypes: ['video.completed' as const] };
    await insertEndpoint(node.db, { ...row, ...where, secretSealed: Buffer.alloc(1), secretHint: '' }, 20);
    await node.db.query(`update webhook_endpoint set state = 'disabled', disabled_reason = 'gone' where id = $1`, [id]);
    const report = await doctor();
    await node.db.query('delete from webhook_endpoint where id = $1', [id]);
    expect(report.of('webhooks')).toMatchObject({ verdict: 'warn', found: expect.stringMatching(/^1 endpoints were/) });
  });

  it('whose data directory is open to others, and whose public address is not, is warned', async () => {
    await chmod(node.dataDir, 0o777);
    const report = await doctor({ REELGATE_PUBLIC_URL: 'http://127.0.0.1:1' });
    await chmod(node.dataDir, 0o700);
    expect(report.of('data directory')).toMatchObject({ verdict: 'warn', cure: `chmod go-rw ${node.dataDir}` });
    expect(report.of('public address')).toMatchObject({ verdict: 'warn' });
  });
});

describe('an installation that was never started', () => {
  it('is told what the first start will do, and nothing is made', async () => {
    const dataDir = join(directory, 'new');
    const report = await doctor({ DATABASE_URL: '', REELGATE_DATA_DIR: dataDir, PORT: '1', REELGATE_PUBLIC_URL: '' });
    expect(report.of('database')).toMatchObject({ verdict: 'warn', cure: expect.stringContaining('npm start') });
    expect(report.of('data directory')).toMatchObject({ verdict: 'ok' });
    await expect(readFile(dataDir)).rejects.toThrow('ENOENT');
  });

  it('is told that its database was not set up', async () => {
    const empty = await createTestDatabase({ from: 'nothing' });
    const report = await doctor({ DATABASE_URL: urlOf(empty.connection) });
    await empty.drop();
    expect(report.of('schema')).toMatchObject({ verdict: 'warn', cure: expect.stringContaining('reelgate migrate') });
  });
});

function stranger(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.resume().end('no HTTP here'));
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as AddressInfo).port }));
  });
}
