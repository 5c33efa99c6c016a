-- Whether the body is already in the words of the API that the job came through; written before the first try.
alter table delivery add column own_body boolean not null default false;
