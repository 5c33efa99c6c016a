-- Jobs of one key that are made together need room for all of them; see docs/decisions/0016.
drop function room_for_job(uuid, uuid);

-- Whether so many more jobs may be made with the key; null where neither it nor its account is limited. The locks, in the order of
-- all others, make creates of a limited key or account take turns until they commit; each statement of a volatile function sees
-- what was committed before it, so the counts include whoever had the lock before.
create function room_for_job(wanted_key uuid, wanted_account uuid, wanted integer default 1) returns boolean
language plpgsql volatile as $$
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
  return (select (most_of_key is null or count(*) filter (where key_id = wanted_key) + wanted <= most_of_key)
             and (most_of_account is null or count(*) + wanted <= most_of_account)
          from job
          where counted and account_id = wanted_account and state in ('queued', 'submitting', 'running', 'collecting'));
end
$$;
