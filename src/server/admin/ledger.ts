/** Admin routes that read the ledger: what was lost to late results, and what each channel earned. */

import { Type } from 'typebox';

import { formatUsd } from '../../model/money.ts';
import { listLosses, listMargins } from '../../store/losses.ts';
import type { ChannelMargin, Loss } from '../../store/losses.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, pageBody, pageOf, PageQuery, refused } from './shapes.ts';

const Time = Type.Optional(Type.String({ maxLength: 40, description: 'a time such as 2027-01-31T12:00:00Z' }));
const MarginQuery = Exactly({ since: Time, until: Time });

export function installLedger(app: TypedApp, deps: ServerDependencies): void {
  const { db } = deps;

  app.get('/losses', { schema: { querystring: Exactly(PageQuery) } }, async (request) => {
    const { after, limit } = pageOf(request.query);
    return pageBody((await listLosses(db, after, limit + 1)).map(lossBody), limit);
  });

  app.get('/margins', { schema: { querystring: MarginQuery } }, async (request) => {
    const since = timeOf('since', request.query.since) ?? new Date(0);
    const margins = await listMargins(db, since, timeOf('until', request.query.until));
    return { data: margins.map(marginBody), next: null };
  });
}

function timeOf(param: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw refused(param, `'${param}' must be a time such as 2027-01-31T12:00:00Z.`);
  return time;
}

function lossBody(loss: Loss) {
  return {
    id: loss.id,
    job_id: loss.jobId,
    account_id: loss.accountId,
    channel_id: loss.channelId,
    task_id: loss.taskId,
    amount_usd: formatUsd(loss.amountMicros),
    basis: loss.basis,
    created_at: loss.createdAt.toISOString(),
  };
}

function marginBody(margin: ChannelMargin) {
  return {
    channel_id: margin.channelId,
    name: margin.name,
    revenue_usd: formatUsd(margin.revenueMicros),
    expense_usd: formatUsd(margin.expenseMicros),
    loss_usd: formatUsd(margin.lossMicros),
    unbilled_count: margin.unbilled,
    margin_usd: formatUsd(margin.revenueMicros - margin.expenseMicros - margin.lossMicros),
  };
}
