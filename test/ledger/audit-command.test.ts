/** `reelgate audit` as an operator runs it: on a given database, on a data directory at rest, and beside a running server. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { newHome } from '../process/server-process.ts';
import type { Home } from '../process/server-process.ts';
import { urlOf } from '../support/reelgate.ts';
import { accountWith } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const BIN = fileURLToPath(new URL('../../bin/reelgate.mjs', import.meta.url));

let test: TestDatabase;
let home: Home;
beforeAll(async () => {
  [test, home] = await Promise.all([createTestDatabase(), newHome()]);
});
afterAll(() => Promise.all([test.drop(), home.remove()]));

function audit(env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env } };
    execFile(process.execPath, [BIN, 'audit', '--text'], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('the audit command', () => {
  it('prints a table and ends well where every promise is kept', async () => {
    await accountWith(test.db, 5n);
    const { code, stdout } = await audit({ DATABASE_URL: urlOf(test.connection) });
    expect(stdout).toMatch(/^ok {6}transactions_balance +the entries of each ledger transaction sum to zero$/m);
    expect(stdout).toMatch(/Every promise is kept\.\n$/);
    expect(code).toBe(0);
  });

  it('names what is broken and ends with 1', async () => {
    const account = await accountWith(test.db, 5n);
    await test.db.query('update account set available_micros = 6 where id = $1', [account]);
    const { code, stdout } = await audit({ DATABASE_URL: urlOf(test.connection) });
    expect(stdout).toMatch(
      new RegExp(`^BROKEN {2}balances_match_entries.*\\n {8}${account} {2}6/0 but entries say 5/0$`, 'm'),
    );
    expect(stdout).toContain(`\nAccounts whose books are in doubt: ${account}\n`);
    expect(code).toBe(1);
  });

  it('asks the embedded database beside its server, and also when the server is stopped', async () => {
    const server = await home.start();
    const beside = await audit({ REELGATE_DATA_DIR: home.dataDir });
    expect([beside.code, beside.stderr]).toEqual([0, '']);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    server.child.kill('SIGTERM');
    await server.exited();
    const alone = await audit({ REELGATE_DATA_DIR: home.dataDir });
    expect([alone.code, alone.stderr]).toEqual([0, '']);
  });

  it('makes no database where there is none', async () => {
    const { code, stderr } = await audit({ REELGATE_DATA_DIR: `${home.dataDir}/nothing` });
    expect([code, stderr]).toEqual([3, `reelgate: There is no database in ${home.dataDir}/nothing.\n`]);
  });
});
