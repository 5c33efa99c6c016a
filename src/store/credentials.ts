/** Statements about the credentials of channels: never rewritten, only retired, since running jobs began with them. */

import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

export type CredentialState = 'enabled' | 'disabled' | 'retired';

export type Credential = {
  readonly id: string;
  readonly channelId: string;
  /** Encrypted; see `secrets.ts`. */
  readonly sealed: Buffer;
  /** Its last characters; null where they would tell too much. */
  readonly tail: string | null;
  readonly state: CredentialState;
};

export type CredentialRow = {
  id: string;
  channel_id: string;
  sealed: Buffer;
  tail: string | null;
  state: CredentialState;
};

export function toCredential(row: CredentialRow): Credential {
  return { id: row.id, channelId: row.channel_id, sealed: row.sealed, tail: row.tail, state: row.state };
}

/** What a credential is sealed for. */
export function credentialContext({ id, channelId }: Pick<Credential, 'id' | 'channelId'>): string {
  // One with its channel's id was sealed when channels held their credential themselves.
  return id === channelId ? `channel:${channelId}:credential` : `channel_credential:${id}`;
}

/** In the order given. */
export async function insertCredentials(db: Queryable, credentials: readonly Credential[]): Promise<void> {
  await rows(
    db,
    sql`insert into channel_credential (id, channel_id, sealed, tail, state, position)
        select fresh.* from unnest(${credentials.map(({ id }) => id)}::uuid[], ${credentials.map(({ channelId }) => channelId)}::uuid[],
          ${credentials.map(({ sealed }) => sealed)}::bytea[], ${credentials.map(({ tail }) => tail)}::text[],
          ${credentials.map(({ state }) => state)}::text[]) with ordinality as fresh`,
  );
}

/** Takes all of a channel's credentials out of use for new jobs. */
export async function retireCredentials(db: Queryable, channelId: string): Promise<void> {
  await rows(
    db,
    sql`update channel_credential set state = 'retired', retired_at = now()
        where channel_id = ${channelId} and state <> 'retired'`,
  );
}

/** False if the channel has no such credential any more. */
export async function setCredentialState(
  db: Queryable,
  channelId: string,
  id: string,
  state: 'enabled' | 'disabled',
): Promise<boolean> {
  const changed = sql`
    update channel_credential set state = ${state}
    where id = ${id} and channel_id = ${channelId} and state <> 'retired' returning id`;
  return (await firstRow(db, changed)) !== null;
}

/** Also a retired one. */
export async function readCredential(db: Queryable, id: string): Promise<Credential | null> {
  const row = await firstRow<CredentialRow>(db, sql`select * from channel_credential where id = ${id}`);
  return row === null ? null : toCredential(row);
}
