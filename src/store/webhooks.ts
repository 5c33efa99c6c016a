/** Statements about webhook endpoints and the secrets that sign what is sent to them. */

import type { KeyMode } from '../model/job.ts';
import type { NoticeType } from '../model/notice.ts';
import type { Database, Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

export type EndpointState = 'enabled' | 'disabled';

/** Whose endpoints, callbacks and deliveries: live and test never mix. */
export type Owner = { readonly accountId: string; readonly mode: KeyMode };

/** Sealed; the previous one is null unless it still signs. */
export type SigningSecrets = { readonly secretSealed: Buffer; readonly previousSealed: Buffer | null };

export type WebhookEndpoint = Owner &
  SigningSecrets & {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly eventTypes: readonly NoticeType[];
    readonly secretHint: string;
    /** When the previous secret stops signing; null if there is none. */
    readonly previousUntil: Date | null;
    readonly state: EndpointState;
    readonly disabledReason: string | null;
    readonly createdAt: Date;
    readonly updatedAt: Date;
  };

type EndpointRow = {
  id: string;
  account_id: string;
  mode: KeyMode;
  name: string;
  url: string;
  event_types: NoticeType[];
  secret_sealed: Buffer;
  secret_hint: string;
  previous_sealed: Buffer | null;
  previous_until: Date | null;
  state: EndpointState;
  disabled_reason: string | null;
  created_at: Date;
  updated_at: Date;
};

/** What of a row is read: a previous secret only while it signs. */
const COLUMNS = sql`
  id, account_id, mode, name, url, event_types, secret_sealed, secret_hint, state, disabled_reason, created_at, updated_at,
  case when previous_until > now() then previous_sealed end as previous_sealed,
  case when previous_until > now() then previous_until end as previous_until`;

function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    accountId: row.account_id,
    mode: row.mode,
    name: row.name,
    url: row.url,
    eventTypes: row.event_types,
    secretSealed: row.secret_sealed,
    secretHint: row.secret_hint,
    previousSealed: row.previous_sealed,
    previousUntil: row.previous_until,
    state: row.state,
    disabledReason: row.disabled_reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export type NewEndpoint = Owner & {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Of the URL, with its port: deliveries are bounded by it. */
  readonly host: string;
  readonly eventTypes: readonly NoticeType[];
  readonly secretSealed: Buffer;
  readonly secretHint: string;
};

/** False if the owner has `limit` endpoints already. */
export function insertEndpoint(db: Database, endpoint: NewEndpoint, limit: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Creates of one account wait for each other, so that each counts what the one before it made.
    await rows(tx, sql`select id from account where id = ${endpoint.accountId} for no key update`);
    const statement = sql`
      insert into webhook_endpoint (id, account_id, mode, name, url, host, event_types, secret_sealed, secret_hint)
      select ${endpoint.id}, ${endpoint.accountId}, ${endpoint.mode}, ${endpoint.name}, ${endpoint.url}, ${endpoint.host},
             ${endpoint.eventTypes}::text[], ${endpoint.secretSealed}, ${endpoint.secretHint}
      where (select count(*) from webhook_endpoint
             where account_id = ${endpoint.accountId} and mode = ${endpoint.mode} and deleted_at is null) < ${limit}
      returning id`;
    return (await firstRow(tx, statement)) !== null;
  });
}

export async function readEndpoint(db: Queryable, owner: Owner, id: string): Promise<WebhookEndpoint | null> {
  const statement = sql`
    select ${COLUMNS} from webhook_endpoint
    where id = ${id} and account_id = ${owner.accountId} and mode = ${owner.mode} and deleted_at is null`;
  const row = await firstRow<EndpointRow>(db, statement);
  return row === null ? null : toEndpoint(row);
}

/** Newest first. */
export async function listEndpoints(
  db: Queryable,
  owner: Owner,
  after: string | null,
  limit: number,
): Promise<WebhookEndpoint[]> {
  const statement = sql`
    select ${COLUMNS} from webhook_endpoint
    where account_id = ${owner.accountId} and mode = ${owner.mode} and deleted_at is null
      and (${after}::uuid is null or id < ${after})
    order by id desc limit ${limit}`;
  return (await rows<EndpointRow>(db, statement)).map(toEndpoint);
}

