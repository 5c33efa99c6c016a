/** The connection pool: the only way to PostgreSQL, embedded or given, with a bound on every wait. */

import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, Pool, types, type PoolClient, type PoolConfig } from 'pg';
import { StartupError } from './embedded/startup-error.ts';
import { createPrimaryGuard } from './primary-guard.ts';
import type { PrimaryGuard } from './primary-guard.ts';

export type DatabaseConnection =
  | {
      /** A host name, or the directory of a Unix socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    }
  | { readonly url: string };

export type DatabaseOptions = {
  readonly connection: DatabaseConnection;
  /** Default 10. */
  readonly maxConnections?: number;
  readonly applicationName?: string;
};

/** `int8` arrives as bigint, `numeric` as string, `timestamptz` as Date, `jsonb` parsed; all the rest as `pg` has it. */
export type Queryable = {
  /** `name` makes it a prepared statement: one name, one text, for ever. */
  query<Row>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
};

export type Database = Queryable & {
  /**
   * Commits when `run` resolves and rolls back when it throws. `run` is called again, up to three times more, after a serialization
   * failure or a deadlock, so it must do nothing but SQL. Any other failure of the commit, such as a cut connection, leaves its
   * outcome unknown and is thrown. `statementTimeoutMs` replaces the usual 10 s for each of its statements.
   */
  transaction<T>(run: (tx: Queryable) => Promise<T>, options?: { readonly statementTimeoutMs?: number }): Promise<T>;
  /** One session for several statements, without a transaction. */
  withConnection<T>(run: (connection: Queryable) => Promise<T>): Promise<T>;
  /** Waits for the statements under way, up to a bound. Safe to call again. */
  close(): Promise<void>;
  readonly pool: Pool;
};

const DEFAULT_MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** The server's timeout comes first; ours is for a server that no longer answers at all. */
const ANSWER_GRACE_MS = 2_000;
const IDLE_CONNECTION_MS = 30_000;
const CLOSE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS;
const MAX_TRANSACTION_RETRIES = 3;
const RETRY_DELAY_MS = 10;
const MINIMUM_SERVER_VERSION = 14;

const INT8 = 20;
const INT8_ARRAY = 1016;

/** Connects on first use; a server that is away is an error of the query, never of the process. */
export function openDatabase(options: DatabaseOptions): Database {
  const guard = createPrimaryGuard();
  const pool = new Pool({
    ...poolConfig(options),
    verify: (client, done) => void guard.admit(client).then(() => done(), done),
  });
  // Connections are lost whenever PostgreSQL restarts, idle or between two statements; the next query opens a new one.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const connect = (): Promise<PoolClient> => connectTo(pool, guard);
  let closed: Promise<void> | null = null;
  return {
    pool,
    query: (text, values, name) => withClient(connect, false, (client) => runQuery(client, { text, values, name })),
    withConnection: (run) => withClient(connect, true, (client) => lend(client, STATEMENT_TIMEOUT_MS, run)),
    transaction: (run, options) => runTransaction(connect, options?.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS, run),
    close: () => {
      closed ??= closePool(pool);
      return closed;
    },
  };
}

/** Returns the server's version, such as `18.4`; throws StartupError for a server that is too old. */
export async function requireSupportedServer(db: Queryable): Promise<string> {
  const [row] = await db.query<{ server_version: string }>('show server_version');
  const version = row?.server_version ?? '';
  if (Number.parseInt(version, 10) >= MINIMUM_SERVER_VERSION) return version;
  throw new StartupError(
    `The database server is PostgreSQL ${version}, and Reelgate needs ${MINIMUM_SERVER_VERSION} or newer.`,
  );
}

/** True when the error is PostgreSQL refusing a second row under this unique constraint or index. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    codeOf(error) === '23505' && error instanceof Error && 'constraint' in error && error.constraint === constraint
  );
}

/** True when the database cannot serve now but may soon: the request can be answered with 503 and tried again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (isPanic(error)) return true;
  const code = codeOf(error);
  if (code !== null && (UNAVAILABLE_CODES.has(code) || /^(?:08|53)...$/.test(code))) return true;
  // A missing socket file is ENOENT, and so is any other missing file: the system call tells them apart.
  if (
    error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
  ) {
    return true;
  }
  return error instanceof Error && UNAVAILABLE_MESSAGES.some((message) => error.message.includes(message));
}

/** True when PostgreSQL does not let this user in, or has no such database. */
export function isDatabaseRefusal(error: unknown): boolean {
  return /^(28...|3D000)$/.test(codeOf(error) ?? '');
}

/** True when the connection was lost, or PostgreSQL ended, before it said how the statement went: it may have been committed. */
export function isOutcomeUnknown(error: unknown): boolean {
  if (isPanic(error)) return true;
  if (error instanceof DatabaseError || !isDatabaseUnavailable(error)) return false;
  return !(
    error instanceof Error && ('syscall' in error ? error.syscall === 'connect' : NEVER_SENT.test(error.message))
  );
}

