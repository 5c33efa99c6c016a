-- What the clients of asynchronous work need: creates that can be repeated safely, and events that can be followed.

-- An `Idempotency-Key` that made a job. Written in the statement that makes the job, so that a key never makes two.
create table idempotency (
  account_id uuid not null references account (id),
  mode text not null check (mode in ('live', 'test')),
  key text not null,
  fingerprint bytea not null,
  job_id uuid not null references job (id),
  created_at timestamptz not null default now(),
  primary key (account_id, mode, key)
);
create index idempotency_age on idempotency (created_at);

-- A digest of the request the job was made from: finds the job when a client library sends the same create again.
alter table job add column fingerprint bytea;
create index job_by_fingerprint on job (key_id, fingerprint, id desc) where fingerprint is not null;

-- `seq` is drawn before the commit, so a smaller one may appear later. Once every transaction older than some point has
-- ended, no event below that point can appear any more: readers follow (tx, seq) up to there and miss nothing.
alter table event add column tx xid8 not null default pg_current_xact_id();
create index event_in_order on event (tx, seq);
create index event_of_account on event (account_id, tx, seq);
