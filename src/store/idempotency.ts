/** Statements about creates that were sent before: by their `Idempotency-Key`, or by what they asked for. */

import type { KeyMode } from '../model/job.ts';
import type { Queryable } from './database.ts';
import { isUniqueViolation } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

/** Where a key is unique. */
export type KeyScope = { readonly accountId: string; readonly mode: KeyMode; readonly key: string };

export type KeptCreate = {
  readonly jobId: string;
  readonly fingerprint: Buffer;
  /** A node still works on the answer to the first create. */
  readonly inFlight: boolean;
};

type KeptRow = { job_id: string; fingerprint: Buffer; in_flight: boolean };

/** The job that the key made, if any. A create is answered once its job was let go, at the latest after `answerMs`. */
export async function findKeptCreate(db: Queryable, scope: KeyScope, answerMs: number): Promise<KeptCreate | null> {
  const statement = sql`
    select kept.job_id, kept.fingerprint,
           job.state in ('queued', 'submitting') and job.lease_owner is not null
             and job.created_at > now() - ${answerMs}::double precision * interval '1 ms' as in_flight
    from idempotency kept join job on job.id = kept.job_id
    where kept.account_id = ${scope.accountId} and kept.mode = ${scope.mode} and kept.key = ${scope.key}`;
  const row = await firstRow<KeptRow>(db, statement);
  return row === null ? null : { jobId: row.job_id, fingerprint: row.fingerprint, inFlight: row.in_flight };
}

/**
 * The newest job that this API key made from the same request within `windowMs`; null if there is none. Jobs that no vendor
 * took are left out, since making them again costs nothing and is what the client wants, and so are deleted ones.
 */
export async function findTwin(
  db: Queryable,
  keyId: string,
  fingerprint: Buffer,
  windowMs: number,
): Promise<string | null> {
  const statement = sql`
    select id from job
    where key_id = ${keyId} and fingerprint = ${fingerprint} and deleted_at is null
      and created_at > now() - ${windowMs}::double precision * interval '1 ms'
      and not (state = 'failed' and checks = 0)
    order by id desc limit 1`;
  return (await firstRow<{ id: string }>(db, statement))?.id ?? null;
}

/** A create that is under way on some node, before its job is on record. */
export type CreateClaim = { readonly keyId: string; readonly fingerprint: Buffer; readonly node: string };

/** Another one of the same is as good. */
export async function claimCreate(db: Queryable, { keyId, fingerprint, node }: CreateClaim): Promise<void> {
  const statement = sql`
    insert into create_claim (key_id, fingerprint, node) values (${keyId}, ${fingerprint}, ${node}) on conflict do nothing`;
  await rows(db, statement);
}

export async function dropClaim(db: Queryable, { keyId, fingerprint, node }: CreateClaim): Promise<void> {
  const statement = sql`
    delete from create_claim where key_id = ${keyId} and fingerprint = ${fingerprint} and node = ${node}`;
  await rows(db, statement);
}

/** Whether a node that lives has such a create under way since less than `windowMs`. */
export async function isClaimed(
  db: Queryable,
  { keyId, fingerprint }: Omit<CreateClaim, 'node'>,
  windowMs: number,
): Promise<boolean> {
  const statement = sql`
    select 1 from create_claim claim join node on node.id = claim.node
    where claim.key_id = ${keyId} and claim.fingerprint = ${fingerprint}
      and claim.created_at > now() - ${windowMs}::double precision * interval '1 ms'`;
  return (await firstRow(db, statement)) !== null;
}

/** Forgets at most `limit` claims that are older than `keptMs`; answers how many. */
export async function forgetOldClaims(db: Queryable, keptMs: number, limit: number): Promise<number> {
  const statement = sql`
    delete from create_claim
    where (key_id, fingerprint) in (
      select key_id, fingerprint from create_claim
      where created_at < now() - ${keptMs}::double precision * interval '1 ms' limit ${limit}
    )
    returning 1`;
  return (await rows(db, statement)).length;
}

/** True for the error of an `insertJob` whose key has made a job already; nothing was written then. */
export function isKeyTaken(error: unknown): boolean {
  return isUniqueViolation(error, 'idempotency_pkey');
}

/** Forgets at most `limit` keys that are older than `keptMs`; answers how many. */
export async function forgetOldKeys(db: Queryable, keptMs: number, limit: number): Promise<number> {
  const statement = sql`
    delete from idempotency
    where (account_id, mode, key) in (
      select account_id, mode, key from idempotency
      where created_at < now() - ${keptMs}::double precision * interval '1 ms'
      order by created_at limit ${limit}
    )
    returning 1`;
  return (await rows(db, statement)).length;
}
