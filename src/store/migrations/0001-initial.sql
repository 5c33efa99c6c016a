-- Accounts, keys, channels, jobs and their attempts, events, assets, and the ledger.
-- Times are the database's. Money is integer micro-USD.

create table account (
  id uuid primary key,
  name text not null,
  available_micros bigint not null default 0 check (available_micros >= 0),
  held_micros bigint not null default 0 check (held_micros >= 0),
  created_at timestamptz not null default now()
);

create table api_key (
  id uuid primary key,
  account_id uuid not null references account (id),
  name text not null,
  mode text not null check (mode in ('live', 'test')),
  digest bytea not null unique,
  prefix text not null,
  tail text not null,
  models text[],
  allowed_ips text[],
  limits jsonb not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

create table channel (
  id uuid primary key,
  name text not null,
  provider text not null,
  mode text not null check (mode in ('live', 'test')),
  base_url text,
  credential_sealed bytea not null,
  models text[],
  model_map jsonb not null default '{}',
  priority integer not null default 0,
  weight integer not null default 1 check (weight > 0),
  max_concurrency integer check (max_concurrency > 0),
  requests_per_minute integer check (requests_per_minute > 0),
  state text not null default 'enabled' check (state in ('enabled', 'draining', 'disabled')),
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index channel_name on channel (lower(name)) where deleted_at is null;

-- The job row is its own queue entry: `run_at` says when it is next due, and while a node works on it, when its
-- lease ends. Every write compares `version`, so a node whose lease was taken over changes nothing.
create table job (
  id uuid primary key,
  account_id uuid not null references account (id),
  key_id uuid not null references api_key (id),
  mode text not null check (mode in ('live', 'test')),
  dialect text not null,
  state text not null check (state in
    ('queued', 'submitting', 'running', 'collecting', 'succeeded', 'failed', 'cancelled', 'expired')),
  version integer not null default 1,
  model text not null,
  spec jsonb not null,
  notes jsonb not null,
  price jsonb,
  progress smallint not null default 0 check (progress between 0 and 100),
  failure jsonb,
  quote_micros bigint check (quote_micros >= 0),
  hold_micros bigint not null default 0 check (hold_micros >= 0),
  charge_micros bigint check (charge_micros >= 0),
  facts jsonb,
  outputs jsonb,
  channel_id uuid references channel (id),
  attempt_id uuid,
  attempts integer not null default 0,
  checks integer not null default 0,
  silent_checks integer not null default 0,
  run_at timestamptz not null,
  lease_owner text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  completed_at timestamptz,
  deadline_at timestamptz not null,
  deleted_at timestamptz
) with (fillfactor = 80);
create index job_due on job (run_at) where state in ('queued', 'submitting', 'running', 'collecting');
create index job_of_account on job (account_id, mode, id desc) where deleted_at is null;
create index job_leased on job (lease_owner) where lease_owner is not null;
create index job_on_channel on job (channel_id) where state in ('submitting', 'running', 'collecting');

-- Processes that share this database. One that is not seen for a while is dead, and its leases are free.
create table node (
  id text primary key,
  seen_at timestamptz not null default now()
);

-- Written before any call leaves. Its id is the token that the vendor is given.
create table attempt (
  id uuid primary key,
  job_id uuid not null references job (id),
  number integer not null,
  channel_id uuid not null references channel (id),
  state text not null check (state in ('submitting', 'accepted', 'refused', 'unknown')),
  task jsonb,
  failure jsonb,
  created_at timestamptz not null default now(),
  answered_at timestamptz,
  unique (job_id, number)
);

create table event (
  seq bigint generated always as identity primary key,
  job_id uuid not null references job (id),
  account_id uuid not null,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default now()
);
create index event_of_job on event (job_id, seq);

create table asset (
  id uuid primary key,
  account_id uuid not null references account (id),
  job_id uuid,
  kind text not null check (kind in ('input', 'video', 'thumbnail', 'spritesheet')),
  sha256 text not null,
  mime text not null,
  bytes bigint not null,
  width integer,
  height integer,
  duration_ms integer,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index asset_of_job on asset (job_id);
create index asset_blob on asset (sha256) where deleted_at is null;

create table ledger_txn (
  id uuid primary key default gen_random_uuid(),
  op_key text not null unique,
  kind text not null check (kind in ('grant', 'hold', 'capture', 'release')),
  account_id uuid not null references account (id),
  job_id uuid,
  note text,
  actor text,
  created_at timestamptz not null default now()
);
create unique index one_hold on ledger_txn (job_id) where kind = 'hold';
create unique index one_resolution on ledger_txn (job_id) where kind in ('capture', 'release');

-- Books: `available` and `held` of the transaction's account, and the house's `revenue` and `granted`.
create table ledger_entry (
  txn_id uuid not null references ledger_txn (id) deferrable initially deferred,
  book text not null check (book in ('available', 'held', 'revenue', 'granted')),
  amount_micros bigint not null check (amount_micros <> 0),
  primary key (txn_id, book)
);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only';
end
$$;
create trigger ledger_txn_append_only before update or delete on ledger_txn
  for each row execute function refuse_ledger_change();
create trigger ledger_entry_append_only before update or delete on ledger_entry
  for each row execute function refuse_ledger_change();

-- Facts about this installation, such as the digest of the admin key.
create table setting (
  name text primary key,
  value jsonb not null
);
