/**
 * The questions of the audit: each asks for rows that must not exist. They join whole tables, and look nothing up once per row: an
 * index only for them would cost every create, and without one the time would grow with the square of the ledger.
 */

import type { VideoFacts } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Queryable } from './database.ts';
import { readPrice } from './prices.ts';
import type { PriceJson } from './prices.ts';
import { rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

export type AuditQuestion = {
  readonly name: string;
  readonly promise: string;
  /** Whose ids the subjects are, where breaking the promise puts the books of their account in doubt; else null. */
  readonly freezes: keyof typeof OWNERS | null;
  readonly broken: Sql;
};

/** Rows shown per broken promise, and accounts concerned. */
export const MAX_EXAMPLES = 20;
const MAX_ACCOUNTS = 1_000;
/** Far beyond the longest submit call and the time in which a dead node's jobs are taken over. */
const UNANSWERED_MINUTES = 10;

const UNFINISHED = sql`('queued', 'submitting', 'running', 'collecting')`;
const FINISHED = sql`('succeeded', 'failed', 'cancelled', 'expired')`;

/** What a job counts against budgets. */
const SPENT = sql`coalesce(job.charge_micros, job.hold_micros)`;

/** The account of each id. */
const OWNERS = {
  account: sql`select id, id as account_id from account`,
  key: sql`select id, account_id from api_key`,
  job: sql`select id, account_id from job`,
  transaction: sql`select id, account_id from ledger_txn`,
} as const;

export const AUDIT_QUESTIONS: readonly AuditQuestion[] = [
  {
    name: 'transactions_balance',
    promise: 'the entries of each ledger transaction sum to zero',
    freezes: 'transaction',
    broken: sql`select txn_id::text as subject, sum(amount_micros)::text as found from ledger_entry group by txn_id having sum(amount_micros) <> 0`,
  },
  {
    name: 'entries_fit_their_kind',
    promise: 'each kind of ledger transaction moves money between its own books, in its own direction',
    freezes: 'transaction',
    broken: sql`
      select txn.id::text as subject, txn.kind || ' of ' || entry.amount_micros || ' in ' || entry.book as found
      from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id
      where not exists (
        select from (values
          ('grant', 'granted', -1), ('grant', 'available', 1),
          ('hold', 'available', -1), ('hold', 'held', 1),
          ('capture', 'held', -1), ('capture', 'available', 1), ('capture', 'revenue', 1),
          ('release', 'held', -1), ('release', 'available', 1),
          ('refund', 'revenue', -1), ('refund', 'available', 1),
          ('cost', 'expense', 1), ('cost', 'payable', -1),
          ('loss', 'loss', 1), ('loss', 'payable', -1)
        ) as rule (kind, book, direction)
        where rule.kind = txn.kind and rule.book = entry.book and rule.direction = sign(entry.amount_micros))`,
  },
  {
    name: 'balances_match_entries',
    promise: "each account's available and held amounts are the sums of its entries",
    freezes: 'account',
    broken: sql`
      select account.id::text as subject,
             account.available_micros || '/' || account.held_micros || ' but entries say ' ||
             coalesce(sum(amount_micros) filter (where book = 'available'), 0) || '/' ||
             coalesce(sum(amount_micros) filter (where book = 'held'), 0) as found
      from account
      left join ledger_txn txn on txn.account_id = account.id
      left join ledger_entry entry on entry.txn_id = txn.id
      group by account.id
      having account.available_micros <> coalesce(sum(amount_micros) filter (where book = 'available'), 0)
          or account.held_micros <> coalesce(sum(amount_micros) filter (where book = 'held'), 0)`,
  },
  {
    name: 'nothing_is_negative',
    promise: 'no account has less than nothing available or held',
    freezes: 'account',
    broken: sql`
      select id::text as subject, available_micros || '/' || held_micros as found
      from account where available_micros < 0 or held_micros < 0`,
  },
  {
    name: 'books_close',
    promise: 'all credit ever granted is available, held or revenue, and all that vendors are owed is expense or loss',
    freezes: null,
    broken: sql`
      select side.subject, side.difference::text as found
      from (
        select coalesce(sum(amount_micros) filter (where book = 'granted'), 0)
                 + coalesce(sum(amount_micros) filter (where book = 'revenue'), 0)
                 + (select coalesce(sum(available_micros + held_micros), 0) from account) as credit,
               coalesce(sum(amount_micros) filter (where book in ('payable', 'expense', 'loss')), 0) as bills
        from ledger_entry
      ) as total, lateral (values ('credit', total.credit), ('bills', total.bills)) as side (subject, difference)
      where side.difference <> 0`,
  },
  {
    name: 'held_is_open_holds',
    promise: "what an account holds is the sum of its unfinished live jobs' holds",
    freezes: 'account',
    broken: sql`
      select account.id::text as subject, account.held_micros || ' but open jobs hold ' || coalesce(sum(job.hold_micros), 0) as found
      from account
      left join job on job.account_id = account.id and job.mode = 'live' and job.state in ${UNFINISHED}
      group by account.id
      having account.held_micros <> coalesce(sum(job.hold_micros), 0)`,
  },
  {
    name: 'one_hold_per_live_job',
    promise: 'each live job has exactly one hold, of the amount on the job',
    freezes: 'job',
    broken: sql`
      select job.id::text as subject, coalesce(-sum(entry.amount_micros), 0)::text as found
      from job
      left join ledger_txn txn on txn.job_id = job.id and txn.kind = 'hold'
      left join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'available'
      where job.mode = 'live'
      group by job.id, job.hold_micros
      having count(distinct txn.id) <> 1 or coalesce(-sum(entry.amount_micros), 0) <> job.hold_micros`,
  },
  {
    name: 'one_settlement_per_finished_job',
    promise:
      'each live job that succeeded has one capture, each that ended otherwise one release, and no unfinished one any',
    freezes: 'job',
    broken: sql`
      select job.id::text as subject,
             job.state || ' with ' || coalesce(string_agg(txn.kind, ', ' order by txn.kind), 'no settlement') as found
      from job left join ledger_txn txn on txn.job_id = job.id and txn.kind in ('capture', 'release')
      where job.mode = 'live'
      group by job.id, job.state
      having coalesce(string_agg(txn.kind, ','), '')
        <> case when job.state = 'succeeded' then 'capture' when job.state in ${FINISHED} then 'release' else '' end`,
  },
  {
    name: 'captures_match_charges',
    promise: 'a job is charged what its capture booked, never more than its hold, and nothing unless it succeeded',
    freezes: 'job',
    broken: sql`
      select job.id::text as subject, coalesce(job.charge_micros::text, 'nothing') || ' charged of ' || job.hold_micros as found
      from job
      left join ledger_txn txn on txn.job_id = job.id and txn.kind = 'capture'
      left join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'revenue'
      where job.mode = 'live'
        and ((job.charge_micros is null) <> (job.state in ${UNFINISHED})
             or job.charge_micros > job.hold_micros
             or coalesce(job.charge_micros, 0) <> coalesce(entry.amount_micros, 0)
             or (job.charge_micros <> 0 and job.state <> 'succeeded'))`,
  },
  {
    name: 'refunds_match_charges',
    promise: 'what was refunded of a job is what its refunds booked, each with its event, never more than its charge',
    freezes: 'job',
    broken: sql`
      select job.id::text as subject,
             job.refunded_micros || ' in ' || job.refunds || ' refunds, booked ' || coalesce(refund.micros, 0) || ' in '
               || coalesce(refund.count, 0) || ', told ' || coalesce(told.count, 0) as found
      from job
      left join (select txn.job_id, sum(entry.amount_micros) as micros, count(*) as count
                 from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'available'
                 where txn.kind = 'refund' group by txn.job_id) as refund on refund.job_id = job.id
      left join (select job_id, count(*) as count from event where type = 'refunded' group by job_id) as told
        on told.job_id = job.id
      where job.refunded_micros <> coalesce(refund.micros, 0)
         or job.refunds <> coalesce(refund.count, 0)
         or job.refunds <> coalesce(told.count, 0)
         or job.refunded_micros > coalesce(job.charge_micros, 0)`,
  },
  {
    name: 'statuses_have_movements',
    promise: 'no event tells of an end, a refund or a late result that the job and the ledger do not know',
    freezes: 'job',
    broken: sql`
      select event.job_id::text as subject, event.type || ' was told of a job that is ' || job.state as found
      from event
      join job on job.id = event.job_id
      left join (select distinct job_id from attempt where late_success_at is not null) as late on late.job_id = job.id
      left join (select distinct job_id from ledger_txn where kind in ('loss', 'cost')) as bill on bill.job_id = job.id
      where (event.type in ${FINISHED} and event.type <> job.state)
         or (event.type = 'late_success' and (late.job_id is null or (job.mode = 'live' and bill.job_id is null)))`,
  },
  {
    name: 'tasks_belong_to_one_attempt',
    promise: "no vendor's task is claimed by two attempts",
    freezes: null,
    broken: sql`
      select min(job_id::text) as subject, count(*) || ' attempts have task ' || (task ->> 'id') as found
      from attempt where task is not null group by channel_id, task ->> 'id' having count(*) > 1`,
  },
  {
    name: 'no_blind_second_submit',
    promise:
      'no job is submitted again unless each submit before was refused, or accepted and then failed by the vendor',
    freezes: null,
    broken: sql`
      select earlier.job_id::text as subject, 'attempt ' || later.number || ' after one that is ' || earlier.state as found
      from attempt earlier
      join attempt later on later.job_id = earlier.job_id and later.number = earlier.number + 1
      where earlier.state in ('submitting', 'unknown') or (earlier.state = 'accepted' and earlier.failure is null)`,
  },
  {
    name: 'bills_are_booked_once',
    promise:
      "each bill is for a live job's own attempt, a job is bought at most once besides what vendors failed, and a late result is a loss",
    freezes: 'job',
    broken: sql`
      select job_id::text as subject, kind || ' of attempt ' || attempt_id as found
      from (
        select txn.job_id, txn.kind, txn.attempt_id, job.mode, attempt.state, attempt.late_success_at,
               txn.kind = 'cost' and attempt.failure is null as is_purchase,
               count(*) filter (where txn.kind = 'cost' and attempt.failure is null) over (partition by txn.job_id) as purchases
        from ledger_txn txn
        join job on job.id = txn.job_id
        left join attempt on attempt.id = txn.attempt_id and attempt.job_id = txn.job_id
        where txn.kind in ('cost', 'loss')
      ) as bill
      where state is null or mode <> 'live'
         or (kind = 'cost' and state <> 'accepted')
         or (kind = 'loss' and late_success_at is null)
         or (is_purchase and purchases > 1)`,
  },
  {
    name: 'no_attempt_is_forgotten',
    promise: 'a submit without an answer is being looked into, or is on record as unknown',
    freezes: null,
    broken: sql`
      select job.id::text as subject, 'submitting since ' || attempt.created_at || ', job ' || job.state as found
      from attempt join job on job.id = attempt.job_id
      where attempt.state = 'submitting' and attempt.created_at < now() - ${UNANSWERED_MINUTES} * interval '1 minute'
        and (job.state <> 'submitting' or job.attempt_id <> attempt.id
             or job.run_at < now() - ${UNANSWERED_MINUTES} * interval '1 minute')`,
  },
  {
    name: 'account_spend_matches_jobs',
    promise: "what counts against an account's budgets is what its jobs of that day and month cost or hold",
    freezes: 'account',
    broken: spendQuestion(sql`account`, sql`job.account_id`),
  },
  {
    name: 'key_spend_matches_jobs',
    promise: "what counts against a key's budgets is what its jobs of that day and month cost or hold",
    freezes: 'key',
    broken: spendQuestion(sql`api_key`, sql`job.key_id`),
  },
  {
    name: 'test_jobs_are_free',
    promise: 'a test job holds and moves no money',
    freezes: 'job',
    broken: sql`
      select distinct job.id::text as subject, 'has money' as found
      from job left join ledger_txn txn on txn.job_id = job.id
      where job.mode = 'test' and (job.hold_micros <> 0 or txn.id is not null)`,
  },
];

function spendQuestion(table: Sql, owner: Sql): Sql {
  return sql`
    select counter.id::text as subject,
           counter.spend_day_micros || '/' || counter.spend_month_micros || ' but jobs say ' ||
           coalesce(sum(${SPENT}) filter (where job.spend_day = counter.spend_day), 0) || '/' || coalesce(sum(${SPENT}), 0) as found
    from ${table} as counter
    left join job on ${owner} = counter.id and job.spend_day between month_of(counter.spend_day) and counter.spend_day
    group by counter.id
    having counter.spend_day_micros <> coalesce(sum(${SPENT}) filter (where job.spend_day = counter.spend_day), 0)
        or counter.spend_month_micros <> coalesce(sum(${SPENT}), 0)`;
}

/**
 * Up to twenty rows that break the promise; none means it holds. Planned for all rows: with the limit alone PostgreSQL would choose
 * what finds the first rows soon, and there are none.
 */
export function findBroken(db: Queryable, question: AuditQuestion): Promise<{ subject: string; found: string }[]> {
  return rows(db, sql`with broken as materialized (${question.broken}) select * from broken limit ${MAX_EXAMPLES}`);
}

/** How many rows of which account break the promise. */
export async function countBroken(
  db: Queryable,
  question: AuditQuestion,
): Promise<{ readonly id: string; readonly broken: number }[]> {
  if (question.freezes === null) return [];
  const statement = sql`
    select owner.account_id as id, count(*)::integer as broken
    from (${question.broken}) as broken join (${OWNERS[question.freezes]}) as owner on owner.id = broken.subject::uuid
    group by owner.account_id order by owner.account_id limit ${MAX_ACCOUNTS}`;
  return rows(db, statement);
}

/** What is in each book of the ledger, as micro-USD in text. */
export async function sumBooks(db: Queryable): Promise<Readonly<Record<string, string>>> {
  const statement = sql`select book, sum(amount_micros)::text as micros from ledger_entry group by book`;
  const found = await rows<{ book: string; micros: string }>(db, statement);
  return Object.fromEntries(found.map(({ book, micros }) => [book, micros]));
}

/** A charged job with all that its charge is computed from. */
export type ChargedJob = {
  readonly id: string;
  readonly accountId: string;
  readonly spec: VideoSpec;
  readonly price: PriceSnapshot;
  readonly quoteMicros: Micros;
  readonly chargeMicros: Micros;
  readonly facts: VideoFacts | null;
};

type ChargedRow = {
  id: string;
  account_id: string;
  spec: VideoSpec;
  price: PriceJson<PriceSnapshot>;
  quote_micros: Micros;
  charge_micros: Micros;
  facts: VideoFacts | null;
};

/** One page in the order of ids, which is that of creation. */
export async function listCharged(db: Queryable, after: string | null, limit: number): Promise<ChargedJob[]> {
  const statement = sql`
    select id, account_id, spec, price, quote_micros, charge_micros, facts from job
    where mode = 'live' and state = 'succeeded' and price is not null and quote_micros is not null
      and (${after}::uuid is null or id > ${after})
    order by id limit ${limit}`;
  return (await rows<ChargedRow>(db, statement)).map((row) => ({
    id: row.id,
    accountId: row.account_id,
    spec: row.spec,
    price: readPrice<PriceSnapshot>(row.price),
    quoteMicros: row.quote_micros,
    chargeMicros: row.charge_micros,
    facts: row.facts,
  }));
}
