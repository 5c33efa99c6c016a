/** Statements about channels: the operator's accounts at providers. */

import type { KeyMode } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

export const CHANNEL_STATES = ['enabled', 'draining', 'disabled'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly mode: KeyMode;
  /** Null: the provider's usual address. */
  readonly baseUrl: string | null;
  /** Encrypted; see `secrets.ts`. */
  readonly credentialSealed: Buffer;
  /** Null: every model that the provider serves. */
  readonly models: readonly string[] | null;
  /** Public model id to the name this account uses for it. */
  readonly modelMap: JsonObject;
  readonly priority: number;
  readonly weight: number;
  readonly maxConcurrency: number | null;
  readonly requestsPerMinute: number | null;
  readonly state: ChannelState;
};

type ChannelRow = {
  id: string;
  name: string;
  provider: string;
  mode: KeyMode;
  base_url: string | null;
  credential_sealed: Buffer;
  models: string[] | null;
  model_map: JsonObject;
  priority: number;
  weight: number;
  max_concurrency: number | null;
  requests_per_minute: number | null;
  state: ChannelState;
};

function toChannel(row: ChannelRow): Channel {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    mode: row.mode,
    baseUrl: row.base_url,
    credentialSealed: row.credential_sealed,
    models: row.models,
    modelMap: row.model_map,
    priority: row.priority,
    weight: row.weight,
    maxConcurrency: row.max_concurrency,
    requestsPerMinute: row.requests_per_minute,
    state: row.state,
  };
}

/** Throws a unique violation on `channel_name` if another channel has the name. */
export async function insertChannel(db: Queryable, channel: Channel): Promise<void> {
  await rows(
    db,
    sql`insert into channel (id, name, provider, mode, base_url, credential_sealed, models, model_map, priority, weight,
                             max_concurrency, requests_per_minute, state)
        values (${channel.id}, ${channel.name}, ${channel.provider}, ${channel.mode}, ${channel.baseUrl}, ${channel.credentialSealed},
                ${channel.models}, ${json(channel.modelMap)}::jsonb, ${channel.priority}, ${channel.weight},
                ${channel.maxConcurrency}, ${channel.requestsPerMinute}, ${channel.state})`,
  );
}

export async function updateChannel(db: Queryable, channel: Channel): Promise<void> {
  await rows(
    db,
    sql`update channel
        set name = ${channel.name}, base_url = ${channel.baseUrl}, credential_sealed = ${channel.credentialSealed},
            models = ${channel.models}, model_map = ${json(channel.modelMap)}::jsonb, priority = ${channel.priority},
            weight = ${channel.weight}, max_concurrency = ${channel.maxConcurrency},
            requests_per_minute = ${channel.requestsPerMinute}, state = ${channel.state}
        where id = ${channel.id} and deleted_at is null`,
  );
}

/** A deleted channel takes no new jobs; those it runs are still checked with what the row says. */
export async function deleteChannel(db: Queryable, id: string): Promise<boolean> {
  return (
    (await firstRow(
      db,
      sql`update channel set deleted_at = now() where id = ${id} and deleted_at is null returning id`,
    )) !== null
  );
}

/** Also a deleted one: running jobs still need it. */
export async function readChannel(db: Queryable, id: string): Promise<Channel | null> {
  const row = await firstRow<ChannelRow>(db, sql`select * from channel where id = ${id}`);
  return row === null ? null : toChannel(row);
}

export async function listChannels(db: Queryable): Promise<Channel[]> {
  return (await rows<ChannelRow>(db, sql`select * from channel where deleted_at is null order by id`)).map(toChannel);
}

/** Jobs that hold a slot at each channel now. */
export async function countInFlight(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const counts = await rows<{ channel_id: string; jobs: number }>(
    db,
    sql`select channel_id, count(*)::integer as jobs from job
        where state in ('submitting', 'running', 'collecting') and channel_id is not null group by channel_id`,
  );
  return new Map(counts.map((row) => [row.channel_id, row.jobs]));
}