/** Those of `ids` that are enabled, whosever they are. */
export async function readEnabledEndpoints(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SigningSecrets>> {
  const statement = sql`
    select ${COLUMNS} from webhook_endpoint
    where id = any(${ids}::uuid[]) and state = 'enabled' and deleted_at is null`;
  return new Map((await rows<EndpointRow>(db, statement)).map((row) => [row.id, toEndpoint(row)]));
}

export type EndpointChange = Pick<NewEndpoint, 'name' | 'url' | 'host' | 'eventTypes'> & {
  readonly state: EndpointState;
};

/** What still waits goes to the new address, or nowhere if the owner disables the endpoint. */
export async function updateEndpoint(db: Queryable, id: string, change: EndpointChange): Promise<void> {
  const waiting =
    change.state === 'enabled'
      ? sql`
    update delivery set url = ${change.url}, host = ${change.host} where endpoint_id = ${id} and state = 'pending'`
      : cancelWaiting(id);
  const statement = sql`
    with moved as (${waiting})
    update webhook_endpoint
    set name = ${change.name}, url = ${change.url}, host = ${change.host}, event_types = ${change.eventTypes}::text[],
        state = ${change.state}, disabled_reason = ${change.state === 'enabled' ? null : 'owner'}, updated_at = now()
    where id = ${id}`;
  await rows(db, statement);
}

/** For an endpoint that said it is gone: what still waits for it is cancelled. */
export async function disableEndpoint(db: Queryable, id: string, reason: string): Promise<void> {
  const statement = sql`
    with stopped as (${cancelWaiting(id)})
    update webhook_endpoint set state = 'disabled', disabled_reason = ${reason}, updated_at = now()
    where id = ${id} and state = 'enabled'`;
  await rows(db, statement);
}

/** Its deliveries stay on record; what still waits is cancelled. */
export async function deleteEndpoint(db: Queryable, id: string): Promise<void> {
  const statement = sql`
    with stopped as (${cancelWaiting(id)})
    update webhook_endpoint set state = 'disabled', disabled_reason = 'deleted', deleted_at = now()
    where id = ${id} and deleted_at is null`;
  await rows(db, statement);
}

/** One that is being tried at this moment may still arrive; its next try, if it needs one, is what is cancelled. */
function cancelWaiting(endpointId: string) {
  return sql`
    update delivery set state = 'cancelled', version = version + 1
    where endpoint_id = ${endpointId} and state = 'pending' and lease_owner is null`;
}

export type Rotation = {
  readonly secretSealed: Buffer;
  /** 0: the old secret ends at once. */ readonly overlapMs: number;
};

export async function rotateEndpointSecret(
  db: Queryable,
  id: string,
  rotation: Rotation & { readonly secretHint: string },
): Promise<void> {
  const statement = sql`
    update webhook_endpoint set ${rotated(rotation)}, secret_hint = ${rotation.secretHint}, updated_at = now()
    where id = ${id}`;
  await rows(db, statement);
}

function rotated({ secretSealed, overlapMs }: Rotation) {
  const overlap =
    overlapMs === 0
      ? sql`previous_sealed = null, previous_until = null`
      : sql`previous_sealed = secret_sealed, previous_until = now() + ${overlapMs}::double precision * interval '1 ms'`;
  return sql`${overlap}, secret_sealed = ${secretSealed}`;
}

/** The secret that signs the owner's callbacks; `fresh` becomes it where there was none. */
export async function ensureCallbackSecret(db: Queryable, owner: Owner, fresh: Buffer): Promise<SigningSecrets> {
  await rows(
    db,
    sql`insert into callback_secret (account_id, mode, secret_sealed) values (${owner.accountId}, ${owner.mode}, ${fresh})
        on conflict (account_id, mode) do nothing`,
  );
  const secrets = await readCallbackSecret(db, owner);
  if (secrets === null) throw new Error('a callback secret vanished');
  return secrets;
}

export async function readCallbackSecret(db: Queryable, owner: Owner): Promise<SigningSecrets | null> {
  const row = await firstRow<Pick<EndpointRow, 'secret_sealed' | 'previous_sealed'>>(
    db,
    sql`select secret_sealed, case when previous_until > now() then previous_sealed end as previous_sealed
        from callback_secret where account_id = ${owner.accountId} and mode = ${owner.mode}`,
  );
  return row === null ? null : { secretSealed: row.secret_sealed, previousSealed: row.previous_sealed };
}

export async function rotateCallbackSecret(db: Queryable, owner: Owner, rotation: Rotation): Promise<void> {
  await rows(
    db,
    sql`update callback_secret set ${rotated(rotation)}
        where account_id = ${owner.accountId} and mode = ${owner.mode}`,
  );
}
