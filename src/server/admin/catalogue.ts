/** Admin routes of the catalogue: what each model's row says, and what operators make of it. */

import { Type } from 'typebox';

import { BUILT_IN } from '../../catalogue/index.ts';
import { documentOf } from '../../catalogue/row-document.ts';
import type { RowFault } from '../../catalogue/row-faults.ts';
import { FailureError } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import { violation } from '../../model/violation.ts';
import type { ModelChange } from '../../engine/live-catalogue.ts';
import { listModelVersions } from '../../store/model-overrides.ts';
import type { ModelVersion } from '../../store/model-overrides.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, pageOf, PageQuery, unknown } from './shapes.ts';

const WHAT = 'model';
const ACTOR = 'admin';

export const Note = Type.Optional(
  Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'a text of 1 to 500 characters' }),
);
const OverrideBody = Exactly({
  override: Type.Object({}, { description: "an object of the row's fields, null for those to be taken away" }),
  note: Note,
});
const Params = Type.Object({ name: Type.String() });
export const VersionQuery = {
  after: Type.Optional(Type.String({ pattern: '^\\d{1,9}$', description: "the 'next' of the page before" })),
  limit: PageQuery.limit,
};

export function installCatalogue(app: TypedApp, deps: ServerDependencies): void {
  app.get('/models', async () => ({ data: idsOf(deps).map((id) => summaryOf(deps, id)), next: null }));

  app.get('/models/:name', { schema: { params: Params } }, async (request) =>
    modelBody(deps, idOf(deps, request.params.name)),
  );

  app.put('/models/:name', { schema: { params: Params, body: OverrideBody } }, async (request) => {
    const { override, note = null } = request.body;
    const patch = override as JsonObject;
    const id = await changeModel(deps, { model: request.params.name, patch: () => patch, note }, request.id);
    return modelBody(deps, id);
  });

  app.delete('/models/:name', { schema: { params: Params } }, async (request, reply) => {
    const id = idOf(deps, request.params.name);
    if ((deps.catalogue.versions().get(id)?.patch ?? null) === null) throw unknown('override');
    await changeModel(deps, { model: id, patch: () => null, note: null }, request.id);
    return reply.code(204).send();
  });

  app.get('/models/:name/versions', { schema: { params: Params, querystring: Exactly(VersionQuery) } }, (request) =>
    versionsPage(deps, idOf(deps, request.params.name), request.query),
  );
}

/** Writes what the operator says and answers the model's own id. Throws `invalid_request` with what is wrong and where. */
export async function changeModel(
  { catalogue, log }: ServerDependencies,
  change: Omit<ModelChange, 'actor'>,
  requestId: string,
): Promise<string> {
  const outcome = await catalogue.change({ ...change, actor: ACTOR });
  if (outcome.kind === 'refused') throw refusal(outcome.faults);
  if (outcome.kind === 'changed') {
    const version = catalogue.versions().get(outcome.id)?.version;
    log.info({ request_id: requestId, model: outcome.id, version }, 'model changed');
  }
  return outcome.id;
}

function refusal(faults: readonly RowFault[]): FailureError {
  return new FailureError({
    kind: 'invalid_request',
    message: faults.map(({ message }) => message).join(' '),
    violations: faults.map(({ path }) => violation('rule', path, null)),
  });
}

/** Of every model, also of those that cannot be offered because of what was said of them. */
function idsOf({ catalogue }: ServerDependencies): readonly string[] {
  return [...catalogue.now().rows.map(({ id }) => id), ...catalogue.faults().keys()];
}

/** The id of the model with this name. Throws `not_found` where there is none, and never was. */
export function idOf({ catalogue }: ServerDependencies, name: string): string {
  const id = catalogue.idOf(name);
  if (id === null) throw unknown(WHAT);
  return id;
}

function summaryOf({ catalogue }: ServerDependencies, id: string) {
  const row = catalogue.now().named(id);
  const last = catalogue.versions().get(id);
  const isOverridden = last !== undefined && last.patch !== null;
  const isBuiltIn = BUILT_IN.named(id) !== null;
  return {
    id,
    label: row?.label ?? null,
    family: row?.family ?? null,
    origin: isOverridden ? (isBuiltIn ? 'overridden' : 'own') : isBuiltIn ? 'built_in' : 'removed',
    version: catalogue.now().versionOf(id),
    providers: [...new Set(row?.servings.map(({ provider }) => provider))],
    priced: row !== null && row.prices.length > 0,
    faults: catalogue.faults().get(id) ?? [],
  };
}

function modelBody(deps: ServerDependencies, id: string) {
  const { catalogue } = deps;
  const row = catalogue.now().named(id);
  const builtIn = BUILT_IN.named(id);
  const last = catalogue.versions().get(id);
  return {
    ...summaryOf(deps, id),
    row: row === null ? null : documentOf(row),
    override: last?.patch ?? null,
    built_in: builtIn === null ? null : documentOf(builtIn),
  };
}

type VersionPage = { readonly after?: string; readonly limit?: string };

/** The newest first. `changed`: the fields that are not as in the version before. */
export async function versionsPage({ db }: ServerDependencies, model: string, { after, ...page }: VersionPage) {
  const { limit } = pageOf(page);
  const before = after === undefined ? null : Number(after);
  const found = await listModelVersions(db, model, before, limit + 1);
  const data = found.slice(0, limit).map((one, at) => versionBody(one, found[at + 1]));
  return { data, next: found.length > limit ? String(data.at(-1)?.version) : null };
}

function versionBody({ version, patch, actor, note, createdAt }: ModelVersion, before: ModelVersion | undefined) {
  const [now, then] = [patch ?? {}, before?.patch ?? {}];
  const fields = [...new Set([...Object.keys(now), ...Object.keys(then)])];
  return {
    version,
    override: patch,
    changed: fields.filter((field) => JSON.stringify(now[field]) !== JSON.stringify(then[field])),
    actor,
    note,
    created_at: createdAt.toISOString(),
  };
}
