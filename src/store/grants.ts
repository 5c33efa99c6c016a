/** Statements that read grants of credit; they are written by `accounts.ts`. */

import type { Micros } from '../model/money.ts';
import type { Queryable } from './database.ts';
import { firstRow, sql } from './sql.ts';

export type GrantRecord = { readonly accountId: string; readonly amountMicros: Micros; readonly note: string | null };

type GrantRow = { account_id: string; amount_micros: Micros; note: string | null };

/** What was granted under this key; null if nothing was. */
export async function readGrant(db: Queryable, opKey: string): Promise<GrantRecord | null> {
  const row = await firstRow<GrantRow>(
    db,
    sql`select txn.account_id, entry.amount_micros, txn.note
        from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'available'
        where txn.op_key = ${opKey} and txn.kind = 'grant'`,
  );
  return row === null ? null : { accountId: row.account_id, amountMicros: row.amount_micros, note: row.note };
}
