/** The statement that counts the requests of a key or an account on all nodes together. */

import type { Queryable } from './database.ts';
import { firstRow, sql } from './sql.ts';

const MINUTE_MS = 60_000;

export type RequestTurn =
  | { readonly ok: true; readonly remaining: number; readonly fullInMs: number }
  | { readonly ok: false; readonly retryAfterMs: number; readonly fullInMs: number };

/** Takes one of the `perMinute` requests that `name` has in a minute; they come back evenly. */
export async function takeRequestTurn(db: Queryable, name: string, perMinute: number): Promise<RequestTurn> {
  const msPerRequest = MINUTE_MS / perMinute;
  const step = sql`${msPerRequest}::double precision * interval '1 ms'`;
  // A row says when all of its requests will have come back: what is left is the distance to a minute from now.
  const statement = sql`
    with taken as (
      insert into request_pace as pace (name, full_at) values (${name}, now() + ${step})
      on conflict (name) do update set full_at = greatest(pace.full_at, now()) + ${step}
      where greatest(pace.full_at, now()) + ${step} <= now() + interval '1 minute'
      returning full_at
    )
    select true as ok, (extract(epoch from full_at - now()) * 1000)::double precision as full_in_ms from taken
    union all
    select false, (extract(epoch from full_at - now()) * 1000)::double precision
    from request_pace where name = ${name} and not exists (select from taken)`;
  const row = await firstRow<{ ok: boolean; full_in_ms: number }>(db, statement);
  // Neither taken nor seen: others took all of them in the moment since this statement began.
  const { ok, full_in_ms: fullInMs } = row ?? { ok: false, full_in_ms: MINUTE_MS };
  if (ok) return { ok, remaining: Math.floor((MINUTE_MS - fullInMs) / msPerRequest + ROUNDING), fullInMs };
  return { ok, retryAfterMs: Math.max(0, Math.ceil(fullInMs + msPerRequest - MINUTE_MS)), fullInMs };
}

/** Of a request: times in the database are whole microseconds. */
const ROUNDING = 0.001;
