/** Asks a running PostgreSQL who it is and whether it keeps what it acknowledges. */

import { stat } from 'node:fs/promises';
import { Client } from 'pg';
import { OWNER_ROLE } from './cluster.ts';
import type { Layout } from './layout.ts';
import { DURABILITY } from './settings.ts';
import { StartupError } from './startup-error.ts';

export type EmbeddedConnection = {
  /** The directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
};

export type ServerFacts = {
  readonly serverVersion: string;
  readonly systemIdentifier: string;
  readonly dataDirectory: string;
  readonly settings: Readonly<Record<string, string>>;
};

export type Answer =
  | { readonly kind: 'facts'; readonly facts: ServerFacts }
  /** It listens but does not serve: starting, recovering or stopping. */
  | { readonly kind: 'not_yet' }
  | { readonly kind: 'no_answer'; readonly reason: string };

export const DATABASE_NAME = 'reelgate';

const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 30_000;

const FACTS = `
  select current_setting('server_version') as version,
         current_setting('data_directory') as directory,
         (select system_identifier::text from pg_control_system()) as identifier,
         (select jsonb_object_agg(name, setting) from pg_settings where name = any($1)) as settings,
         exists (select from pg_database where datname = $2) as has_database`;

type FactsRow = {
  readonly version: string;
  readonly directory: string;
  readonly identifier: string;
  readonly settings: Record<string, string>;
  readonly has_database: boolean;
};

/** Connects once, creates our database when it is not there yet, and reports; throws StartupError on a wrong password. */
export async function askServer(connection: EmbeddedConnection): Promise<Answer> {
  const client = new Client({
    ...connection,
    database: 'postgres',
    application_name: 'reelgate start',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks between two statements must not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<FactsRow>(FACTS, [Object.keys(DURABILITY), DATABASE_NAME]);
    const row = rows[0];
    if (row === undefined) return { kind: 'no_answer', reason: 'it answered without a row' };
    if (!row.has_database) await client.query(`create database ${DATABASE_NAME}`);
    const facts = {
      serverVersion: row.version,
      systemIdentifier: row.identifier,
      dataDirectory: row.directory,
      settings: row.settings,
    };
    return { kind: 'facts', facts };
  } catch (error) {
    return explain(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Throws StartupError unless the server serves exactly the cluster in `layout`. */
export async function requireSameCluster(facts: ServerFacts, layout: Layout, identifier: string | null): Promise<void> {
  const [served, ours] = await Promise.all([stat(facts.dataDirectory).catch(() => null), stat(layout.pgdata)]);
  const same = served !== null && served.ino === ours.ino && served.dev === ours.dev;
  if (same && (identifier === null || identifier === facts.systemIdentifier)) return;
  throw new StartupError(
    `The PostgreSQL that answers for ${layout.home} serves another database (${facts.dataDirectory}). ` +
      `Restore the data directory as a whole from a backup, or move it away to start with an empty one.`,
  );
}

/** The first setting that would let the server lose what it acknowledged, as a sentence, or null. */
export function durabilityFault(facts: ServerFacts, overrides: Readonly<Record<string, string>>): string | null {
  for (const [name, required] of Object.entries(DURABILITY)) {
    const wanted = overrides[name] ?? required;
    const found = facts.settings[name];
    if (found === wanted) continue;
    return `The embedded database runs with ${name} = ${found ?? 'unknown'} and could lose data; it must be ${wanted}.`;
  }
  return null;
}

function explain(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // 57P03: starting up, in recovery or shutting down; 57P01 and 57P02: it went down while we asked.
  if (code === '57P03' || code === '57P01' || code === '57P02') return { kind: 'not_yet' };
  if (code.startsWith('28')) {
    throw new StartupError(
      `The embedded database does not accept its stored password as ${OWNER_ROLE}: ` +
        `restore the data directory as a whole from a backup.`,
    );
  }
  return { kind: 'no_answer', reason: error instanceof Error ? error.message : String(error) };
}
