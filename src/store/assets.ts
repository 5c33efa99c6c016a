/** Statements about stored files. */

import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

export type AssetKind = 'input' | 'video' | 'thumbnail' | 'spritesheet';

export type Asset = {
  readonly id: string;
  readonly accountId: string;
  readonly jobId: string | null;
  readonly kind: AssetKind;
  readonly sha256: string;
  readonly mime: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
};

type AssetRow = {
  id: string;
  account_id: string;
  job_id: string | null;
  kind: AssetKind;
  sha256: string;
  mime: string;
  bytes: bigint;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
};

function toAsset(row: AssetRow): Asset {
  return {
    id: row.id,
    accountId: row.account_id,
    jobId: row.job_id,
    kind: row.kind,
    sha256: row.sha256,
    mime: row.mime,
    bytes: Number(row.bytes),
    width: row.width,
    height: row.height,
    durationMs: row.duration_ms,
  };
}

export function insertAsset(db: Queryable, asset: Asset): Promise<void> {
  return insertAssets(db, [asset]);
}

/** All or none. Writing the same assets again changes nothing, so a repeated collect is harmless. */
export async function insertAssets(db: Queryable, assets: readonly Asset[]): Promise<void> {
  const column = <Field extends keyof Asset>(field: Field): readonly Asset[Field][] =>
    assets.map((asset) => asset[field]);
  await rows(
    db,
    sql`insert into asset (id, account_id, job_id, kind, sha256, mime, bytes, width, height, duration_ms)
        select * from unnest(${column('id')}::uuid[], ${column('accountId')}::uuid[], ${column('jobId')}::uuid[],
          ${column('kind')}::text[], ${column('sha256')}::text[], ${column('mime')}::text[], ${column('bytes')}::bigint[],
          ${column('width')}::integer[], ${column('height')}::integer[], ${column('durationMs')}::integer[])
        on conflict (id) do nothing`,
  );
}

/** Forgets at most `limit` inputs older than `keptMs` that no job was made of; answers how many. */
export async function forgetStrayInputs(db: Queryable, keptMs: number, limit: number): Promise<number> {
  const statement = sql`
    delete from asset
    where id in (
      select id from asset
      where job_id is null and created_at < now() - ${keptMs}::double precision * interval '1 ms'
      order by created_at limit ${limit}
    )
    returning 1`;
  return (await rows(db, statement)).length;
}

/** The blob that was stored last of all that are needed; null if none is. */
export async function newestBlob(db: Queryable): Promise<string | null> {
  const statement = sql`select sha256 from asset where deleted_at is null order by id desc limit 1`;
  return (await firstRow<{ sha256: string }>(db, statement))?.sha256 ?? null;
}

/** Of these blobs, those that some asset needs. */
export async function usedBlobs(db: Queryable, sha256s: readonly string[]): Promise<ReadonlySet<string>> {
  const statement = sql`
    select distinct sha256 from asset where sha256 = any(${sha256s}::text[]) and deleted_at is null`;
  return new Set((await rows<{ sha256: string }>(db, statement)).map((row) => row.sha256));
}

/** The asset, unless it was deleted. */
export async function readAsset(db: Queryable, id: string): Promise<Asset | null> {
  const row = await firstRow<AssetRow>(db, sql`select * from asset where id = ${id} and deleted_at is null`);
  return row === null ? null : toAsset(row);
}

/** Stills already made of the same video bytes, whoever's job it was: they need not be made again. */
export async function findStills(db: Queryable, videoSha256: string): Promise<readonly Asset[]> {
  const statement = sql`
    select still.* from asset still
    where still.kind in ('thumbnail', 'spritesheet') and still.deleted_at is null and still.job_id = (
      select video.job_id from asset video
      where video.sha256 = ${videoSha256} and video.kind = 'video' and video.deleted_at is null
        and exists (select from asset t where t.job_id = video.job_id and t.kind = 'thumbnail' and t.deleted_at is null)
        and exists (select from asset s where s.job_id = video.job_id and s.kind = 'spritesheet' and s.deleted_at is null)
      limit 1)`;
  return (await rows<AssetRow>(db, statement)).map(toAsset);
}
