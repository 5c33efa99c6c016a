-- Webhook endpoints, the secret that signs per-job callbacks, and the deliveries of both.

create table webhook_endpoint (
  id uuid primary key,
  account_id uuid not null references account (id),
  mode text not null check (mode in ('live', 'test')),
  name text not null,
  url text not null,
  host text not null,
  event_types text[] not null check (cardinality(event_types) > 0),
  secret_sealed bytea not null,
  secret_hint text not null,
  -- Signs beside the current secret until its end.
  previous_sealed bytea,
  previous_until timestamptz,
  state text not null default 'enabled' check (state in ('enabled', 'disabled')),
  disabled_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index webhook_endpoint_of_account on webhook_endpoint (account_id, mode) where deleted_at is null;

create table callback_secret (
  account_id uuid not null references account (id),
  mode text not null check (mode in ('live', 'test')),
  secret_sealed bytea not null,
  previous_sealed bytea,
  previous_until timestamptz,
  primary key (account_id, mode)
);

-- Its own queue: `run_at` says when the next try is due and, while a node tries, when that node's lease ends. Every
-- write compares `version`. Without an endpoint it goes to the callback URL of its job.
create table delivery (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  event_id text not null,
  type text not null,
  endpoint_id uuid references webhook_endpoint (id),
  job_id uuid not null references job (id),
  account_id uuid not null,
  mode text not null check (mode in ('live', 'test')),
  url text not null,
  host text not null,
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'cancelled')),
  version integer not null default 1,
  -- Tries since it was made or last sent again by hand.
  attempts integer not null default 0,
  run_at timestamptz not null default now(),
  lease_owner text,
  last_status integer,
  last_error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz
) with (fillfactor = 80);
-- By host, so that one that hangs with many waiting hides nobody else's.
create index delivery_due on delivery (host, run_at) where state = 'pending';
create index delivery_of_endpoint on delivery (endpoint_id, seq desc) where endpoint_id is not null;
create index delivery_of_callbacks on delivery (account_id, mode, seq desc) where endpoint_id is null;
create unique index delivery_once on delivery (event_id, endpoint_id) where endpoint_id is not null;
create unique index delivery_callback_once on delivery (event_id) where endpoint_id is null;
create index delivery_of_job on delivery (job_id);

create table delivery_try (
  id bigint generated always as identity primary key,
  delivery_id uuid not null references delivery (id),
  -- Null where no answer came; then `error` says why.
  status integer,
  error text,
  ms integer not null,
  response text,
  created_at timestamptz not null default now()
);
create index delivery_try_of_delivery on delivery_try (delivery_id, id desc);
