/** Statements about objects that a configuration file owns. */

import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

export type FileOwned = {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly file: string;
  /** What the file said when it was last applied, without secrets. */
  readonly declared: JsonObject;
  readonly secretDigest: string | null;
  readonly appliedAt: Date;
};

type OwnedRow = {
  kind: string;
  id: string;
  name: string;
  file: string;
  declared: JsonObject;
  secret_digest: string | null;
  applied_at: Date;
};

function toOwned(row: OwnedRow): FileOwned {
  const { secret_digest: secretDigest, applied_at: appliedAt, ...same } = row;
  return { ...same, secretDigest, appliedAt };
}

export async function listFileOwned(db: Queryable): Promise<FileOwned[]> {
  return (await rows<OwnedRow>(db, sql`select * from file_owned order by kind, name, id`)).map(toOwned);
}

/** Null: whoever has the admin key may change it. */
export async function readFileOwner(db: Queryable, kind: string, id: string): Promise<string | null> {
  const row = await firstRow<{ file: string }>(
    db,
    sql`select file from file_owned where kind = ${kind} and id = ${id}`,
  );
  return row?.file ?? null;
}

/** False where another file owns it. */
export async function writeFileOwned(db: Queryable, owned: Omit<FileOwned, 'appliedAt'>): Promise<boolean> {
  const statement = sql`
    insert into file_owned (kind, id, name, file, declared, secret_digest)
    values (${owned.kind}, ${owned.id}, ${owned.name}, ${owned.file}, ${json(owned.declared)}::jsonb, ${owned.secretDigest})
    on conflict (kind, id) do update
    set name = excluded.name, declared = excluded.declared, secret_digest = excluded.secret_digest, applied_at = now()
    where file_owned.file = excluded.file
    returning id`;
  return (await firstRow(db, statement)) !== null;
}

/** False where the file does not own it. */
export async function deleteFileOwned(db: Queryable, kind: string, id: string, file: string): Promise<boolean> {
  const statement = sql`delete from file_owned where kind = ${kind} and id = ${id} and file = ${file} returning id`;
  return (await firstRow(db, statement)) !== null;
}

/** Jobs that a channel has not finished, by channel. */
export async function countUnfinishedByChannel(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ id: string; jobs: number }>(
    db,
    sql`select channel_id as id, count(*)::integer as jobs from job
        where channel_id is not null and state in ('submitting', 'running', 'collecting') group by channel_id`,
  );
  return new Map(found.map(({ id, jobs }) => [id, jobs]));
}
