/** Statements about deliveries: notices on their way to receivers, which are their own queue. */

import type { KeyMode } from '../model/job.ts';
import type { Notice, NoticeType } from '../model/notice.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, nothing, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';
import type { Owner } from './webhooks.ts';

export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'cancelled';

export type Delivery = Owner & {
  readonly id: string;
  /** Stable over all tries and receivers: what receivers know a repetition by. */
  readonly eventId: string;
  readonly type: NoticeType;
  /** Null: to the callback URL of the job. */
  readonly endpointId: string | null;
  readonly jobId: string;
  readonly url: string;
  readonly host: string;
  /** What is signed and sent, byte for byte. */
  readonly body: string;
  /** Whether the body is in the words of the API that the job came through. */
  readonly ownBody: boolean;
  readonly state: DeliveryState;
  readonly version: number;
  /** Tries since it was made or last sent again by hand, the one under way included. */
  readonly attempts: number;
  readonly runAt: Date;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly deliveredAt: Date | null;
};

type DeliveryRow = {
  id: string;
  event_id: string;
  type: NoticeType;
  endpoint_id: string | null;
  job_id: string;
  account_id: string;
  mode: KeyMode;
  url: string;
  host: string;
  body: string;
  own_body: boolean;
  state: DeliveryState;
  version: number;
  attempts: number;
  run_at: Date;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  delivered_at: Date | null;
};

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    type: row.type,
    endpointId: row.endpoint_id,
    jobId: row.job_id,
    accountId: row.account_id,
    mode: row.mode,
    url: row.url,
    host: row.host,
    body: row.body,
    ownBody: row.own_body,
    state: row.state,
    version: row.version,
    attempts: row.attempts,
    runAt: row.run_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at,
    deliveredAt: row.delivered_at,
  };
}

/**
 * The part of the statement that ends a job which writes its deliveries: one for each endpoint that listens and one for
 * the job's own callback. `won` is the job that ended; a job ends once, so its id makes the id of the event.
 */
export function deliveryWrite(notice: Notice | null | undefined): Sql {
  if (notice === null || notice === undefined) return nothing;
  const { type, data, callback } = notice;
  const own =
    callback === null ? nothing : sql`union all select null::uuid, ${callback.url}::text, ${callback.host}::text`;
  return sql`
    , told as (
      insert into delivery (event_id, type, endpoint_id, job_id, account_id, mode, url, host, body)
      select 'evt_' || won.id, ${type}::text, receiver.id, won.id, won.account_id, won.mode, receiver.url, receiver.host,
             format('{"id":"evt_%s","object":"event","created_at":%s,"type":"%s","data":%s}',
                    won.id, floor(extract(epoch from now()))::bigint, ${type}::text, ${json(data)}::text)
      from won, lateral (
        select id, url, host from webhook_endpoint
        where account_id = won.account_id and mode = won.mode and state = 'enabled' and deleted_at is null
          and ${type}::text = any(event_types)
        ${own}
      ) as receiver (id, url, host)
    )`;
}

export type DeliveryClaim = {
  readonly node: string;
  readonly leaseMs: number;
  readonly limit: number;
  readonly perHost: number;
  /** Tries that this node has under way, by host. */
  readonly underWay: ReadonlyMap<string, number>;
};

/** Takes due deliveries, and no more of one host than it has room for, however many wait for it. */
export async function claimDueDeliveries(db: Queryable, claim: DeliveryClaim): Promise<Delivery[]> {
  const statement = sql`
    with recursive waiting (host) as (
      (select host from delivery where state = 'pending' order by host limit 1)
      union all
      select (select next.host from delivery next where next.state = 'pending' and next.host > waiting.host
              order by next.host limit 1)
      from waiting where waiting.host is not null
    ), due as (
      select picked.id
      from waiting, lateral (
        select id, run_at from delivery
        where state = 'pending' and host = waiting.host and run_at <= now()
        order by run_at
        limit greatest(0, ${claim.perHost}::integer - coalesce((${json(Object.fromEntries(claim.underWay))}::jsonb ->> waiting.host)::integer, 0))
      ) as picked
      order by picked.run_at
      limit ${claim.limit}
    ), locked as (
      select id from delivery
      where id in (select id from due) and state = 'pending' and run_at <= now()
      for update skip locked
    )
    update delivery
    set lease_owner = ${claim.node}, version = version + 1, attempts = attempts + 1,
        run_at = now() + ${claim.leaseMs}::double precision * interval '1 ms'
    from locked where delivery.id = locked.id
    returning delivery.*`;
  return (await rows<DeliveryRow>(db, statement)).map(toDelivery);
}

/** What came of one try; `status` is null where no answer came. */
export type Try = {
  readonly status: number | null;
  readonly error: string | null;
  readonly ms: number;
  /** The beginning of the answer; may hold no NUL. */
  readonly response: string | null;
};

export type DeliveryEnd =
  | { readonly state: 'delivered' | 'failed' }
  | { readonly state: 'pending'; readonly dueInMs: number };

