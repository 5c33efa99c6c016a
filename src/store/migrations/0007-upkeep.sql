-- What channels cost and may have made again elsewhere, accounts whose books are in doubt, creates under way, and upkeep.

alter table channel
  -- What its vendor charges, where that is not the catalogue's to know: rows of model, unit, micros and when.
  add column costs jsonb not null default '[]',
  -- A job that it accepted and then failed may be made at another channel, if the model's row allows it too.
  add column retry_after_failure boolean not null default false;

-- New live jobs of a frozen account are refused; those it has go on.
alter table account
  add column frozen_at timestamptz,
  add column frozen_because text,
  add constraint account_frozen_because check ((frozen_at is null) = (frozen_because is null));

-- How many rows of the account broke the promise when it was last asked: only more of them freeze the account again.
create table audit_finding (
  promise text not null,
  account_id uuid not null references account (id),
  broken bigint not null,
  found_at timestamptz not null default now(),
  primary key (promise, account_id)
);

-- A create whose files are being fetched, so that its repetition on another node waits for it. Dead with its node.
create table create_claim (
  key_id uuid not null references api_key (id),
  fingerprint bytea not null,
  node text not null,
  created_at timestamptz not null default now(),
  primary key (key_id, fingerprint)
);

-- When a piece of upkeep was last taken on by some node.
create table upkeep (
  name text primary key,
  taken_at timestamptz not null default now()
);

-- An input belongs to the job that was made of it; what belongs to none is swept.
update asset set job_id = job.id
from job, jsonb_array_elements(job.spec -> 'inputs') as input
where asset.kind = 'input' and asset.job_id is null and asset.id = (input ->> 'assetId')::uuid;
create index asset_without_job on asset (created_at) where job_id is null;
