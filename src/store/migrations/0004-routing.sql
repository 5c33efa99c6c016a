-- Credentials of channels in versions, limits that hold across nodes, and who is next for a place at a channel.

create table channel_credential (
  id uuid primary key,
  channel_id uuid not null references channel (id),
  sealed bytea not null,
  tail text,
  position integer not null,
  state text not null default 'enabled' check (state in ('enabled', 'disabled', 'retired')),
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  check ((state = 'retired') = (retired_at is not null))
);
create unique index channel_credential_place on channel_credential (channel_id, position) where state <> 'retired';

-- A credential that was stored in its channel's row was sealed for that row, and keeps the row's id to say so.
insert into channel_credential (id, channel_id, sealed, position) select id, id, credential_sealed, 0 from channel;
alter table channel drop column credential_sealed;

-- The credential an attempt began with is the one its task is checked, found and cancelled with, whatever the channel uses
-- by then. `explanation` says which channels were candidates and why each was or was not chosen.
alter table attempt
  add column credential_id uuid references channel_credential (id),
  add column explanation jsonb not null default '[]';
update attempt set credential_id = channel_id;
alter table attempt alter column credential_id set not null;

-- True if one more job may be with the channel; the row's lock makes the callers take turns until they commit. Each statement of
-- a volatile function sees what was committed before it, so the count includes whoever had the lock before.
create function channel_has_room(wanted uuid) returns boolean language plpgsql volatile as $$
declare
  most integer;
begin
  select max_concurrency into most from channel where id = wanted;
  if most is null then
    return true;
  end if;
  select max_concurrency into most from channel where id = wanted for no key update;
  return most is null
    or (select count(*) from job where channel_id = wanted and state in ('submitting', 'running')) < most;
end
$$;

-- When the channel's next call, and its next look at a running job, would be due if they were spread evenly; see docs/decisions/0006.
create table channel_pace (
  channel_id uuid primary key references channel (id),
  next_at timestamptz not null,
  next_look_at timestamptz not null
) with (fillfactor = 50);

-- When an account's job was last called from among those that wait for a channel: who was served longest ago is next.
create table channel_turn (
  channel_id uuid not null references channel (id),
  account_id uuid not null references account (id),
  called_at timestamptz not null,
  primary key (channel_id, account_id)
) with (fillfactor = 80);

-- The channels that a queued job waits for a place at; null once it was called, to the channel in `called_to`.
alter table job
  add column off_peak boolean not null generated always as (coalesce((spec ->> 'offPeak')::boolean, false)) stored,
  add column waits_for uuid[],
  add column called_to uuid;
create index job_called on job (called_to) where state = 'queued' and called_to is not null;
create index job_waiting on job using gin (waits_for) with (fastupdate = off)
  where state = 'queued' and waits_for is not null;