/** PostgreSQL ends, mostly because it cannot write its log: what it was writing may be there when it is back. */
function isPanic(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'PANIC';
}

/** Errors of the pool before it had a connection to send anything on. */
const NEVER_SENT = /trying to connect|connection timeout|calling end|has encountered a connection error/;

const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  // Shut down by an administrator, crashed, cannot connect now; a statement or a lock waited too long.
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '55P03',
]);

/** `pg`, and our own guard, give these errors no code. */
const UNAVAILABLE_MESSAGES: readonly string[] = [
  'trying to connect',
  'timeout expired',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end on the pool',
];

function poolConfig({ connection, maxConnections, applicationName }: DatabaseOptions): PoolConfig {
  const where: PoolConfig = 'url' in connection ? { connectionString: connection.url } : { ...connection };
  return {
    ...where,
    max: maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    application_name: applicationName ?? 'reelgate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/** Bigint where `pg` would give a string; its own parser for all else. */
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return types.getTypeParser(oid, 'binary');
  if (oid === INT8) return BigInt;
  const parse: (text: string) => unknown = types.getTypeParser(oid, 'text');
  if (oid !== INT8_ARRAY) return parse;
  return (text: string) => toBigInts(parse(text));
};

function toBigInts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBigInts);
  return typeof value === 'string' ? BigInt(value) : value;
}

type Connect = () => Promise<PoolClient>;

/** Connections to a primary that was replaced are thrown away, one by one; a new one is always to the newest. */
async function connectTo(pool: Pool, guard: PrimaryGuard): Promise<PoolClient> {
  for (;;) {
    const client = await pool.connect();
    if (guard.isCurrent(client)) return client;
    client.release(true);
  }
}

async function runTransaction<T>(
  connect: Connect,
  statementTimeoutMs: number,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await withClient(connect, true, (client) => transact(client, statementTimeoutMs, run));
    } catch (error) {
      const code = codeOf(error);
      if ((code !== '40001' && code !== '40P01') || retries === MAX_TRANSACTION_RETRIES) throw error;
      await delay(RETRY_DELAY_MS * 2 ** retries * (0.5 + Math.random()));
    }
  }
}

async function transact<T>(
  client: PoolClient,
  statementTimeoutMs: number,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  if (statementTimeoutMs !== STATEMENT_TIMEOUT_MS) {
    await client.query(`set local statement_timeout = ${statementTimeoutMs}`);
  }
  const result = await lend(client, statementTimeoutMs, run);
  const { command } = await client.query('commit');
  // PostgreSQL answers a commit of a failed transaction with a quiet rollback, for example when `run` swallowed an error.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back, because an error inside it was ignored');
  return result;
}

/** Lends the client for the length of `run`; a use afterwards would reach into another's transaction and throws. */
async function lend<T>(
  client: PoolClient,
  statementTimeoutMs: number,
  run: (connection: Queryable) => Promise<T>,
): Promise<T> {
  let lent = true;
  const queryable: Queryable = {
    query: async (text, values, name) => {
      if (!lent) throw new Error('a connection was used after it was given back');
      return runQuery(client, { text, values, name, statementTimeoutMs });
    },
  };
  try {
    return await run(queryable);
  } finally {
    lent = false;
  }
}

/** After an error the session goes back clean when it can be trusted, and is thrown away otherwise. */
async function withClient<T>(connect: Connect, rollBack: boolean, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect();
  let discard = true;
  try {
    const result = await use(client);
    discard = false;
    return result;
  } catch (error) {
    discard = breaksSession(error) || (rollBack && !(await rolledBack(client)));
    throw error;
  } finally {
    client.release(discard);
  }
}

function rolledBack(client: PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

/** True unless it is PostgreSQL's own word on one statement, or came from the caller's code. */
function breaksSession(error: unknown): boolean {
  if (error instanceof DatabaseError) {
    // A prepared statement that no longer fits the schema, or is not there, would fail on this session for ever.
    return error.severity !== 'ERROR' || error.code === '0A000' || error.code === '26000';
  }
  return isDatabaseUnavailable(error);
}

type Statement = {
  readonly text: string;
  readonly values: readonly unknown[] | undefined;
  readonly name: string | undefined;
  readonly statementTimeoutMs?: number;
};

async function runQuery<Row>(client: PoolClient, statement: Statement): Promise<Row[]> {
  const { text, values = [], name, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = statement;
  const config = {
    text,
    values: [...values],
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    ...(name === undefined ? {} : { name }),
  };
  const result = await client.query(config);
  return result.rows as Row[];
}

async function closePool(pool: Pool): Promise<void> {
  const late = new AbortController();
  const timeout = delay(CLOSE_TIMEOUT_MS, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([pool.end(), timeout]);
  late.abort();
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
