/** Statements about channels: the operator's accounts at providers. */

import type { PriceRow } from '../model/catalogue.ts';
import type { KeyMode } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import { toCredential } from './credentials.ts';
import type { Credential, CredentialRow } from './credentials.ts';
import type { Queryable } from './database.ts';
import { priceJson, readPrice } from './prices.ts';
import type { PriceJson } from './prices.ts';
import { firstRow, json, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

export const CHANNEL_STATES = ['enabled', 'draining', 'disabled'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** What a channel's vendor charges for a model; of the rows that match a job, the first is the cost. */
export type ChannelCost = Pick<PriceRow, 'unit' | 'micros' | 'baseMicros' | 'when'> & { readonly model: string };

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly mode: KeyMode;
  /** Null: the provider's usual address. */
  readonly baseUrl: string | null;
  /** Those in use, in the operator's order. */
  readonly credentials: readonly Credential[];
  /** Null: every model that the provider serves. */
  readonly models: readonly string[] | null;
  /** Public model id to the name this account uses for it. */
  readonly modelMap: JsonObject;
  readonly priority: number;
  readonly weight: number;
  readonly maxConcurrency: number | null;
  readonly requestsPerMinute: number | null;
  readonly state: ChannelState;
  /** Before what the catalogue knows of the vendor's prices. */
  readonly costs: readonly ChannelCost[];
  /** Whether a job that the vendor accepted and then failed may be made at another channel, if the model allows it too. */
  readonly retryAfterFailure: boolean;
  /** Whether pictures that the vendor would not take are made smaller, or of another type. */
  readonly fitInputs: boolean;
};

/** A new channel without its credentials; what is left out is as usual. */
export type ChannelDraft = Omit<Channel, 'credentials' | 'costs' | 'retryAfterFailure' | 'fitInputs'> &
  Partial<Pick<Channel, 'costs' | 'retryAfterFailure' | 'fitInputs'>>;

type ChannelRow = {
  id: string;
  name: string;
  provider: string;
  mode: KeyMode;
  base_url: string | null;
  models: string[] | null;
  model_map: JsonObject;
  priority: number;
  weight: number;
  max_concurrency: number | null;
  requests_per_minute: number | null;
  state: ChannelState;
  costs: PriceJson<ChannelCost>[];
  retry_after_failure: boolean;
  fit_inputs: boolean;
};

/** One row for each credential of a channel, or one without. */
type JoinedRow = ChannelRow & {
  credential_id: string | null;
  sealed: Buffer | null;
  tail: string | null;
  credential_state: CredentialRow['state'] | null;
};

function toChannels(joined: readonly JoinedRow[]): Channel[] {
  const channels = new Map<string, Channel & { readonly credentials: Credential[] }>();
  for (const row of joined) {
    const channel = channels.get(row.id) ?? toChannel(row);
    channels.set(row.id, channel);
    const { credential_id: id, sealed, tail, credential_state: state } = row;
    if (id !== null && sealed !== null && state !== null)
      channel.credentials.push(toCredential({ id, channel_id: row.id, sealed, tail, state }));
  }
  return [...channels.values()];
}

function toChannel(row: ChannelRow): Channel & { readonly credentials: Credential[] } {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    mode: row.mode,
    baseUrl: row.base_url,
    credentials: [],
    models: row.models,
    modelMap: row.model_map,
    priority: row.priority,
    weight: row.weight,
    maxConcurrency: row.max_concurrency,
    requestsPerMinute: row.requests_per_minute,
    state: row.state,
    costs: row.costs.map((cost) => readPrice<ChannelCost>(cost)),
    retryAfterFailure: row.retry_after_failure,
    fitInputs: row.fit_inputs,
  };
}

function costsJson(costs: readonly ChannelCost[] = []): string | null {
  return json(costs.map((cost) => priceJson(cost)));
}

/** Throws a unique violation on `channel_name` if another channel has the name. */
export async function insertChannel(db: Queryable, channel: ChannelDraft): Promise<void> {
  await rows(
    db,
    sql`insert into channel (id, name, provider, mode, base_url, models, model_map, priority, weight,
                             max_concurrency, requests_per_minute, state, costs, retry_after_failure,
                             fit_inputs)
        values (${channel.id}, ${channel.name}, ${channel.provider}, ${channel.mode}, ${channel.baseUrl},
                ${channel.models}, ${json(channel.modelMap)}::jsonb, ${channel.priority}, ${channel.weight},
                ${channel.maxConcurrency}, ${channel.requestsPerMinute}, ${channel.state},
                ${costsJson(channel.costs)}::jsonb, ${channel.retryAfterFailure ?? false},
                ${channel.fitInputs ?? false})`,
  );
}

/** All but its credentials. */
export async function updateChannel(db: Queryable, channel: Omit<Channel, 'credentials'>): Promise<void> {
  await rows(
    db,
    sql`update channel
        set name = ${channel.name}, base_url = ${channel.baseUrl},
            models = ${channel.models}, model_map = ${json(channel.modelMap)}::jsonb, priority = ${channel.priority},
            weight = ${channel.weight}, max_concurrency = ${channel.maxConcurrency},
            requests_per_minute = ${channel.requestsPerMinute}, state = ${channel.state},
            costs = ${costsJson(channel.costs)}::jsonb, retry_after_failure = ${channel.retryAfterFailure},
            fit_inputs = ${channel.fitInputs}
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
  return toChannels(await rows<JoinedRow>(db, joined(sql`channel.id = ${id}`)))[0] ?? null;
}

export async function listChannels(db: Queryable): Promise<Channel[]> {
  return toChannels(await rows<JoinedRow>(db, joined(sql`channel.deleted_at is null`)));
}

function joined(which: Sql): Sql {
  return sql`
    select channel.*, credential.id as credential_id, credential.sealed, credential.tail, credential.state as credential_state
    from channel left join channel_credential credential on credential.channel_id = channel.id and credential.state <> 'retired'
    where ${which} order by channel.id, credential.position`;
}
