/** Why a job could not be paid for, in words that name what stood in the way: a freeze, the balance, or a budget. */

import type { Failure } from '../model/failure.ts';
import { formatUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';
import { readFunds } from '../store/accounts.ts';
import type { Funds } from '../store/accounts.ts';
import type { EngineContext } from './engine-context.ts';

type Order = { readonly accountId: string; readonly keyId: string; readonly holdMicros: Micros };

const FROZEN: Failure = {
  kind: 'account_frozen',
  message:
    'This account takes no new videos at the moment, because its books are being checked. Videos under way go on. Ask whoever runs this server.',
};

/** As things stand now, which may be better than when the job was refused. */
export async function holdRefusal(context: Pick<EngineContext, 'db'>, order: Order): Promise<Failure> {
  const funds = await readFunds(context.db, order.accountId, order.keyId);
  if (funds.isFrozen) return FROZEN;
  return { kind: 'insufficient_funds', message: refusalMessage(funds, order.holdMicros) };
}

function refusalMessage(funds: Funds, holdMicros: Micros): string {
  const needs = `this video needs ${formatUsd(holdMicros)} USD`;
  const limit = funds.limits.find(({ budgetMicros, spentMicros }) => spentMicros + holdMicros > budgetMicros);
  if (funds.availableMicros < holdMicros || limit === undefined)
    return `The balance is too low: ${needs} and ${formatUsd(funds.availableMicros)} USD are available. Add credit and try again.`;
  const { adjective, next } = PERIODS[limit.period];
  const left = limit.budgetMicros > limit.spentMicros ? limit.budgetMicros - limit.spentMicros : 0n;
  return `The ${adjective} budget of this ${limit.scope}, ${formatUsd(limit.budgetMicros)} USD, is too low: ${needs} and ${formatUsd(left)} USD of it are left. Raise the budget, or try again ${next}.`;
}

const PERIODS = {
  day: { adjective: 'daily', next: 'after midnight UTC' },
  month: { adjective: 'monthly', next: 'next month (UTC)' },
} as const;
