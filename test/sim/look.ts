/** The state of the house after a step, in one statement. */

import type { JobState } from '../../src/model/job.ts';
import type { Queryable } from '../../src/store/database.ts';

export type JobView = {
  readonly id: string;
  readonly order: string;
  readonly prompt: string;
  readonly state: JobState;
  readonly version: number;
  readonly dueMs: number;
  readonly owner: string | null;
  readonly waits: boolean;
  readonly channelId: string | null;
  readonly attemptId: string | null;
  readonly holds: number;
  readonly settlements: number;
};

export type AttemptView = {
  readonly id: string;
  readonly jobId: string;
  readonly number: number;
  readonly channelId: string;
  readonly state: 'submitting' | 'accepted' | 'refused' | 'unknown';
  readonly failed: boolean;
  readonly taskId: string | null;
  readonly madeMs: number;
  /** When its late task is looked at again; null if it is not. */
  readonly lateMs: number | null;
  readonly orphan: boolean;
};

export type House = {
  readonly jobs: readonly JobView[];
  /** In the order of their numbers. */
  readonly attempts: readonly AttemptView[];
  /** When the next copy is due; null if none waits. */
  readonly copyMs: number | null;
  /** Ledger transactions whose entries do not sum to zero. */
  readonly unbalanced: number;
  /** Accounts whose balance is not the sum of their entries, or is below zero. */
  readonly wrongBalances: number;
};

export const EMPTY_HOUSE: House = { jobs: [], attempts: [], copyMs: null, unbalanced: 0, wrongBalances: 0 };

const TEXT = `
  select json_build_object(
    'jobs', (select coalesce(json_agg(json_build_object(
        'id', job.id, 'order', job.spec ->> 'user', 'prompt', job.spec ->> 'prompt', 'state', job.state, 'version', job.version,
        'dueMs', extract(epoch from job.run_at) * 1000, 'owner', job.lease_owner, 'waits', job.waits_for is not null,
        'channelId', job.channel_id, 'attemptId', job.attempt_id,
        'holds', coalesce(money.holds, 0), 'settlements', coalesce(money.settlements, 0)) order by job.id), '[]')
      from job left join (
        select job_id, count(*) filter (where kind = 'hold') as holds,
               count(*) filter (where kind in ('capture', 'release')) as settlements
        from ledger_txn group by job_id) as money on money.job_id = job.id),
    'attempts', (select coalesce(json_agg(json_build_object(
        'id', id, 'jobId', job_id, 'number', number, 'channelId', channel_id, 'state', state, 'failed', failure is not null,
        'taskId', task ->> 'id', 'madeMs', extract(epoch from created_at) * 1000,
        'lateMs', extract(epoch from late_check_at) * 1000, 'orphan', orphan_suspected_at is not null) order by number), '[]')
      from attempt),
    'copyMs', (select extract(epoch from min(due_at)) * 1000 from sim.copy_task),
    'unbalanced', (select count(*) from (
        select from ledger_entry group by txn_id having sum(amount_micros) <> 0) as wrong),
    'wrongBalances', (select count(*) from account left join (
        select txn.account_id, sum(amount_micros) filter (where book = 'available') as available,
               sum(amount_micros) filter (where book = 'held') as held
        from ledger_entry entry join ledger_txn txn on txn.id = entry.txn_id group by txn.account_id
      ) as booked on booked.account_id = account.id
      where available_micros <> coalesce(booked.available, 0) or held_micros <> coalesce(booked.held, 0)
         or available_micros < 0 or held_micros < 0)
  ) as house`;

export async function lookAtHouse(db: Queryable): Promise<House> {
  const [row] = await db.query<{ house: House }>(TEXT, [], 'sim_look');
  if (row === undefined) throw new Error('the house cannot be looked at');
  return row.house;
}
