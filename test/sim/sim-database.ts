/** The simulation's database: the real schema on the real PostgreSQL, with a clock that the simulation sets. */

import { fileURLToPath } from 'node:url';

import type { CollectTask } from '../../src/engine/collect-queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database, DatabaseConnection, Queryable } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { actAs, inRealTime } from './virtual-time.ts';
import { Violation } from './world.ts';
import type { Process, World } from './world.ts';

const MIGRATIONS = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));
const LABEL_CHARS = 90;
const READS = /^\s*select\b/;

/**
 * The clock functions of the schema `sim` hide PostgreSQL's own, for statements as for the defaults of columns. Plans must
 * not depend on what ran before: one session, generic plans, and no helper that tidies up or counts in the background.
 */
const CLOCKED = `
  create schema sim;
  create function sim.now() returns timestamptz language sql stable parallel safe
    as $$ select pg_catalog.current_setting('sim.now')::timestamptz $$;
  create function sim.clock_timestamp() returns timestamptz language sql stable parallel safe
    as $$ select pg_catalog.current_setting('sim.now')::timestamptz $$;
  create sequence sim.made_id;
  create function sim.gen_random_uuid() returns uuid language sql volatile
    as $$ select pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.nextval('sim.made_id')), 32, '0')::uuid $$;
  create table sim.copy_task (
    id bigint generated always as identity primary key,
    job_id uuid not null,
    channel_id uuid not null,
    due_at timestamptz not null,
    tries integer not null default 0
  );
  select pg_catalog.set_config('sim.now', '2000-01-01T00:00:00Z', false)`;

const SETTINGS = [
  'search_path = public, sim, pg_catalog',
  'plan_cache_mode = force_generic_plan',
  'synchronous_commit = off',
];

export type SimDatabase = {
  readonly link: Database;
  /** Empties every table. */
  clear(): Promise<void>;
  /** What the database takes for now. */
  setClock(nowMs: number): Promise<void>;
  close(): Promise<void>;
};

/** `connection` leads to a database that is fresh and empty. */
export async function openSimDatabase(connection: DatabaseConnection): Promise<SimDatabase> {
  await settle(connection);
  const link = openDatabase({ connection, maxConnections: 1, applicationName: 'reelgate-sim' });
  await link.query(CLOCKED);
  await migrate(link, MIGRATIONS);
  const tables = await link.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'sim') and tablename <> 'migration' order by 1`,
  );
  const names = tables.map((table) => table.name);
  for (const table of names) await link.query(`alter table ${table} set (autovacuum_enabled = false)`);
  let clockMs = 0;
  return {
    link,
    clear: async () => {
      await link.query(`truncate ${names.join(', ')} restart identity`);
      await link.query(`alter sequence sim.made_id restart`);
    },
    setClock: async (nowMs) => {
      if (nowMs === clockMs) return;
      clockMs = nowMs;
      await link.query(`select set_config('sim.now', $1, false)`, [new Date(nowMs).toISOString()], 'sim_clock');
    },
    close: () => link.close(),
  };
}

/** For all sessions that come after. Tables go into `public`, as always; functions are looked for in `sim` first. */
async function settle(connection: DatabaseConnection): Promise<void> {
  const first = openDatabase({ connection, maxConnections: 1 });
  try {
    const [row] = await first.query<{ name: string }>('select quote_ident(current_database()) as name');
    for (const setting of SETTINGS) await first.query(`alter database ${row?.name} set ${setting}`);
  } finally {
    await first.close();
  }
}

/** The database as one node has it: each statement, and each transaction as a whole, waits for its turn. */
export function databaseOf(world: World, process: Process, link: Database): Database {
  let isTransacting = false;
  const park = <T>(kind: 'sql' | 'read', label: string, work: () => Promise<T>): Promise<T> => {
    if (isTransacting) throw new Violation(`${process.name} waits in a transaction for something outside it: ${label}`);
    return world.park(process, kind, label, work);
  };
  const refuse = (): Promise<never> => Promise.reject(new Error('a simulated node has no session of its own'));
  return {
    pool: link.pool,
    close: () => Promise.resolve(),
    withConnection: refuse,
    query: (text, values, name) =>
      park(READS.test(text) ? 'read' : 'sql', labelOf(text, values), () => link.query(text, values, name)),
    transaction: <T>(run: (tx: Queryable) => Promise<T>) =>
      park('sql', 'transaction', () =>
        link.transaction(async (tx) => {
          const inside: Queryable = {
            query: (text, values, name) => {
              world.tell(process.name, `  ${labelOf(text, values)}`);
              return inRealTime(() => tx.query(text, values, name));
            },
          };
          isTransacting = true;
          try {
            return await actAs(process, () => run(inside));
          } finally {
            isTransacting = false;
          }
        }),
      ),
  };
}

/** Enough to know the statement again in a trace. */
function labelOf(text: string, values: readonly unknown[] = []): string {
  const words = text.replaceAll(/\s+/g, ' ').trim();
  const told = values.slice(0, 3).map((value) => (typeof value === 'object' ? '…' : String(value)));
  return `${words.slice(0, LABEL_CHARS)} [${told.join(', ')}]`;
}

/** The queue of videos to copy, in the one place that commits with the job. */
export async function queueCopy(tx: Queryable, task: CollectTask): Promise<void> {
  await tx.query(`insert into sim.copy_task (job_id, channel_id, due_at) values ($1, $2, now())`, [
    task.jobId,
    task.channelId,
  ]);
}

/** As long as a copy goes on without a sign of life, nobody else begins it. */
const COPY_LEASE_SECONDS = 15;
const MAX_COPY_TRIES = 12;

export type TakenCopy = CollectTask & { readonly id: bigint; readonly tries: number };

export async function takeCopy(db: Queryable): Promise<TakenCopy | null> {
  const [row] = await db.query<{ id: bigint; job_id: string; channel_id: string; tries: number }>(
    `update sim.copy_task set due_at = now() + $1 * interval '1 s', tries = tries + 1
     where id = (select id from sim.copy_task where due_at <= now() order by due_at, id limit 1)
     returning id, job_id, channel_id, tries`,
    [COPY_LEASE_SECONDS],
    'sim_take_copy',
  );
  return row === undefined ? null : { id: row.id, jobId: row.job_id, channelId: row.channel_id, tries: row.tries };
}

export async function endCopy(db: Queryable, copy: TakenCopy, isDone: boolean): Promise<void> {
  if (isDone || copy.tries >= MAX_COPY_TRIES)
    await db.query(`delete from sim.copy_task where id = $1`, [copy.id], 'sim_end_copy');
  else
    await db.query(
      `update sim.copy_task set due_at = now() + $2 * interval '1 s' where id = $1`,
      [copy.id, 2 ** Math.min(copy.tries, 9)],
      'sim_put_back_copy',
    );
}
