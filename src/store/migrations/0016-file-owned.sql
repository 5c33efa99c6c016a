-- What a configuration file owns: only applying that file may change it. `declared` is what the file said last, without secrets.
create table file_owned (
  kind text not null,
  id text not null,
  name text not null,
  file text not null,
  declared jsonb not null,
  -- Tells whether a secret in the file has changed, and nothing else about it.
  secret_digest text,
  applied_at timestamptz not null default now(),
  primary key (kind, id)
);
