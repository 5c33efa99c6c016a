/** Statements about finished videos that still lie at the vendor. */

import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

/** Where it lies: at an address, on this machine, or in our storage already. */
export type VendorSource =
  | { readonly from: 'url'; readonly url: string; readonly withCredential?: true }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'storage'; readonly sha256: string };

export type VendorUsage = { readonly seconds: number | null; readonly tokens: string | null };

export type VendorOutput = {
  readonly source: VendorSource;
  readonly usage: VendorUsage;
  /** Copies that failed. */
  readonly failures: number;
};

/** A vendor may give the same video a new address at each look. */
export async function saveVendorOutput(
  db: Queryable,
  jobId: string,
  source: VendorSource,
  usage: VendorUsage,
): Promise<void> {
  const statement = sql`
    insert into vendor_output (job_id, source, usage) values (${jobId}, ${json(source)}::jsonb, ${json(usage)}::jsonb)
    on conflict (job_id) do update set source = excluded.source, usage = excluded.usage, updated_at = now()`;
  await rows(db, statement);
}

export async function readVendorOutput(db: Queryable, jobId: string): Promise<VendorOutput | null> {
  return firstRow<VendorOutput>(db, sql`select source, usage, failures from vendor_output where job_id = ${jobId}`);
}

/** Answers how many copies have failed, this one included. */
export async function noteFailedCopy(db: Queryable, jobId: string, fault: string): Promise<number> {
  const row = await firstRow<{ failures: number }>(
    db,
    sql`update vendor_output set failures = failures + 1, fault = ${fault}, failed_at = now() where job_id = ${jobId}
        returning failures`,
  );
  return row?.failures ?? 1;
}
