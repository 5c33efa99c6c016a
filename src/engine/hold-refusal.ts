/** Why a job was not made, in words that name what stood in the way: a freeze, the balance, a budget, or too many others. */

import type { Failure } from '../model/failure.ts';
import type { KeyMode } from '../model/job.ts';
import { formatUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';
import { readFunds } from '../store/accounts.ts';
import type { Funds } from '../store/accounts.ts';
import type { EngineContext } from './engine-context.ts';

type Order = {
  readonly accountId: string;
  readonly keyId: string;
  readonly mode: KeyMode;
  readonly holdMicros: Micros;
};

/** Jobs take minutes: a place may be free any moment, but hardly at once. */
const PLACE_RETRY_MS = 5_000;

const FROZEN: Failure = {
  kind: 'account_frozen',
  message:
    'This account takes no new videos at the moment, because its books are being checked. Videos under way go on. Ask whoever runs this server.',
};

/** As things stand now, which may be better than when the job was refused. */
export async function holdRefusal(context: Pick<EngineContext, 'db'>, order: Order): Promise<Failure> {
  const funds = await readFunds(context.db, order.accountId, order.keyId);
  if (order.mode === 'live' && funds.isFrozen) return FROZEN;
  const isPoor = order.mode === 'live' && (funds.availableMicros < order.holdMicros || tooTight(funds, order) !== null);
  const { account, key } = funds.concurrentJobs;
  if (!isPoor && (account !== null || key !== null)) return tooMany(account, key);
  return { kind: 'insufficient_funds', message: refusalMessage(funds, order) };
}

function tooMany(account: number | null, key: number | null): Failure {
  const owners = [
    ...(key === null ? [] : [`this API key may have ${key}`]),
    ...(account === null ? [] : [`${key === null ? 'this' : 'its'} account may have ${account}`]),
  ];
  return {
    kind: 'concurrency_limit',
    message: `Too many videos are being made at this time: ${owners.join(', ')} at once. Try again when one has ended.`,
    retryAfterMs: PLACE_RETRY_MS,
  };
}

/** The budget that the hold would break; null if there is none. */
function tooTight({ limits }: Funds, { holdMicros }: Order): Funds['limits'][number] | null {
  return limits.find(({ budgetMicros, spentMicros }) => spentMicros + holdMicros > budgetMicros) ?? null;
}

function refusalMessage(funds: Funds, order: Order): string {
  const { holdMicros } = order;
  const needs = `this video needs ${formatUsd(holdMicros)} USD`;
  const limit = tooTight(funds, order);
  if (funds.availableMicros < holdMicros || limit === null)
    return `The balance is too low: ${needs} and ${formatUsd(funds.availableMicros)} USD are available. Add credit and try again.`;
  const { adjective, next } = PERIODS[limit.period];
  const left = limit.budgetMicros > limit.spentMicros ? limit.budgetMicros - limit.spentMicros : 0n;
  return `The ${adjective} budget of this ${limit.scope}, ${formatUsd(limit.budgetMicros)} USD, is too low: ${needs} and ${formatUsd(left)} USD of it are left. Raise the budget, or try again ${next}.`;
}

const PERIODS = {
  day: { adjective: 'daily', next: 'after midnight UTC' },
  month: { adjective: 'monthly', next: 'next month (UTC)' },
} as const;
