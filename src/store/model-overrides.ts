/** Statements about what operators say of models; each change is a version, and none is ever lost. */

import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

/** Null as a patch: the built-in row as it is. */
export type ModelVersion = {
  readonly version: number;
  readonly model: string;
  readonly patch: JsonObject | null;
  readonly actor: string;
  readonly note: string | null;
  readonly createdAt: Date;
};

export type NewModelVersion = Pick<ModelVersion, 'model' | 'patch' | 'actor' | 'note'>;

type VersionRow = Omit<ModelVersion, 'createdAt'> & { readonly created_at: Date };

function toVersion({ created_at: createdAt, ...row }: VersionRow): ModelVersion {
  return { ...row, createdAt };
}

/** Until the transaction ends, nobody else writes a version: they become visible in their order, and none misses another. */
export async function lockModelVersions(tx: Queryable): Promise<void> {
  await rows(tx, sql`lock table model_override in share row exclusive mode`);
}

export async function insertModelVersion(tx: Queryable, version: NewModelVersion): Promise<void> {
  await rows(
    tx,
    sql`insert into model_override (model, patch, actor, note)
        values (${version.model}, ${json(version.patch)}::json, ${version.actor}, ${version.note})`,
  );
}

/** The number of the newest version; 0 where there is none. */
export async function readNewestVersion(db: Queryable): Promise<number> {
  const row = await firstRow<{ newest: number }>(
    db,
    sql`select coalesce(max(version), 0) as newest from model_override`,
  );
  return row?.newest ?? 0;
}

/** The last version of each model that has any, those that returned to the built-in row too. */
export async function listModelsInForce(db: Queryable): Promise<ModelVersion[]> {
  const statement = sql`select distinct on (lower(model)) * from model_override order by lower(model), version desc`;
  return (await rows<VersionRow>(db, statement)).map(toVersion);
}

export async function readModelVersion(db: Queryable, version: number): Promise<ModelVersion | null> {
  const row = await firstRow<VersionRow>(db, sql`select * from model_override where version = ${version}`);
  return row === null ? null : toVersion(row);
}

/** One page, the newest first, of the versions before `before`. */
export async function listModelVersions(
  db: Queryable,
  model: string,
  before: number | null,
  limit: number,
): Promise<ModelVersion[]> {
  const statement = sql`
    select * from model_override where lower(model) = lower(${model}) and (${before}::integer is null or version < ${before})
    order by version desc limit ${limit}`;
  return (await rows<VersionRow>(db, statement)).map(toVersion);
}
