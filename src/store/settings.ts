/** Statements about facts of this installation. */

import type { Json } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, sql } from './sql.ts';

export async function readSetting(db: Queryable, name: string): Promise<Json | null> {
  const row = await firstRow<{ value: Json }>(db, sql`select value from setting where name = ${name}`);
  return row?.value ?? null;
}

/** True if this call wrote it: of two nodes starting at once, one wins. */
export async function insertSetting(db: Queryable, name: string, value: Json): Promise<boolean> {
  const statement = sql`insert into setting (name, value) values (${name}, ${json(value)}::jsonb) on conflict (name) do nothing returning name`;
  return (await firstRow(db, statement)) !== null;
}

/** False if it is not `was` any more. */
export async function replaceSetting(db: Queryable, name: string, was: Json, becomes: Json): Promise<boolean> {
  const statement = sql`
    update setting set value = ${json(becomes)}::jsonb where name = ${name} and value = ${json(was)}::jsonb returning name`;
  return (await firstRow(db, statement)) !== null;
}
