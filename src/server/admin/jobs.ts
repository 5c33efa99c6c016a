/** Admin routes of jobs: every job of every account, its attempts and its history. */

import { Type } from 'typebox';

import { FailureError } from '../../model/failure.ts';
import { isUuid } from '../../model/id.ts';
import { JOB_STATES } from '../../model/job.ts';
import { formatUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import { listAttempts } from '../../store/attempts.ts';
import type { Attempt } from '../../store/attempts.ts';
import { listEvents } from '../../store/events.ts';
import type { JobEvent } from '../../store/events.ts';
import { listAllJobs, readJob } from '../../store/jobs.ts';
import type { JobRecord } from '../../store/jobs.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { AdminApp } from './admin-app.ts';
import { Exactly, Id, idIn, pageBody, pageOf, PageQuery, refused, unknown } from './shapes.ts';

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
const Params = Type.Object({ id: Type.String() });

export function installJobs(app: AdminApp, deps: ServerDependencies): void {
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
    const [attempts, events] = await Promise.all([listAttempts(db, job.id), listEvents(db, job.id)]);
    return { ...jobBody(job), spec: job.spec, attempts: attempts.map(attemptBody), events: events.map(eventBody) };
  });

  app.post('/jobs/:id/cancel', { schema: { params: Params } }, async (request) => {
    const { id } = await existing(deps, idIn(request.params, WHAT));
    const failure = await engine.cancel(id);
    if (failure !== null) throw new FailureError(failure);
    log.info({ request_id: request.id, job: id }, 'job cancelled');
    return jobBody(await existing(deps, id));
  });
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
    progress: job.progress,
    failure: job.failure,
    notes: job.notes,
    quote_usd: usd(job.quoteMicros),
    hold_usd: usd(job.holdMicros),
    charge_usd: usd(job.chargeMicros),
    facts: job.facts,
    outputs: job.outputs,
    channel_id: job.channelId,
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
    state: attempt.state,
    task_id: attempt.task?.id ?? null,
    failure: attempt.failure,
    created_at: attempt.createdAt.toISOString(),
    answered_at: time(attempt.answeredAt),
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
