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

/** Writing the same asset again changes nothing, so a repeated collect is harmless. */
export async function insertAsset(db: Queryable, asset: Asset): Promise<void> {
  await rows(
    db,
    sql`insert into asset (id, account_id, job_id, kind, sha256, mime, bytes, width, height, duration_ms)
        values (${asset.id}, ${asset.accountId}, ${asset.jobId}, ${asset.kind}, ${asset.sha256}, ${asset.mime}, ${asset.bytes},
                ${asset.width}, ${asset.height}, ${asset.durationMs})
        on conflict (id) do nothing`,
  );
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
