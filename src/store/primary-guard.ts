/** Keeps a pool away from standbys, and from a primary whose place another one has taken. */

import { DatabaseError } from 'pg';
import type { ClientBase } from 'pg';

export type PrimaryGuard = {
  /** Asks the server at the other end of a new connection who it is; throws unless it may be believed. */
  admit(client: ClientBase): Promise<void>;
  /** False from the moment that a newer primary was met. */
  isCurrent(client: ClientBase): boolean;
};

/** Copies of one database share its `cluster`, and each that is promoted begins a new timeline: a higher number. */
type Origin = { readonly cluster: string; readonly timeline: number };

type Answer = { readonly is_standby: boolean; readonly cluster: string; readonly log_file: string | null };

const ANSWER_TIMEOUT_MS = 5_000;
/** A standby has no place in its own log. */
const WHO_ARE_YOU = `
  select pg_is_in_recovery() as is_standby,
         (select system_identifier::text from pg_control_system()) as cluster,
         case when pg_is_in_recovery() then null else pg_walfile_name(pg_current_wal_lsn()) end as log_file`;
/** The name of a log file begins with its timeline, in hexadecimal. */
const TIMELINE_DIGITS = 8;

export function createPrimaryGuard(): PrimaryGuard {
  const origins = new WeakMap<ClientBase, Origin>();
  const newest = new Map<string, number>();
  const newestOf = ({ cluster, timeline }: Origin): number => Math.max(timeline, newest.get(cluster) ?? 0);
  return {
    admit: async (client) => {
      const origin = await originOf(client);
      if (origin === null) return;
      const latest = newestOf(origin);
      if (origin.timeline < latest)
        throw refusal(
          `this server is the primary of timeline ${origin.timeline}, and that of ${latest} took its place`,
        );
      newest.set(origin.cluster, latest);
      origins.set(client, origin);
    },
    isCurrent: (client) => {
      const origin = origins.get(client);
      return origin === undefined || origin.timeline === newestOf(origin);
    },
  };
}

/** Null where the server does not say: some are no PostgreSQL inside, or keep such questions to their owners. */
async function originOf(client: ClientBase): Promise<Origin | null> {
  const question = { text: WHO_ARE_YOU, query_timeout: ANSWER_TIMEOUT_MS };
  let answer: Answer | undefined;
  try {
    answer = (await client.query<Answer>(question)).rows[0];
  } catch (error) {
    if (error instanceof DatabaseError && error.severity === 'ERROR') return null;
    throw refusal(error instanceof Error ? error.message : String(error));
  }
  if (answer?.is_standby === true) throw refusal('this server is a standby, which takes no writes');
  if (answer === undefined || answer.log_file === null) return null;
  return { cluster: answer.cluster, timeline: Number.parseInt(answer.log_file.slice(0, TIMELINE_DIGITS), 16) };
}

/** Counts as a database that is away: see `isDatabaseUnavailable`. Nothing was sent yet. */
function refusal(reason: string): Error {
  return new Error(`trying to connect: ${reason}`);
}
