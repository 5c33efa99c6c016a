-- The client's own id of a job, by which some APIs ask for it: unique within an account and mode, kept in the job's spec.
create unique index job_external_id on job (account_id, mode, (spec ->> 'externalId')) where spec ->> 'externalId' is not null;
