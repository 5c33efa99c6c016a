/** Statements about sealed values, wherever they lie: which are not sealed under the current secret, and their renewal. */

import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

/** A column of sealed values. A row is named by the parts of its key, with blanks between them. */
type SealedColumn = { readonly table: Sql; readonly column: Sql; readonly name: Sql };

const ENDPOINT = { table: sql`webhook_endpoint`, name: sql`id::text` };
const CALLBACK = { table: sql`callback_secret`, name: sql`account_id || ' ' || mode` };

/** All of them but the setting, which holds text. */
export const SEALED_COLUMNS = {
  credential: { table: sql`channel_credential`, column: sql`sealed`, name: sql`id || ' ' || channel_id` },
  endpointSecret: { ...ENDPOINT, column: sql`secret_sealed` },
  endpointPrevious: { ...ENDPOINT, column: sql`previous_sealed` },
  callbackSecret: { ...CALLBACK, column: sql`secret_sealed` },
  callbackPrevious: { ...CALLBACK, column: sql`previous_sealed` },
} as const satisfies Record<string, SealedColumn>;

export type SealedField = keyof typeof SEALED_COLUMNS;

export type SealedValue = { readonly name: string; readonly sealed: Buffer };

function begins(column: Sql, header: Buffer): Sql {
  return sql`substring(${column} from 1 for ${header.length}::integer)`;
}

/** Up to `limit` values that begin otherwise than `header`, by name, after the one named `after`. */
export async function listSealedOtherwise(
  db: Queryable,
  field: SealedField,
  header: Buffer,
  after: string,
  limit: number,
): Promise<SealedValue[]> {
  const { table, column, name } = SEALED_COLUMNS[field];
  const statement = sql`
    select ${name} as name, ${column} as sealed from ${table}
    where ${begins(column, header)} <> ${header} and (${name}) collate "C" > ${after}
    order by (${name}) collate "C" limit ${limit}`;
  return rows<SealedValue>(db, statement);
}

/** One value for each beginning that values of this field have besides `header`. */
export async function listOtherHeaders(db: Queryable, field: SealedField, header: Buffer): Promise<SealedValue[]> {
  const { table, column, name } = SEALED_COLUMNS[field];
  // Those of the earlier format have nothing in common but their first byte.
  const statement = sql`
    select distinct on (start) name, sealed
    from (select ${name} as name, ${column} as sealed,
                 case get_byte(${column}, 0) when 1 then substring(${column} from 1 for 1) else ${begins(column, header)} end as start
          from ${table} where ${begins(column, header)} <> ${header}) as other
    order by start, name`;
  return rows<SealedValue>(db, statement);
}

export type Resealed = SealedValue & { readonly becomes: Buffer };

/** Those that nobody has changed meanwhile; answers how many. */
export async function reseal(db: Queryable, field: SealedField, values: readonly Resealed[]): Promise<number> {
  const { table, column, name } = SEALED_COLUMNS[field];
  const statement = sql`
    update ${table} set ${column} = fresh.becomes
    from unnest(${values.map((one) => one.name)}::text[], ${values.map((one) => one.sealed)}::bytea[],
                ${values.map((one) => one.becomes)}::bytea[]) as fresh (of_row, was, becomes)
    where ${name} = fresh.of_row and ${column} = fresh.was
    returning 1`;
  return (await rows(db, statement)).length;
}

export async function countSealedOtherwise(db: Queryable, field: SealedField, header: Buffer): Promise<number> {
  const { table, column } = SEALED_COLUMNS[field];
  const statement = sql`
    select count(*)::integer as count from ${table} where ${begins(column, header)} <> ${header}`;
  return (await firstRow<{ count: number }>(db, statement))?.count ?? 0;
}
