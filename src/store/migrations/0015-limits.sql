-- Requests and jobs that a key or an account may have; see docs/decisions/0006.

-- When the requests of a key or an account, of which each minute has so many, will all have come back.
create table request_pace (
  name text primary key,
  full_at timestamptz not null
) with (fillfactor = 50);

alter table account add column limits jsonb not null default '{}';
alter table account add column concurrent_jobs integer
  generated always as ((limits ->> 'concurrent_jobs')::integer) stored;
alter table api_key add column concurrent_jobs integer
  generated always as ((limits ->> 'concurrent_jobs')::integer) stored;

-- Jobs whose key or account is limited are in an index of their own, so that those of others cost nothing.
alter table job add column counted boolean not null default false;
create index job_counted on job (account_id, key_id)
  where counted and state in ('queued', 'submitting', 'running', 'collecting');

-- Whether one more job may be made with the key; null where neither it nor its account is limited. The locks, in the order of
-- all others, make creates of a limited key or account take turns until they commit; each statement of a volatile function sees
-- what was committed before it, so the counts include whoever had the lock before.
create function room_for_job(wanted_key uuid, wanted_account uuid) returns boolean language plpgsql volatile as $$
declare
  most_of_key integer;
  most_of_account integer;
begin
  select api_key.concurrent_jobs, account.concurrent_jobs into most_of_key, most_of_account
  from api_key, account where api_key.id = wanted_key and account.id = wanted_account;
  if most_of_key is null and most_of_account is null then
    return null;
  end if;
  select concurrent_jobs into most_of_key from api_key where id = wanted_key for no key update;
  if most_of_account is not null then
    select concurrent_jobs into most_of_account from account where id = wanted_account for no key update;
  end if;
  return (select (most_of_key is null or count(*) filter (where key_id = wanted_key) < most_of_key)
             and (most_of_account is null or count(*) < most_of_account)
          from job
          where counted and account_id = wanted_account and state in ('queued', 'submitting', 'running', 'collecting'));
end
$$;
