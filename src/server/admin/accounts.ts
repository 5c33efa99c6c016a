/** Admin routes of accounts: who they are and what they may spend. */

import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { formatUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import {
  countJobsUnderWay,
  grantCredit,
  insertAccount,
  listAccounts,
  readAccount,
  updateAccount,
} from '../../store/accounts.ts';
import type { Account, AccountChange } from '../../store/accounts.ts';
import { setFrozen } from '../../store/freezes.ts';
import { readGrant } from '../../store/grants.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import {
  amountOf,
  Exactly,
  idempotencyKeyIn,
  idIn,
  Name,
  Nullable,
  pageBody,
  pageOf,
  PageQuery,
  taken,
  unknown,
} from './shapes.ts';
import { Budget, BUDGET_WORDS, budgetOf, budgetText } from './budgets.ts';
import { LIMIT_WORDS, LimitFields } from './limit-fields.ts';
import { newId } from '../../new-id.ts';

const WHAT = 'account';
/** What the ledger says of a credit for which no reason was given. */
const UNEXPLAINED = 'credit';
/** Why an account is frozen that no audit froze. */
const BY_HAND = 'an operator froze it';

const budgets = {
  budget_daily_usd: Type.Optional(Nullable(Budget, BUDGET_WORDS)),
  budget_monthly_usd: Type.Optional(Nullable(Budget, BUDGET_WORDS)),
};
const limits = Type.Optional(Nullable(Exactly(LimitFields), LIMIT_WORDS));
export const NewAccount = Exactly({ name: Name, ...budgets, limits });
const AccountPatch = Exactly({
  name: Type.Optional(Name),
  ...budgets,
  limits,
  frozen: Type.Optional(Type.Boolean({ description: 'true or false' })),
});
const Credit = Exactly({
  amount_usd: Type.Union([Type.String(), Type.Number()], { description: 'an amount of USD such as "12.50"' }),
  note: Type.Optional(Nullable(Type.String({ maxLength: 500 }), 'a text of up to 500 characters')),
});
const Params = Type.Object({ id: Type.String() });

export function installAccounts(app: TypedApp, deps: ServerDependencies): void {
  const { db, log } = deps;

  app.post('/accounts', { schema: { body: NewAccount } }, async (request, reply) => {
    const id = newId();
    const { name } = request.body;
    const change = changeOf(request.body, { name, budgets: { dailyMicros: null, monthlyMicros: null }, limits: {} });
    await db.transaction(async (tx) => {
      await insertAccount(tx, id, name);
      await updateAccount(tx, id, change);
    });
    log.info({ request_id: request.id, account: id }, 'account created');
    return reply.code(201).send(accountBody(await existing(deps, id)));
  });

  app.get('/accounts', { schema: { querystring: Exactly(PageQuery) } }, async (request) => {
    const { after, limit } = pageOf(request.query);
    const accounts = await listAccounts(db, after, limit + 1);
    return pageBody(accounts.map(accountBody), limit);
  });

  app.get('/accounts/:id', { schema: { params: Params } }, async (request) => {
    return accountBody(await existing(deps, idIn(request.params, WHAT)));
  });

  app.patch('/accounts/:id', { schema: { params: Params, body: AccountPatch } }, async (request) => {
    const id = idIn(request.params, WHAT);
    const { frozen } = request.body;
    const now = await existing(deps, id);
    const change = changeOf(request.body, now);
    await db.transaction(async (tx) => {
      await updateAccount(tx, id, change);
      if (frozen === false || (frozen === true && now.frozen === null))
        await setFrozen(tx, id, frozen ? BY_HAND : null);
    });
    if (change.limits.concurrent_jobs !== undefined) await countJobsUnderWay(db, id);
    log.info({ request_id: request.id, account: id, fields: Object.keys(request.body) }, 'account changed');
    return accountBody(await existing(deps, id));
  });

  app.post('/accounts/:id/credits', { schema: { params: Params, body: Credit } }, async (request, reply) => {
    const accountId = idIn(request.params, WHAT);
    const amountMicros = amountOf('amount_usd', request.body.amount_usd);
    const opKey = grantKey(accountId, idempotencyKeyIn(request.headers));
    const said = request.body.note?.trim() ?? '';
    const note = said === '' ? UNEXPLAINED : said;
    const account = await grantCredit(db, { accountId, amountMicros, note, actor: 'admin', opKey });
    if (account === null) throw unknown(WHAT);
    const granted = await readGrant(db, opKey);
    if (granted?.amountMicros !== amountMicros || granted.note !== note) {
      throw taken('Idempotency-Key', 'This Idempotency-Key was already used for another credit of this account.');
    }
    log.info({ request_id: request.id, account: accountId, amount_usd: formatUsd(amountMicros) }, 'credit granted');
    return reply.code(201).send(accountBody(account));
  });
}

async function existing(deps: ServerDependencies, id: string): Promise<Account> {
  const account = await readAccount(deps.db, id);
  if (account === null) throw unknown(WHAT);
  return account;
}

/** What the body says, else what holds already; null takes a budget, or all limits, away. */
function changeOf(body: Static<typeof AccountPatch>, now: AccountChange): AccountChange {
  const { dailyMicros, monthlyMicros } = now.budgets;
  return {
    name: body.name ?? now.name,
    budgets: {
      dailyMicros: budgetIn(body, 'budget_daily_usd', dailyMicros),
      monthlyMicros: budgetIn(body, 'budget_monthly_usd', monthlyMicros),
    },
    limits: body.limits === undefined ? now.limits : (body.limits ?? {}),
  };
}

function budgetIn(body: Static<typeof AccountPatch>, field: keyof typeof budgets, now: Micros | null): Micros | null {
  const said = body[field];
  if (said === undefined) return now;
  return said === null ? null : budgetOf(field, said);
}

function accountBody(account: Account) {
  return {
    id: account.id,
    name: account.name,
    available_usd: formatUsd(account.availableMicros),
    held_usd: formatUsd(account.heldMicros),
    budget_daily_usd: budgetText(account.budgets.dailyMicros),
    budget_monthly_usd: budgetText(account.budgets.monthlyMicros),
    limits: account.limits,
    spent_today_usd: formatUsd(account.spentTodayMicros),
    spent_this_month_usd: formatUsd(account.spentThisMonthMicros),
    frozen: account.frozen === null ? null : { at: account.frozen.at.toISOString(), because: account.frozen.because },
    created_at: account.createdAt.toISOString(),
  };
}

/** The same client key is the same grant, within one account. */
function grantKey(accountId: string, given: string | null): string {
  return given === null
    ? `grant:${accountId}:once:${randomBytes(16).toString('hex')}`
    : `grant:${accountId}:key:${given}`;
}
