-- How long what an account has is kept, where that differs from the server's settings: days by kind.
alter table account add column retention jsonb not null default '{}';

-- When the content of a deleted job went: what is left of it is what the ledger and the audit need.
alter table job add column emptied_at timestamptz;
create index job_to_empty on job (deleted_at) where deleted_at is not null and emptied_at is null;

create index asset_age on asset (account_id, created_at) where deleted_at is null and job_id is not null;
create index asset_deleted on asset (deleted_at) where deleted_at is not null;
-- Small, and next to no work for the writers: rows lie about in the order they were made.
create index event_age on event using brin (created_at);
create index delivery_age on delivery using brin (created_at);

-- Smaller than every id that is made from then on.
create function first_id_at(moment timestamptz) returns uuid language sql immutable parallel safe
  return rpad(lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;
