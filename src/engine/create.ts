/** From a read request to a job that was submitted: checks first, then money and job together, then the vendor. */

import { findModel, nearestModels } from '../catalogue/index.ts';
import type { ModelMatch } from '../model/catalogue.ts';
import { complete } from '../model/complete.ts';
import type { Failure } from '../model/failure.ts';
import { formatUsd } from '../model/money.ts';
import { quote } from '../model/price.ts';
import { resolve } from '../model/resolve.ts';
import type { PlannedSpec, VideoSpec } from '../model/spec.ts';
import { note, violation, violationMessage } from '../model/violation.ts';
import type { Note, Violation } from '../model/violation.ts';
import { readAccount } from '../store/accounts.ts';
import type { Channel } from '../store/channels.ts';
import { insertJob, readJob } from '../store/jobs.ts';
import type { JobRecord, NewJob } from '../store/jobs.ts';
import type { EngineContext } from './engine-context.ts';
import type { CreateOrder, CreateOutcome } from './engine.ts';
import { takeIn } from './intake.ts';
import { chooseChannel } from './route.ts';
import { NO_CHANNEL, submitJob } from './submit.ts';
import { newId } from '../new-id.ts';

type Refused = { readonly ok: false; readonly failure: Failure };
type Prepared = {
  readonly ok: true;
  readonly spec: VideoSpec;
  readonly notes: readonly Note[];
  readonly match: ModelMatch;
  readonly channels: readonly Channel[];
};

/** `track` keeps the submit alive when the answer does not wait for it. */
export async function createJob(
  context: EngineContext,
  order: CreateOrder,
  track: (work: Promise<unknown>) => void,
): Promise<CreateOutcome> {
  const prepared = await prepare(context, order);
  if (!prepared.ok) return prepared;
  const job = await writeJob(context, order, prepared);
  if ('failure' in job) return { ok: false, failure: job.failure };
  const submitted = submitJob(context, job.record, prepared.channels);
  track(submitted);
  const settled = await within(submitted, context.limits.answerMs);
  const now = settled ?? (await readJob(context.db, job.record.id)) ?? job.record;
  if (now.state === 'failed' && now.failure !== null) return { ok: false, failure: now.failure };
  return { ok: true, job: now };
}

async function prepare(context: EngineContext, order: CreateOrder): Promise<Prepared | Refused> {
  const { request, params } = order.read;
  const match = findModel(request.model);
  if (match === null) {
    const nearest = nearestModels(request.model);
    const allowed = nearest.length === 0 ? null : { values: nearest };
    return invalid([violation('unknown_model', params.model ?? 'model', request.model, allowed)]);
  }
  const permitted = order.key.models;
  if (
    permitted !== null &&
    !permitted.some((name) => [match.row.id, request.model].some((id) => id.toLowerCase() === name.toLowerCase()))
  ) {
    return {
      ok: false,
      failure: {
        kind: 'forbidden',
        message: `This key may not use the model ${request.model}. Allowed: ${permitted.join(', ')}.`,
      },
    };
  }
  const resolved = resolve(order.read, match);
  if (!resolved.ok) return invalid(resolved.violations);
  const channels = await context.channels();
  const missing = servedOrFailure(context, order, match, resolved.spec, channels);
  if (missing !== null) return { ok: false, failure: missing };
  const intake = await takeIn(context, order.key.accountId, resolved.spec.inputs);
  if (!intake.ok) return invalid(intake.violations);
  const completion = complete(resolved.spec, match.row, intake.inputs);
  if (!completion.ok) return invalid(completion.violations);
  return { ok: true, spec: completion.spec, notes: [...resolved.notes, ...callbackNotes(order)], match, channels };
}

/** Before any file is fetched or money held: is there a channel that could ever take this job? */
function servedOrFailure(
  context: EngineContext,
  order: CreateOrder,
  match: ModelMatch,
  spec: PlannedSpec,
  channels: readonly Channel[],
): Failure | null {
  const question = {
    spec,
    mode: order.key.mode,
    row: match.row,
    channels,
    providers: context.providers,
    inFlight: new Map(),
    tried: new Set<string>(),
    chance: 0,
  };
  if (chooseChannel(question).kind === 'none') return NO_CHANNEL;
  if (order.key.mode === 'live' && match.row.prices.length === 0) {
    return {
      kind: 'no_channel',
      message: `The operator has set no price for ${match.row.id}, so it cannot be sold yet. A test key can use it.`,
    };
  }
  return null;
}

function callbackNotes(order: CreateOrder): Note[] {
  const { params, request } = order.read;
  if (request.callbackUrl === null) return [];
  const en = 'this server sends no callbacks yet; read the job instead';
  return [note('not_used', params.callbackUrl ?? 'callback_url', en, '该服务器暂不发送回调,请查询任务状态')];
}

async function writeJob(
  context: EngineContext,
  order: CreateOrder,
  prepared: Prepared,
): Promise<{ record: JobRecord } | { failure: Failure }> {
  const { spec, match } = prepared;
  const priced = quote(spec, match.row);
  const live = order.key.mode === 'live';
  if (live && priced === null)
    return {
      failure: { kind: 'no_channel', message: `The operator has set no price for this use of ${match.row.id}.` },
    };
  const job: NewJob = {
    id: newId(),
    accountId: order.key.accountId,
    keyId: order.key.id,
    mode: order.key.mode,
    dialect: order.dialect,
    spec,
    notes: prepared.notes,
    price: priced?.price ?? null,
    quoteMicros: priced?.amountMicros ?? null,
    holdMicros: live ? (priced?.amountMicros ?? 0n) : 0n,
    leaseOwner: context.node,
    leaseMs: context.limits.leaseMs,
    deadlineMs: match.row.deadlineHours * 3_600_000,
  };
  const record = await insertJob(context.db, job);
  return record === null ? { failure: await tooPoor(context, job) } : { record };
}

async function tooPoor(context: EngineContext, job: NewJob): Promise<Failure> {
  const account = await readAccount(context.db, job.accountId);
  const has = account === null ? 0n : account.availableMicros;
  return {
    kind: 'insufficient_funds',
    message: `The balance is too low: this video needs ${formatUsd(job.holdMicros)} USD and ${formatUsd(has)} USD are available. Add credit and try again.`,
  };
}

function invalid(violations: readonly Violation[]): Refused {
  const message = violations.map((fault) => violationMessage(fault, 'en')).join(' ');
  return { ok: false, failure: { kind: 'invalid_request', message, violations } };
}

/** The result, or null if it takes longer than `ms`; the work goes on either way. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const waiting = Promise.withResolvers<null>();
  const timer = setTimeout(() => waiting.resolve(null), ms);
  try {
    return await Promise.race([work, waiting.promise]);
  } finally {
    clearTimeout(timer);
  }
}
