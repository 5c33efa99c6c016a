/** Admin routes of API keys. The key itself is in the answer to its creation and nowhere else. */

import { Type } from 'typebox';
import type { Static } from 'typebox';

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isUuid } from '../../model/id.ts';
import { formatUsd } from '../../model/money.ts';
import { keyHints, newKey } from '../../secrets.ts';
import {
  countJobsUnderWay,
  insertKey,
  listKeys,
  readAccount,
  readKey,
  revokeKey,
  updateKey,
} from '../../store/accounts.ts';
import type { ApiKey, KeyLimits } from '../../store/accounts.ts';
import type { Auth } from '../auth.ts';
import { isAddressRule } from '../client-address.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { Budget, budgetOf } from './budgets.ts';
import { LIMIT_WORDS, LimitFields } from './limit-fields.ts';
import { checkModels, Models } from './models.ts';
import { Exactly, Id, idIn, Name, Nullable, pageBody, pageOf, PageQuery, refused, unknown } from './shapes.ts';
import { newId } from '../../new-id.ts';

const WHAT = 'key';
const MAX_RULES = 100;

const Time = Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d' });
const Rules = Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: MAX_RULES });
const Limits = Exactly({
  ...LimitFields,
  budget_daily_usd: Type.Optional(Budget),
  budget_monthly_usd: Type.Optional(Budget),
});

/** What can be changed later. */
const settings = {
  models: Type.Optional(Nullable(Models, 'a list of model names')),
  expires_at: Type.Optional(Nullable(Time, 'a time such as 2027-01-31T12:00:00Z')),
  allowed_ips: Type.Optional(
    Nullable(Rules, `a list of 1 to ${MAX_RULES} addresses or networks such as 203.0.113.0/24`),
  ),
  limits: Type.Optional(Nullable(Limits, `${LIMIT_WORDS}, budget_daily_usd, budget_monthly_usd`)),
};
const NewKey = Exactly({
  account_id: Id,
  name: Name,
  mode: Type.Union([Type.Literal('live'), Type.Literal('test')], { description: "'live' or 'test'" }),
  ...settings,
});
export const KeyChange = Exactly({ name: Type.Optional(Name), ...settings });
const KeyQuery = Exactly({ ...PageQuery, account_id: Type.Optional(Id) });
const Params = Type.Object({ id: Type.String() });

export function installKeys(app: TypedApp, deps: ServerDependencies, auth: Auth): void {
  const { db, log } = deps;

  app.post('/keys', { schema: { body: NewKey } }, async (request, reply) => {
    const { account_id: accountId, name, mode } = request.body;
    if (!isUuid(accountId) || (await readAccount(db, accountId)) === null) {
      throw refused('account_id', "'account_id' names no account.");
    }
    const key = newKey(mode);
    const id = newId();
    const chosen = settingsOf(deps.catalogue.now(), request.body, {
      models: null,
      expiresAt: null,
      allowedIps: null,
      limits: {},
    });
    if (chosen.expiresAt !== null && chosen.expiresAt.getTime() <= Date.now()) {
      throw refused('expires_at', "'expires_at' must be in the future.");
    }
    await insertKey(db, {
      id,
      accountId,
      name,
      mode,
      digest: deps.secrets.digestKey(key),
      ...keyHints(key),
      ...chosen,
    });
    log.info({ request_id: request.id, key: id, account: accountId, mode }, 'key created');
    return reply.code(201).send({ ...keyBody(await existing(deps, id)), key });
  });

  app.get('/keys', { schema: { querystring: KeyQuery } }, async (request) => {
    const { after, limit } = pageOf(request.query);
    const accountId = request.query.account_id ?? null;
    if (accountId !== null && !isUuid(accountId)) throw refused('account_id', "'account_id' must be an id.");
    const keys = await listKeys(db, accountId, after, limit + 1);
    return pageBody(keys.map(keyBody), limit);
  });

  app.get('/keys/:id', { schema: { params: Params } }, async (request) =>
    keyBody(await existing(deps, idIn(request.params, WHAT))),
  );

  app.patch('/keys/:id', { schema: { params: Params, body: KeyChange } }, async (request) => {
    const key = await existing(deps, idIn(request.params, WHAT));
    const change = { name: request.body.name ?? key.name, ...settingsOf(deps.catalogue.now(), request.body, key) };
    await updateKey(db, key.id, change);
    if (change.limits.concurrent_jobs !== undefined) await countJobsUnderWay(db, key.accountId);
    auth.forget(key.id);
    log.info({ request_id: request.id, key: key.id, fields: Object.keys(request.body) }, 'key changed');
    return keyBody(await existing(deps, key.id));
  });

  app.delete('/keys/:id', { schema: { params: Params } }, async (request) => {
    const { id } = await existing(deps, idIn(request.params, WHAT));
    await revokeKey(db, id);
    auth.forget(id);
    log.info({ request_id: request.id, key: id }, 'key revoked');
    return keyBody(await existing(deps, id));
  });
}

type Settings = Pick<ApiKey, 'models' | 'expiresAt' | 'allowedIps' | 'limits'>;

/** What the body says, else what holds already; null takes a restriction away. */
function settingsOf(catalogue: Catalogue, body: Static<typeof KeyChange>, now: Settings): Settings {
  checkModels(catalogue, body.models);
  const wrong = body.allowed_ips?.find((rule) => !isAddressRule(rule));
  if (wrong !== undefined) {
    throw refused(
      'allowed_ips',
      "'allowed_ips' must list addresses or networks such as 203.0.113.7 or 203.0.113.0/24.",
    );
  }
  return {
    models: body.models === undefined ? now.models : body.models,
    expiresAt: body.expires_at === undefined ? now.expiresAt : timeOf(body.expires_at),
    allowedIps: body.allowed_ips === undefined ? now.allowedIps : body.allowed_ips,
    limits: body.limits === undefined ? now.limits : limitsOf(body.limits ?? {}),
  };
}

/** Budgets in their one spelling. */
function limitsOf(said: Static<typeof Limits>): KeyLimits {
  const { budget_daily_usd: daily, budget_monthly_usd: monthly, ...rest } = said;
  return {
    ...rest,
    ...(daily === undefined ? {} : { budget_daily_usd: formatUsd(budgetOf('limits', daily)) }),
    ...(monthly === undefined ? {} : { budget_monthly_usd: formatUsd(budgetOf('limits', monthly)) }),
  };
}

function timeOf(text: string | null): Date | null {
  if (text === null) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw refused('expires_at', "'expires_at' must be a time such as 2027-01-31T12:00:00Z.");
  return time;
}

async function existing(deps: ServerDependencies, id: string): Promise<ApiKey> {
  const key = await readKey(deps.db, id);
  if (key === null) throw unknown(WHAT);
  return key;
}

function keyBody(key: ApiKey) {
  return {
    id: key.id,
    account_id: key.accountId,
    name: key.name,
    mode: key.mode,
    prefix: key.prefix,
    tail: key.tail,
    models: key.models,
    allowed_ips: key.allowedIps,
    limits: key.limits,
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}
