-- What operators say of models: every version as it was written. The last one of a model is in force.

create table model_override (
  version integer primary key generated always as identity,
  -- The id of a built-in model, or of one of the operators' own.
  model text not null,
  -- A merge patch over the built-in row, or a whole row; null: the built-in row as it is. In the order it was written.
  patch json,
  actor text not null,
  note text,
  created_at timestamptz not null default now()
);
create index model_override_of_model on model_override (lower(model), version desc);

create function refuse_override_change() returns trigger language plpgsql as $$
begin
  raise exception 'versions of models are append-only';
end
$$;
create trigger model_override_append_only before update or delete on model_override
  for each row execute function refuse_override_change();

-- The version of the row that the job was made with; null for the built-in one.
alter table job add column model_version integer references model_override (version);
