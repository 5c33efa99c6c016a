-- Every claim and every check writes into each index of `run_at`; claims go by channel, or by what is queued.
drop index job_due;