/** Writes the try down. False if the lease was lost: then nothing was written. */
export async function concludeTry(
  db: Queryable,
  delivery: Pick<Delivery, 'id' | 'version'>,
  made: Try,
  end: DeliveryEnd,
): Promise<boolean> {
  const when =
    end.state === 'pending'
      ? sql`, run_at = now() + ${end.dueInMs}::double precision * interval '1 ms'`
      : end.state === 'delivered'
        ? sql`, delivered_at = now()`
        : nothing;
  const statement = sql`
    with done as (
      update delivery
      set state = ${end.state}, version = version + 1, lease_owner = null, last_status = ${made.status}::integer,
          last_error = ${made.error}::text ${when}
      where id = ${delivery.id} and version = ${delivery.version} and state = 'pending'
      returning id
    ), logged as (
      insert into delivery_try (delivery_id, status, error, ms, response)
      select id, ${made.status}::integer, ${made.error}::text, ${made.ms}::integer, ${made.response}::text from done
    )
    select id from done`;
  return (await firstRow(db, statement)) !== null;
}

/** Keeps the body that is sent from now on. False if the lease was lost: then nothing was written. */
export async function writeOwnBody(
  db: Queryable,
  delivery: Pick<Delivery, 'id' | 'version'>,
  body: string,
): Promise<boolean> {
  const statement = sql`
    update delivery set body = ${body}, own_body = true
    where id = ${delivery.id} and version = ${delivery.version} and state = 'pending'
    returning id`;
  return (await firstRow(db, statement)) !== null;
}

/** For what was claimed just before its endpoint was switched off. */
export async function cancelDelivery(db: Queryable, delivery: Pick<Delivery, 'id' | 'version'>): Promise<void> {
  await rows(
    db,
    sql`update delivery set state = 'cancelled', version = version + 1, lease_owner = null
        where id = ${delivery.id} and version = ${delivery.version} and state = 'pending'`,
  );
}

/** The deliveries of one endpoint, or of the owner's callbacks where `endpointId` is null. */
export type DeliveryScope = Owner & { readonly endpointId: string | null };

function within(scope: DeliveryScope): Sql {
  const place = scope.endpointId === null ? sql`endpoint_id is null` : sql`endpoint_id = ${scope.endpointId}`;
  return sql`${place} and account_id = ${scope.accountId} and mode = ${scope.mode}`;
}

export async function readDelivery(db: Queryable, scope: DeliveryScope, id: string): Promise<Delivery | null> {
  const row = await firstRow<DeliveryRow>(db, sql`select * from delivery where id = ${id} and ${within(scope)}`);
  return row === null ? null : toDelivery(row);
}

export type DeliveryQuery = {
  readonly state: DeliveryState | null;
  readonly after: string | null;
  readonly limit: number;
};

/** Newest first; `after` is the id of the last one seen. */
export async function listDeliveries(db: Queryable, scope: DeliveryScope, query: DeliveryQuery): Promise<Delivery[]> {
  const statement = sql`
    select * from delivery
    where ${within(scope)}
      and (${query.state}::text is null or state = ${query.state})
      and (${query.after}::uuid is null or seq < (select seq from delivery where id = ${query.after}))
    order by seq desc limit ${query.limit}`;
  return (await rows<DeliveryRow>(db, statement)).map(toDelivery);
}

export type LoggedTry = Try & { readonly createdAt: Date };

/** The latest tries of each delivery, newest first. */
export async function listTries(
  db: Queryable,
  deliveryIds: readonly string[],
  perDelivery: number,
): Promise<ReadonlyMap<string, readonly LoggedTry[]>> {
  type Row = { delivery_id: string; status: number | null; error: string | null; ms: number } & {
    response: string | null;
    created_at: Date;
  };
  const statement = sql`
    select made.* from unnest(${deliveryIds}::uuid[]) as wanted (id), lateral (
      select * from delivery_try where delivery_id = wanted.id order by id desc limit ${perDelivery}
    ) as made`;
  const found = new Map<string, LoggedTry[]>();
  for (const { delivery_id: id, created_at: createdAt, ...made } of await rows<Row>(db, statement)) {
    const tries = found.get(id) ?? [];
    tries.push({ status: made.status, error: made.error, ms: made.ms, response: made.response, createdAt });
    found.set(id, tries);
  }
  return found;
}

/** Makes it due now with all its tries before it; one that is being tried at this moment is left alone. */
export async function resendDelivery(db: Queryable, id: string): Promise<void> {
  await rows(db, sql`update delivery ${anew()} where id = ${id} and lease_owner is null`);
}

/** The same for up to `limit` that failed or were cancelled, of events since then, oldest first. Answers how many. */
export async function resendFailed(db: Queryable, scope: DeliveryScope, since: Date, limit: number): Promise<number> {
  const statement = sql`
    update delivery ${anew()}
    where id in (
      select id from delivery
      where ${within(scope)} and state in ('failed', 'cancelled') and created_at >= ${since}
      order by seq limit ${limit}
      for update skip locked
    )
    returning id`;
  return (await rows(db, statement)).length;
}

function anew(): Sql {
  return sql`set state = 'pending', version = version + 1, attempts = 0, run_at = now(), delivered_at = null`;
}
