-- Whether the operator lets pictures be made smaller, or of another type, where the channel's vendor would not take them.
alter table channel add column fit_inputs boolean not null default false;
