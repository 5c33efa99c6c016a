/** Statements that read every row of the database in one snapshot, and write them into an empty one. */

import type { Database, Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

/** Each column's value travels as the text that PostgreSQL itself writes and reads for its type: nothing is lost. */
export type BackupTable = { readonly name: string; readonly columns: readonly string[] };

export type AppliedMigration = { readonly version: number; readonly name: string; readonly checksum: string };

export type Snapshot = {
  readonly tables: readonly BackupTable[];
  readonly migrations: readonly AppliedMigration[];
  readonly serverVersion: string;
  readonly takenAt: Date;
  /** Batches of rows, each a JSON array of texts in the order of the columns. */
  rowsOf(table: BackupTable): AsyncGenerator<readonly string[]>;
};

/** What the schema's own history is kept in: made by migrating, never copied. */
const HISTORY = 'migration';
const ROWS_PER_FETCH = 200;
/** A slow disk under the backup must not cost it its snapshot. */
const IDLE_TIMEOUT_MS = 600_000;
const INSERT_TIMEOUT_MS = 600_000;
const MAX_TABLES = 500;
/** The same text for a value whatever the session's settings were. */
const TEXT_FORMS =
  "set local bytea_output = 'hex'; set local datestyle = 'ISO'; set local timezone = 'UTC'; set local extra_float_digits = 1";

/**
 * Lends a snapshot for the length of `use`: every table as it was at one moment, whatever is written meanwhile. It only reads,
 * so it has no transaction id and nobody who follows events waits for it.
 */
export function withSnapshot<T>(db: Database, use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  return db.withConnection(async (connection) => {
    await connection.query('begin isolation level repeatable read read only');
    await connection.query(`set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}; ${TEXT_FORMS}`);
    const [facts] = await connection.query<{ version: string; now: Date }>(
      `select current_setting('server_version') as version, now() as now`,
    );
    const snapshot: Snapshot = {
      tables: inOrder(await listTables(connection), await listReferences(connection)),
      migrations: await listMigrations(connection),
      serverVersion: facts?.version ?? '',
      takenAt: facts?.now ?? new Date(0),
      rowsOf: (table) => readRows(connection, table),
    };
    const result = await use(snapshot);
    await connection.query('commit');
    return result;
  });
}

/** True for a database in which nothing is kept, whether it has our tables or not. */
export async function isEmptyDatabase(db: Queryable): Promise<boolean> {
  for (const { name } of await listTables(db)) {
    const [found] = await db.query<{ filled: boolean }>(`select exists (select from ${quoted(name)}) as filled`);
    if (found?.filled === true) return false;
  }
  return true;
}

/** Inserts in one transaction, or not at all; identity columns go on after the highest value. Foreign keys hold at each row. */
export function restoreRows(
  db: Database,
  load: (insert: (table: BackupTable, lines: readonly string[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const run = async (tx: Queryable): Promise<void> => {
    await tx.query(`set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}; ${TEXT_FORMS}`);
    const known = new Map((await listTables(tx)).map((table) => [table.name, table]));
    const types = await listTypes(tx);
    await load(async (table, lines) => {
      if (lines.length === 0) return;
      requireSameColumns(table, known.get(table.name));
      await tx.query(insertText(table, types), [`[${lines.join(',')}]`]);
    });
    await continueIdentities(tx);
    await freeJobs(tx);
  };
  return db.transaction(run, { statementTimeoutMs: INSERT_TIMEOUT_MS });
}

/** Stored files that some asset of before `before` names, by name, after the name `after`. */
export async function listBlobNames(
  db: Queryable,
  { after, before, limit }: { readonly after: string; readonly before: Date; readonly limit: number },
): Promise<string[]> {
  const found = await rows<{ sha256: string }>(
    db,
    sql`select distinct sha256 from asset
        where deleted_at is null and sha256 > ${after} and created_at <= ${before} order by sha256 limit ${limit}`,
  );
  return found.map(({ sha256 }) => sha256);
}

/** Ordinary tables of our schema with the columns that can be written, in alphabetical order. */
async function listTables(db: Queryable): Promise<BackupTable[]> {
  const found = await db.query<{ name: string; columns: string[] }>(
    `select class.relname as name, array_agg(attribute.attname::text order by attribute.attnum) as columns
     from pg_class class join pg_attribute attribute on attribute.attrelid = class.oid
     where class.relnamespace = current_schema()::regnamespace and class.relkind = 'r' and class.relname <> $1
       and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
     group by class.relname order by class.relname limit $2`,
    [HISTORY, MAX_TABLES],
  );
  return found;
}

/** Which table's rows refer to which other table's. */
async function listReferences(db: Queryable): Promise<{ from: string; to: string }[]> {
  return db.query(
    `select distinct source.relname::text as from, target.relname::text as to
     from pg_constraint fk join pg_class source on source.oid = fk.conrelid join pg_class target on target.oid = fk.confrelid
     where fk.contype = 'f' and source.relnamespace = current_schema()::regnamespace and source.oid <> target.oid`,
  );
}

/** Each table after those that its rows refer to. */
function inOrder(
  tables: readonly BackupTable[],
  references: readonly { readonly from: string; readonly to: string }[],
): BackupTable[] {
  const done: BackupTable[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const isFree = ({ name }: BackupTable): boolean =>
      !references.some(({ from, to }) => from === name && waiting.has(to));
    const free = left.filter(isFree);
    if (free.length === 0) throw new Error(`tables refer to each other in a circle: ${[...waiting].join(', ')}`);
    done.push(...free);
    left = left.filter((table) => !free.includes(table));
  }
  return done;
}

async function listMigrations(db: Queryable): Promise<AppliedMigration[]> {
  return db.query<AppliedMigration>(`select version, name, checksum from ${HISTORY} order by version`);
}

async function* readRows(db: Queryable, { name, columns }: BackupTable): AsyncGenerator<readonly string[]> {
  const values = columns.map((column) => `${quoted(column)}::text`).join(', ');
  await db.query(
    `declare backup_rows no scroll cursor for select json_build_array(${values})::text as line from ${quoted(name)}`,
  );
  for (;;) {
    const found = await db.query<{ line: string }>(`fetch ${ROWS_PER_FETCH} from backup_rows`);
    if (found.length > 0) yield found.map(({ line }) => line);
    if (found.length < ROWS_PER_FETCH) break;
  }
  await db.query('close backup_rows');
}

/** The type of each column, as `table.column`. */
async function listTypes(db: Queryable): Promise<ReadonlyMap<string, string>> {
  const found = await db.query<{ place: string; type: string }>(
    `select class.relname || '.' || attribute.attname as place, format_type(attribute.atttypid, attribute.atttypmod) as type
     from pg_class class join pg_attribute attribute on attribute.attrelid = class.oid
     where class.relnamespace = current_schema()::regnamespace and class.relkind = 'r' and attribute.attnum > 0`,
  );
  return new Map(found.map(({ place, type }) => [place, type]));
}

function requireSameColumns(given: BackupTable, own: BackupTable | undefined): void {
  const names = (table: BackupTable): string => table.columns.toSorted().join(',');
  if (own !== undefined && names(given) === names(own)) return;
  throw new Error(`the table ${given.name} of the backup has other columns than that of the schema`);
}

function insertText({ name, columns }: BackupTable, types: ReadonlyMap<string, string>): string {
  const values = columns.map((column, place) => `(line->>${place})::${types.get(`${name}.${column}`) ?? 'text'}`);
  return `insert into ${quoted(name)} (${columns.map(quoted).join(', ')}) overriding system value
          select ${values.join(', ')} from jsonb_array_elements($1::jsonb) as line`;
}

async function continueIdentities(db: Queryable): Promise<void> {
  const found = await db.query<{ name: string; column: string }>(
    `select class.relname::text as name, attribute.attname::text as column
     from pg_class class join pg_attribute attribute on attribute.attrelid = class.oid
     where class.relnamespace = current_schema()::regnamespace and class.relkind = 'r' and attribute.attidentity <> ''`,
  );
  for (const { name, column } of found) {
    await db.query(
      `select setval(pg_get_serial_sequence($1, $2), coalesce(max(${quoted(column)}), 1), max(${quoted(column)}) is not null)
       from ${quoted(name)}`,
      [quoted(name), column],
    );
  }
}

/** Whoever worked on them is not here: they are due at once. */
async function freeJobs(db: Queryable): Promise<void> {
  await db.query(
    `update job set run_at = now(), lease_owner = null
     where state in ('queued', 'submitting', 'running', 'collecting') and (lease_owner is not null or run_at < now())`,
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
