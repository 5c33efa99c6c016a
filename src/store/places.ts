/** Statements about the places and the pace of channels: how many jobs each has, who waits for it, and whose turn is next. */

import type { Channel } from './channels.ts';
import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

const MINUTE_SECONDS = 60;
/** A call may come this much earlier than evenly spread calls would; the spread is wider for it. */
const EARLY_SECONDS = { look: 6, submit: 4 } as const;
/** Of a channel's requests, those that looks at running jobs may take at most: however many run, new ones get through. */
const LOOK_SHARE = 0.75;
const LOOK_SHARE_EARLY_SECONDS = 1;
/** Jobs called at once for one channel. */
const MAX_CALLED = 100;
/** Channels looked after at once; the others come next time. */
const MAX_CHANNELS = 50;

export type CallKind = keyof typeof EARLY_SECONDS;

/** What a channel has to do now. */
export type Load = {
  /** Jobs that the vendor has, or may have. */
  readonly inFlight: number;
  /** Other jobs wait for a place here, or were called to one. */
  readonly awaited: boolean;
};

/** `jobId` does not count as waiting. */
export async function readLoads(
  db: Queryable,
  channelIds: readonly string[],
  jobId: string,
): Promise<ReadonlyMap<string, Load>> {
  if (channelIds.length === 0) return new Map();
  const loads = await rows<{ id: string; in_flight: number; awaited: boolean }>(
    db,
    sql`select channel.id,
               (select count(*)::integer from job
                where job.channel_id = channel.id and job.state in ('submitting', 'running')) as in_flight,
               exists (select from job
                       where job.state = 'queued' and job.waits_for @> array[channel.id] and job.id <> ${jobId})
               or exists (select from job
                          where job.state = 'queued' and job.called_to = channel.id and job.id <> ${jobId}) as awaited
        from unnest(${channelIds}::uuid[]) as channel (id)`,
  );
  return new Map(loads.map((row) => [row.id, { inFlight: row.in_flight, awaited: row.awaited }]));
}

/**
 * One call of the channel's budget, exact over all nodes: never more than `requestsPerMinute` begin within any minute. False:
 * not now. Looks at running jobs go before submits, since they free places, but take no more than their share.
 */
export async function takeTurn(
  db: Queryable,
  channel: Pick<Channel, 'id' | 'requestsPerMinute'>,
  kind: CallKind,
): Promise<boolean> {
  if (channel.requestsPerMinute === null) return true;
  const spread = sql`${spreadSeconds(channel.requestsPerMinute)}::double precision * interval '1 s'`;
  const lookSpread = sql`${spreadSeconds(channel.requestsPerMinute) / LOOK_SHARE}::double precision * interval '1 s'`;
  const early = sql`clock_timestamp() + ${EARLY_SECONDS[kind]}::double precision * interval '1 s'`;
  const lookEarly = sql`clock_timestamp() + ${LOOK_SHARE_EARLY_SECONDS}::double precision * interval '1 s'`;
  const isLook = sql`${kind === 'look'}::boolean`;
  const statement = sql`
    insert into channel_pace as pace (channel_id, next_at, next_look_at)
    values (${channel.id}, clock_timestamp() + ${spread},
            clock_timestamp() + case when ${isLook} then ${lookSpread} else interval '0' end)
    on conflict (channel_id) do update
    set next_at = greatest(pace.next_at, clock_timestamp()) + ${spread},
        next_look_at = case when ${isLook} then greatest(pace.next_look_at, clock_timestamp()) + ${lookSpread}
                            else pace.next_look_at end
    where pace.next_at <= ${early} and (not ${isLook} or pace.next_look_at <= ${lookEarly})
    returning channel_id`;
  return (await firstRow(db, statement)) !== null;
}

/** From one call to the next: so wide that those which come early still fit into the minute. */
export function spreadSeconds(requestsPerMinute: number): number {
  return (MINUTE_SECONDS + EARLY_SECONDS.look) / requestsPerMinute;
}

export type Room = { readonly channelId: string; readonly places: number };

/** Limited channels that have room while jobs wait for them, besides the room that those called before will take. */
export async function findRoom(db: Queryable): Promise<Room[]> {
  const early = EARLY_SECONDS.submit;
  const statement = sql`
    with awaited as materialized (
      select id, max_concurrency, requests_per_minute from channel
      where deleted_at is null and (max_concurrency is not null or requests_per_minute is not null)
        and exists (select from job where job.state = 'queued' and job.waits_for @> array[channel.id])
    ), room as (
      select awaited.id,
        least(
          awaited.max_concurrency - (select count(*) from job
                                     where job.channel_id = awaited.id and job.state in ('submitting', 'running')),
          case when awaited.requests_per_minute is not null then
            floor((extract(epoch from now() - coalesce(pace.next_at, now())) + ${early}::double precision)
                  / (${spreadSeconds(1)}::double precision / awaited.requests_per_minute)) + 1
          end,
          ${MAX_CALLED}::integer
        )::integer
        - (select count(*)::integer from job where job.state = 'queued' and job.called_to = awaited.id) as places
      from awaited left join channel_pace pace on pace.channel_id = awaited.id
    )
    select id as channel_id, places from room where places > 0 limit ${MAX_CHANNELS}`;
  const found = await rows<{ channel_id: string; places: number }>(db, statement);
  return found.map((row) => ({ channelId: row.channel_id, places: row.places }));
}

/**
 * Makes the next of those who wait for the channel due, as many as there are places; answers how many. Off-peak jobs come after
 * all others; then the account with the fewest jobs there, and of several the one called longest ago; then the oldest job.
 */
export async function callWaiting(db: Queryable, room: Room): Promise<number> {
  const statement = sql`
    with share as (
      select account_id, count(*) as jobs from job
      where channel_id = ${room.channelId} and state in ('submitting', 'running')
      group by account_id
    ), waiting as (
      select id, account_id, off_peak, row_number() over (partition by account_id, off_peak order by id) as nth
      from job
      where state = 'queued' and lease_owner is null and waits_for @> array[${room.channelId}::uuid]
    ), next as (
      select waiting.id from waiting
      left join share on share.account_id = waiting.account_id
      left join channel_turn before on before.channel_id = ${room.channelId} and before.account_id = waiting.account_id
      where nth <= ${room.places}
      order by off_peak, coalesce(share.jobs, 0) + nth, before.called_at nulls first, waiting.id
      limit ${room.places}
    ), called as (
      update job set run_at = now(), waits_for = null, called_to = ${room.channelId}
      where id in (select id from next) and state = 'queued' and waits_for is not null and lease_owner is null
      returning id, account_id
    ), noted as (
      insert into channel_turn (channel_id, account_id, called_at)
      select distinct ${room.channelId}::uuid, account_id, now() from called order by account_id
      on conflict (channel_id, account_id) do update set called_at = excluded.called_at
    )
    select id from called`;
  return (await rows(db, statement)).length;
}

/** Makes every waiting job due: what it could not use when it was last tried may have changed. Answers how many. */
export async function callAllWaiting(db: Queryable): Promise<number> {
  const statement = sql`
    update job set run_at = now(), waits_for = null
    where state = 'queued' and waits_for is not null and lease_owner is null returning id`;
  return (await rows(db, statement)).length;
}
