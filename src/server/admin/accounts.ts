/** Admin routes of accounts: who they are and what they may spend. */

import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';

import { formatUsd } from '../../model/money.ts';
import { grantCredit, insertAccount, listAccounts, readAccount, renameAccount } from '../../store/accounts.ts';
import type { Account } from '../../store/accounts.ts';
import { readGrant } from '../../store/grants.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { AdminApp } from './admin-app.ts';
import {
  amountOf,
  Exactly,
  idIn,
  Name,
  Nullable,
  pageBody,
  pageOf,
  PageQuery,
  refused,
  taken,
  unknown,
} from './shapes.ts';
import { newId } from '../../new-id.ts';

const WHAT = 'account';
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

const NewAccount = Exactly({ name: Name });
const Credit = Exactly({
  amount_usd: Type.Union([Type.String(), Type.Number()], { description: 'an amount of USD such as "12.50"' }),
  note: Type.Optional(Nullable(Type.String({ maxLength: 500 }), 'a text of up to 500 characters')),
});
const Params = Type.Object({ id: Type.String() });

export function installAccounts(app: AdminApp, deps: ServerDependencies): void {
  const { db, log } = deps;

  app.post('/accounts', { schema: { body: NewAccount } }, async (request, reply) => {
    const id = newId();
    await insertAccount(db, id, request.body.name);
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

  app.patch('/accounts/:id', { schema: { params: Params, body: NewAccount } }, async (request) => {
    const id = idIn(request.params, WHAT);
    await existing(deps, id);
    await renameAccount(db, id, request.body.name);
    log.info({ request_id: request.id, account: id }, 'account changed');
    return accountBody(await existing(deps, id));
  });

  app.post('/accounts/:id/credits', { schema: { params: Params, body: Credit } }, async (request, reply) => {
    const accountId = idIn(request.params, WHAT);
    const amountMicros = amountOf('amount_usd', request.body.amount_usd);
    const opKey = grantKey(accountId, request.headers['idempotency-key']);
    const note = request.body.note ?? null;
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

function accountBody(account: Account) {
  return {
    id: account.id,
    name: account.name,
    available_usd: formatUsd(account.availableMicros),
    held_usd: formatUsd(account.heldMicros),
    created_at: account.createdAt.toISOString(),
  };
}

/** The same client key is the same grant, within one account. */
function grantKey(accountId: string, given: string | string[] | undefined): string {
  if (given === undefined) return `grant:${accountId}:once:${randomBytes(16).toString('hex')}`;
  if (typeof given !== 'string' || !IDEMPOTENCY_KEY.test(given)) {
    throw refused('Idempotency-Key', "'Idempotency-Key' must be 1 to 128 printable characters without spaces.");
  }
  return `grant:${accountId}:key:${given}`;
}
