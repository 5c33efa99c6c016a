import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  isDatabaseUnavailable,
  isUniqueViolation,
  openDatabase,
  requireSupportedServer,
} from '../../src/store/database.ts';
import { StartupError } from '../../src/store/embedded/startup-error.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ from: 'nothing' });
  await database.db.query('create table item (id int constraint item_id primary key, amount bigint not null)');
});

afterAll(() => database.drop());

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  );
}

describe('values', () => {
  test('keep their exact meaning in both directions', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    const [row] = await database.db.query(
      `select $1::bigint as big, $2::numeric as exact, $3::timestamptz as at, $4::jsonb as data, $5::int as small,
              array[$1::bigint, null] as many`,
      [9_007_199_254_740_993n, '0.10', at, JSON.stringify({ a: [1] }), 7],
    );
    expect(row).toEqual({
      big: 9_007_199_254_740_993n,
      exact: '0.10',
      at,
      data: { a: [1] },
      small: 7,
      many: [9_007_199_254_740_993n, null],
    });
  });

  test('are the same through a named statement', async () => {
    for (const id of [1, 2]) {
      expect(await database.db.query('select $1::bigint as id', [id], 'rg_test')).toEqual([{ id: BigInt(id) }]);
    }
  });
});

describe('a transaction', () => {
  test('commits what it did, and nothing when its callback throws', async () => {
    const { db } = database;
    await db.transaction((tx) => tx.query('insert into item values (10, 1)'));
    const boom = new Error('boom');
    await expect(
      db.transaction(async (tx) => {
        await tx.query('insert into item values (11, 1)');
        throw boom;
      }),
    ).rejects.toBe(boom);
    expect(await db.query('select id from item where id in (10, 11)')).toEqual([{ id: 10 }]);
  });

  test('is an error when it ignored a failed statement, because PostgreSQL rolled it back', async () => {
    const { db } = database;
    const swallowed = db.transaction(async (tx) => {
      await tx.query('insert into item values (12, 1)');
      await tx.query('insert into item values (12, 1)').catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('rolled back');
    expect(await db.query('select id from item where id = 12')).toEqual([]);
  });

  test('runs again after a serialization failure', async () => {
    const { db } = database;
    await db.query('insert into item values (13, 0)');
    let runs = 0;
    await db.transaction(async (tx) => {
      runs += 1;
      await tx.query('set transaction isolation level repeatable read');
      await tx.query('select amount from item where id = 13');
      if (runs === 1) await db.query('update item set amount = 5 where id = 13');
      await tx.query('update item set amount = amount + 1 where id = 13');
    });
    expect(runs).toBe(2);
    expect(await db.query('select amount from item where id = 13')).toEqual([{ amount: 6n }]);
  });

  test('gives up after three more runs', async () => {
    let runs = 0;
    const failing = database.db.transaction(async (tx) => {
      runs += 1;
      await tx.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
    });
    await expect(failing).rejects.toThrow('again');
    expect(runs).toBe(4);
  });

  test('cannot be used after its end', async () => {
    const tx = await database.db.transaction(async (inner) => inner);
    await expect(tx.query('select 1')).rejects.toThrow('after it was given back');
  });
});

describe('a connection', () => {
  test('survives a failed statement instead of being opened anew', async () => {
    const one = openDatabase({ connection: database.connection, maxConnections: 1 });
    const pid = async (): Promise<unknown> => (await one.query('select pg_backend_pid() as pid'))[0];
    const before = await pid();
    await expect(one.query('select 1/0')).rejects.toThrow('division by zero');
    await expect(one.transaction((tx) => tx.query('select 1/0'))).rejects.toThrow('division by zero');
    expect(await pid()).toEqual(before);
    await one.close();
  });

  test('that PostgreSQL cuts, idle or in a transaction, is replaced and never ends the process', async () => {
    const one = openDatabase({ connection: database.connection, maxConnections: 1 });
    const cut = (pid: number): Promise<unknown> => database.db.query('select pg_terminate_backend($1, 5000)', [pid]);
    const own = `select pg_backend_pid() as pid`;
    const [idle] = await one.query<{ pid: number }>(own);
    await cut(idle?.pid ?? 0);
    const lost = one.transaction(async (tx) => {
      const [inside] = await tx.query<{ pid: number }>(own);
      await cut(inside?.pid ?? 0);
      await tx.query('select 1');
    });
    expect(isDatabaseUnavailable(await failureOf(lost))).toBe(true);
    expect(await one.query('select 1 as one')).toEqual([{ one: 1 }]);
    await one.close();
  });

  test('has the bounds that were promised', async () => {
    const settings = await database.db.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
    );
    expect(settings.map((row) => row.setting)).toEqual(['10000', '10000']);
    const [long] = await database.db.transaction(
      (tx) => tx.query<{ statement_timeout: string }>('show statement_timeout'),
      { statementTimeoutMs: 60_000 },
    );
    expect(long?.statement_timeout).toBe('1min');
  });
});

describe('errors', () => {
  test('tell a unique violation by its constraint', async () => {
    await database.db.query('insert into item values (20, 1)');
    const error = await failureOf(database.db.query('insert into item values (20, 1)'));
    expect(isUniqueViolation(error, 'item_id')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  test('tell that no server is there', async () => {
    const away = [
      { host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' },
      { host: '/nowhere', port: 5432, user: 'u', password: 'p', database: 'd' },
    ].map((connection) => openDatabase({ connection }));
    for (const db of away) {
      expect(isDatabaseUnavailable(await failureOf(db.query('select 1')))).toBe(true);
      await db.close();
      expect(isDatabaseUnavailable(await failureOf(db.query('select 1')))).toBe(true);
    }
  });

  test('refuse a server that is too old', async () => {
    expect(await requireSupportedServer(database.db)).toMatch(/^\d+/);
    const old = { query: async <Row>(): Promise<Row[]> => [{ server_version: '13.14 (Debian)' } as Row] };
    const refusal = requireSupportedServer(old);
    await expect(refusal).rejects.toBeInstanceOf(StartupError);
    await expect(refusal).rejects.toThrow('PostgreSQL 13.14 (Debian), and Reelgate needs 14 or newer');
  });
});
