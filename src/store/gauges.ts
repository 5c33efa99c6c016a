/** What is true of the whole installation at one moment, for operators: a few statements, each bounded by what is unfinished. */

import type { Micros } from '../model/money.ts';
import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

export type Unfinished = {
  readonly state: string;
  readonly model: string;
  /** Null while no vendor was chosen. */
  readonly provider: string | null;
  readonly jobs: number;
};

export type Snapshot = {
  readonly unfinished: readonly Unfinished[];
  /** Of the oldest job that is queued, and of the one that is due longest; 0 where there is none. */
  readonly queueAgeSeconds: number;
  readonly overdueSeconds: number;
  readonly holds: number;
  readonly availableMicros: Micros;
  readonly heldMicros: Micros;
  readonly frozenAccounts: number;
  readonly pendingWebhooks: number;
  readonly webhookAgeSeconds: number;
  readonly failingCollects: number;
  readonly suspectedOrphans: number;
  readonly lateSuccesses: number;
  readonly nodes: number;
  readonly auditOk: boolean | null;
  readonly auditAgeSeconds: number | null;
  /** Micro-USD as text by book, as the last audit found them. */
  readonly books: Readonly<Record<string, string>>;
};

/** Longer than a few heartbeats. */
const NODE_SEEN_SECONDS = 15;
/** Pending deliveries and loose ends are counted up to here. */
const MOST = 100_000;

type FiguresRow = {
  queue_age: number;
  overdue: number;
  available_micros: Micros;
  held_micros: Micros;
  frozen: number;
  pending: number;
  webhook_age: number;
  failing: number;
  orphans: number;
  late: number;
  nodes: number;
};

/** Throws if the database does not answer. */
export async function readSnapshot(db: Queryable): Promise<Snapshot> {
  const unfinished = await rows<Unfinished & { holds: number }>(db, UNFINISHED);
  const figures = await firstRow<FiguresRow>(db, FIGURES);
  const audit = await firstRow<{ ok: boolean; age: number; books: Record<string, string> | null }>(db, LAST_AUDIT);
  if (figures === null) throw new Error('a statement that always has a row had none');
  return {
    unfinished: unfinished.map(({ state, model, provider, jobs }) => ({ state, model, provider, jobs })),
    holds: unfinished.reduce((sum, row) => sum + row.holds, 0),
    queueAgeSeconds: figures.queue_age,
    overdueSeconds: figures.overdue,
    availableMicros: BigInt(figures.available_micros),
    heldMicros: BigInt(figures.held_micros),
    frozenAccounts: figures.frozen,
    pendingWebhooks: figures.pending,
    webhookAgeSeconds: figures.webhook_age,
    failingCollects: figures.failing,
    suspectedOrphans: figures.orphans,
    lateSuccesses: figures.late,
    nodes: figures.nodes,
    auditOk: audit?.ok ?? null,
    auditAgeSeconds: audit?.age ?? null,
    books: audit?.books ?? {},
  };
}

/** In two parts, since each has an index of its own. */
const UNFINISHED = sql`
  select state, model, provider, count(*)::integer as jobs, (count(*) filter (where hold_micros > 0))::integer as holds
  from (
    select state, model, hold_micros, null::text as provider from job where state = 'queued'
    union all
    select job.state, job.model, job.hold_micros, channel.provider
    from job join channel on channel.id = job.channel_id where job.state in ('submitting', 'running', 'collecting')
  ) as unfinished
  group by state, model, provider`;

const FIGURES = sql`
  select
    coalesce((select extract(epoch from now() - min(created_at)) from job where state = 'queued'), 0)::double precision
      as queue_age,
    coalesce(greatest(0, (
      select extract(epoch from now() - min(run_at)) from (
        (select run_at from job where state = 'queued' order by run_at limit 1)
        union all
        (select due.run_at from channel cross join lateral (
           select run_at from job where channel_id = channel.id and state in ('submitting', 'running', 'collecting')
           order by run_at limit 1) as due)
      ) as next)), 0)::double precision as overdue,
    account.*,
    pending.*,
    (select count(*)::integer from vendor_output join job on job.id = job_id where failures > 0 and job.state = 'collecting')
      as failing,
    loose.*,
    (select count(*)::integer from node where seen_at > now() - ${NODE_SEEN_SECONDS} * interval '1 second') as nodes
  from
    (select coalesce(sum(available_micros), 0)::bigint as available_micros, coalesce(sum(held_micros), 0)::bigint as held_micros,
            (count(*) filter (where frozen_at is not null))::integer as frozen from account) as account,
    (select count(*)::integer as pending, coalesce(extract(epoch from now() - min(created_at)), 0)::double precision as webhook_age
     from (select created_at from delivery where state = 'pending' limit ${MOST}) as waiting) as pending,
    (select (count(*) filter (where orphan_suspected_at is not null))::integer as orphans,
            (count(*) filter (where late_success_at is not null))::integer as late
     from (select orphan_suspected_at, late_success_at from attempt
           where orphan_suspected_at is not null or late_success_at is not null limit ${MOST}) as ends) as loose`;

const LAST_AUDIT = sql`
  select ok, extract(epoch from now() - finished_at)::double precision as age, report -> 'books' as books
  from audit_run where finished_at is not null order by slot desc limit 1`;
