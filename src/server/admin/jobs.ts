/** Admin routes of jobs: every job of every account, its attempts and its history. */

import { Type } from 'typebox';

import { FailureError } from '../../model/failure.ts';
import { isUuid } from '../../model/id.ts';
import { JOB_STATES } from '../../model/job.ts';
import { formatUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import { priceText } from '../../model/price.ts';
import { listAttempts } from '../../store/attempts.ts';
import type { Attempt } from '../../store/attempts.ts';
import { listEvents } from '../../store/events.ts';
import type { JobEvent } from '../../store/events.ts';
import { listAllJobs, readJob } from '../../store/jobs.ts';
import type { JobRecord } from '../../store/jobs.ts';
import { listRefunds, refundJob } from '../../store/refunds.ts';
import type { Refund } from '../../store/refunds.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import {
  amountOf,
  Exactly,
  Id,
  idempotencyKeyIn,
  idIn,
  Nullable,
  pageBody,
  pageOf,
  PageQuery,
  refused,
  taken,
  unknown,
} from './shapes.ts';

const WHAT = 'job';

const JobQuery = Exactly({
  ...PageQuery,
  state: Type.Optional(
    Type.Union(
      JOB_STATES.map((state) => Type.Literal(state)),
      { description: `one of ${JOB_STATES.join(', ')}` },
    ),
  ),
  account_id: Type.Optional(Id),
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'the name of a model' })),
});
const RefundBody = Exactly({
  amount_usd: Type.Optional(
    Nullable(Type.Union([Type.String({ maxLength: 40 }), Type.Number()]), 'an amount of USD such as "12.50"'),
  ),
  reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'a text of 1 to 500 characters' }),
});
const Params = Type.Object({ id: Type.String() });

export function installJobs(app: TypedApp, deps: ServerDependencies): void {
  const { db, engine, log } = deps;

  app.get('/jobs', { schema: { querystring: JobQuery } }, async (request) => {
    const { after, limit } = pageOf(request.query);
    const { state = null, account_id: accountId = null, model = null } = request.query;
    if (accountId !== null && !isUuid(accountId)) throw refused('account_id', "'account_id' must be an id.");
    const jobs = await listAllJobs(db, { state, accountId, model, after, limit: limit + 1 });
    return pageBody(jobs.map(jobBody), limit);
  });

  app.get('/jobs/:id', { schema: { params: Params } }, async (request) => {
    const job = await existing(deps, idIn(request.params, WHAT));
    const [attempts, events, refunds] = await Promise.all([
      listAttempts(db, job.id),
      listEvents(db, job.id),
      listRefunds(db, job.id),
    ]);
    return {
      ...jobBody(job),
      spec: job.spec,
      attempts: attempts.map(attemptBody),
      events: events.map(eventBody),
      refunds: refunds.map(refundBody),
    };
  });

  app.post('/jobs/:id/cancel', { schema: { params: Params } }, async (request) => {
    const { id } = await existing(deps, idIn(request.params, WHAT));
    const failure = await engine.cancel(id);
    if (failure !== null) throw new FailureError(failure);
    log.info({ request_id: request.id, job: id }, 'job cancelled');
    return jobBody(await existing(deps, id));
  });

  installRefund(app, deps);
}

function installRefund(app: TypedApp, deps: ServerDependencies): void {
  const { db, log } = deps;

  app.post('/jobs/:id/refund', { schema: { params: Params, body: RefundBody } }, async (request, reply) => {
    const { id } = await existing(deps, idIn(request.params, WHAT));
    const { amount_usd: amount } = request.body;
    const amountMicros = amount === undefined || amount === null ? null : amountOf('amount_usd', amount);
    const reason = request.body.reason.trim();
    const clientKey = idempotencyKeyIn(request.headers);
    const outcome = await refundJob(db, { jobId: id, amountMicros, reason, actor: 'admin', clientKey });
    if (outcome.kind === 'refused') throw taken('amount_usd', nothingLeft(outcome.leftMicros));
    const { refund } = outcome;
    if (outcome.kind === 'repeated') {
      if (refund.reason !== reason || (amountMicros !== null && refund.amountMicros !== amountMicros))
        throw taken('Idempotency-Key', 'This Idempotency-Key was already used for another refund of this job.');
    } else {
      log.info({ request_id: request.id, job: id, amount_usd: formatUsd(refund.amountMicros) }, 'job refunded');
    }
    return reply.code(201).send(refundBody(refund));
  });
}

function nothingLeft(leftMicros: Micros): string {
  return leftMicros === 0n
    ? 'There is nothing to refund: the job was not charged, or all of it was refunded already.'
    : `Only ${formatUsd(leftMicros)} USD of the charge are left to refund.`;
}

async function existing(deps: ServerDependencies, id: string): Promise<JobRecord> {
  const job = await readJob(deps.db, id);
  if (job === null) throw unknown(WHAT);
  return job;
}

function jobBody(job: JobRecord) {
  return {
    id: job.id,
    account_id: job.accountId,
    key_id: job.keyId,
    mode: job.mode,
    dialect: job.dialect,
    state: job.state,
    model: job.spec.model,
    requested_model: job.spec.requestedModel,
    model_version: job.modelVersion,
    progress: job.progress,
    failure: job.failure,
    notes: job.notes,
    price: job.price === null ? null : priceText(job.price),
    quote_usd: usd(job.quoteMicros),
    hold_usd: usd(job.holdMicros),
    charge_usd: usd(job.chargeMicros),
    facts: job.facts,
    outputs: job.outputs,
    channel_id: job.channelId,
    waits_for: job.waitsFor,
    attempt_count: job.attempts,
    check_count: job.checks,
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
    completed_at: time(job.completedAt),
    deadline_at: job.deadlineAt.toISOString(),
  };
}

function attemptBody(attempt: Attempt) {
  return {
    id: attempt.id,
    number: attempt.number,
    channel_id: attempt.channelId,
    credential_id: attempt.credentialId,
    candidates: attempt.explanation.map(({ channelId, channel, verdict, because }) => ({
      channel_id: channelId,
      channel,
      verdict,
      because,
    })),
    state: attempt.state,
    task_id: attempt.task?.id ?? null,
    failure: attempt.failure,
    created_at: attempt.createdAt.toISOString(),
    answered_at: time(attempt.answeredAt),
  };
}

function refundBody(refund: Refund) {
  return {
    id: refund.id,
    amount_usd: formatUsd(refund.amountMicros),
    reason: refund.reason,
    actor: refund.actor,
    created_at: refund.createdAt.toISOString(),
  };
}

function eventBody(event: JobEvent) {
  return { seq: event.seq.toString(), type: event.type, data: event.data, created_at: event.createdAt.toISOString() };
}

function usd(micros: Micros | null): string | null {
  return micros === null ? null : formatUsd(micros);
}

function time(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
