-- Checking running jobs, lost answers, vendors' callbacks, copies of finished videos, and how long models take.

-- A callback that came while a node was working on the job: what that node writes next makes the job due at once.
alter table job add column called_back boolean not null default false;

-- Claims go channel by channel, so that the due jobs of one that hangs are not in the way of the others'.
create index job_due_on_channel on job (channel_id, run_at) where state in ('submitting', 'running', 'collecting');
drop index job_on_channel;
create index job_queued_due on job (run_at) where state = 'queued';

alter table attempt
  -- The vendor called back with this attempt's own address, or refused its token as already used: it has the task.
  add column called_back_at timestamptz,
  add column proven_at timestamptz,
  -- The task that a callback or a late answer named; believed once the vendor answers for it.
  add column hinted_task jsonb,
  -- After its job has expired: when the task is looked at again, until when, and how often it was.
  add column late_check_at timestamptz,
  add column late_until timestamptz,
  add column late_checks integer not null default 0,
  -- What the operator should know of: a task that may exist unpaid for, and one that succeeded after its job had expired.
  add column orphan_suspected_at timestamptz,
  add column late_success_at timestamptz;
create index attempt_late on attempt (late_check_at) where late_check_at is not null;
create index attempt_for_operator on attempt (id desc)
  where orphan_suspected_at is not null or late_success_at is not null;
create index attempt_unresolved on attempt (channel_id) where state in ('submitting', 'unknown');
create index attempt_task on attempt (channel_id, (task ->> 'id')) where task is not null;

-- Where a vendor keeps a finished video, until it is copied.
create table vendor_output (
  job_id uuid primary key references job (id),
  source jsonb not null,
  usage jsonb not null,
  -- Copies that failed, and the last one's fault in words.
  failures integer not null default 0,
  fault text,
  failed_at timestamptz,
  updated_at timestamptz not null default now()
);

-- How long each model took lately, from accepted to finished, newest last.
create table learned_duration (
  provider text not null,
  model text not null,
  mode text not null,
  samples_ms integer[] not null,
  updated_at timestamptz not null default now(),
  primary key (provider, model, mode)
);
