-- Refunds, what vendors charge us, what is lost to late results, budgets, and the hourly audit.

-- Books: `available` and `held` of the transaction's account; the house's `revenue`, `expense` and `loss`; and two that
-- stand for the world outside: `granted`, the credit that came in, and `payable`, what vendors are owed.
alter table ledger_txn drop constraint ledger_txn_kind_check;
alter table ledger_txn add constraint ledger_txn_kind_check
  check (kind in ('grant', 'hold', 'capture', 'release', 'refund', 'cost', 'loss'));
alter table ledger_entry drop constraint ledger_entry_book_check;
alter table ledger_entry add constraint ledger_entry_book_check
  check (book in ('available', 'held', 'revenue', 'granted', 'expense', 'loss', 'payable'));

alter table ledger_txn
  add column attempt_id uuid references attempt (id),
  -- The caller's Idempotency-Key of a refund.
  add column client_key text;
-- Whoever gives money says who they are and why. Entries from before this rule stand as they are.
alter table ledger_txn add constraint ledger_txn_said_by
  check (kind not in ('grant', 'refund') or (actor is not null and note is not null and btrim(note) <> '')) not valid;
alter table ledger_txn add constraint ledger_txn_of_attempt
  check (kind not in ('cost', 'loss') or (attempt_id is not null and job_id is not null));
-- A vendor's bill for an attempt is booked once, as a cost or as a loss.
create unique index one_cost on ledger_txn (attempt_id) where kind in ('cost', 'loss');
create unique index one_refund_per_key on ledger_txn (job_id, client_key) where kind = 'refund';
create index ledger_losses on ledger_txn (created_at desc, id desc) where kind = 'loss';

alter table job
  add column refunded_micros bigint not null default 0,
  add column refunds integer not null default 0,
  -- The UTC day whose budgets the hold counts against; null for test jobs, which cost nothing.
  add column spend_day date;
alter table job add constraint job_refunded_within_charge
  check (refunded_micros = 0 or (refunded_micros > 0 and refunded_micros <= charge_micros));
alter table job add constraint job_charge_within_hold check (charge_micros <= hold_micros) not valid;
update job set spend_day = (created_at at time zone 'UTC')::date where mode = 'live';

create function month_of(day date) returns date language sql immutable parallel safe
  return make_date(extract(year from day)::integer, extract(month from day)::integer, 1);

-- `spend_day` is the latest day that was counted; beside it what that day and its month came to: charges, and holds
-- still open.
alter table account
  add column budget_daily_micros bigint check (budget_daily_micros >= 0),
  add column budget_monthly_micros bigint check (budget_monthly_micros >= 0),
  add column spend_day date not null default '1970-01-01',
  add column spend_day_micros bigint not null default 0 check (spend_day_micros >= 0),
  add column spend_month_micros bigint not null default 0 check (spend_month_micros >= 0);
alter table api_key
  add column budget_daily_micros bigint
    generated always as (((limits ->> 'budget_daily_usd')::numeric * 1000000)::bigint) stored,
  add column budget_monthly_micros bigint
    generated always as (((limits ->> 'budget_monthly_usd')::numeric * 1000000)::bigint) stored,
  add column spend_day date not null default '1970-01-01',
  add column spend_day_micros bigint not null default 0 check (spend_day_micros >= 0),
  add column spend_month_micros bigint not null default 0 check (spend_month_micros >= 0);

-- Counted at every hold and settlement: room on the page keeps the new version beside the old one.
alter table account set (fillfactor = 70);
alter table api_key set (fillfactor = 70);

with counted as (
  select job.account_id as id, latest.day,
         sum(coalesce(job.charge_micros, job.hold_micros)) filter (where job.spend_day = latest.day) as day_micros,
         sum(coalesce(job.charge_micros, job.hold_micros)) as month_micros
  from job join (select account_id, max(spend_day) as day from job group by account_id) as latest
    on latest.account_id = job.account_id and month_of(job.spend_day) = month_of(latest.day)
  group by job.account_id, latest.day
)
update account
set spend_day = counted.day, spend_day_micros = counted.day_micros, spend_month_micros = counted.month_micros
from counted where account.id = counted.id;
with counted as (
  select job.key_id as id, latest.day,
         sum(coalesce(job.charge_micros, job.hold_micros)) filter (where job.spend_day = latest.day) as day_micros,
         sum(coalesce(job.charge_micros, job.hold_micros)) as month_micros
  from job join (select key_id, max(spend_day) as day from job group by key_id) as latest
    on latest.key_id = job.key_id and month_of(job.spend_day) = month_of(latest.day)
  group by job.key_id, latest.day
)
update api_key
set spend_day = counted.day, spend_day_micros = counted.day_micros, spend_month_micros = counted.month_micros
from counted where api_key.id = counted.id;

-- One row for each hour in which a node took on the audit.
create table audit_run (
  slot timestamptz primary key,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  ok boolean,
  report jsonb
);
