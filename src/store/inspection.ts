/** Questions by which an operator's check-up judges a database and what has piled up in it. */

import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

const DURABLE = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/** Settings under which an acknowledged row can be lost; none is as it should be. */
export async function unsafeSettings(db: Queryable): Promise<string[]> {
  const found = await rows<{ name: string; setting: string }>(
    db,
    sql`select name, setting from pg_settings where name = any(${[...DURABLE]}::text[]) and setting = 'off' order by name`,
  );
  return found.map(({ name, setting }) => `${name} is ${setting}`);
}

/** The quickest of so many answers tells the time best. */
const CLOCK_LOOKS = 3;

/** By how many milliseconds the database's clock is ahead of `nowMs`, to within half of a round trip. */
export async function clockLeadMs(db: Queryable, nowMs: () => number): Promise<number> {
  let best = { tripMs: Number.POSITIVE_INFINITY, leadMs: 0 };
  for (let look = 0; look < CLOCK_LOOKS; look += 1) {
    const beforeMs = nowMs();
    const row = await firstRow<{ ms: number }>(
      db,
      sql`select (extract(epoch from clock_timestamp()) * 1000)::double precision as ms`,
    );
    const tripMs = nowMs() - beforeMs;
    if (row !== null && tripMs < best.tripMs) best = { tripMs, leadMs: row.ms - (beforeMs + tripMs / 2) };
  }
  return best.leadMs;
}

export type WebhookTrouble = {
  /** Endpoints that were turned off because they failed, and deliveries of the last day that were given up. */
  readonly disabledEndpoints: number;
  readonly failedDeliveries: number;
  /** Deliveries that are an hour late or more. */
  readonly overdueDeliveries: number;
};

export async function webhookTrouble(db: Queryable): Promise<WebhookTrouble> {
  const row = await firstRow<{ disabled: number; failed: number; overdue: number }>(
    db,
    sql`select
          (select count(*)::integer from webhook_endpoint
           where deleted_at is null and state = 'disabled' and disabled_reason <> 'owner') as disabled,
          (select count(*)::integer from delivery
           where state = 'failed' and created_at > now() - interval '1 day') as failed,
          (select count(*)::integer from delivery
           where state = 'pending' and run_at < now() - interval '1 hour') as overdue`,
  );
  return {
    disabledEndpoints: row?.disabled ?? 0,
    failedDeliveries: row?.failed ?? 0,
    overdueDeliveries: row?.overdue ?? 0,
  };
}
