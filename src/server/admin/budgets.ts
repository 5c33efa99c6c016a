/** Budgets in the admin API: decimal USD that may be spent per UTC day or month. */

import { Type } from 'typebox';

import { formatUsd, parseUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import { refused } from './shapes.ts';

export const BUDGET_WORDS = 'an amount of USD such as "12.50"';
export const Budget = Type.Union([Type.String({ maxLength: 40 }), Type.Number()], { description: BUDGET_WORDS });

/** Zero is a budget too: nothing may be spent. Throws for anything that is no amount. */
export function budgetOf(param: string, value: string | number): Micros {
  const micros = parseUsd(String(value));
  if (micros !== null) return micros;
  throw refused(param, `'${param}' must be an amount of USD with at most six decimals, such as "12.50".`);
}

/** Null: no budget. */
export function budgetText(micros: Micros | null): string | null {
  return micros === null ? null : formatUsd(micros);
}
