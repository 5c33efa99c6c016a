-- How many Reelgates a job's create came through: a channel that leads back here would else make jobs for ever.
alter table job add column hops smallint not null default 0;
