/** From a read request to a job that was submitted: checks first, then money and job together, then the vendor. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ModelMatch } from '../model/catalogue.ts';
import { complete } from '../model/complete.ts';
import type { Failure } from '../model/failure.ts';
import { quote } from '../model/price.ts';
import type { ReadRequest } from '../model/request.ts';
import { resolve } from '../model/resolve.ts';
import type { PlannedSpec, VideoSpec } from '../model/spec.ts';
import { violation } from '../model/violation.ts';
import type { Note, Violation } from '../model/violation.ts';
import type { Channel } from '../store/channels.ts';
import { isDatabaseUnavailable, isOutcomeUnknown } from '../store/database.ts';
import { isExternalIdTaken, readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { NewJob } from '../store/new-jobs.ts';
import { chooseAtOnce, questionOf } from './candidates.ts';
import type { EngineContext } from './engine-context.ts';
import type { CreateOrder, CreateOutcome } from './create-order.ts';
import { holdRefusal } from './hold-refusal.ts';
import { takeIn } from './intake.ts';
import { invalidRequest } from './invalid-request.ts';
import { sceneFault, unknownModel } from './model-fault.ts';
import { receiverFault } from './notify/judge-receiver.ts';
import { lackOfRoom } from './lack-of-room.ts';
import { outlast } from './outlast.ts';
import { replayOf, replayOrThrow, whileClaimed } from './replay.ts';
import { chooseChannel } from './route.ts';
import { attemptAt, submitJob } from './submit.ts';
import type { FirstChoice } from './submit.ts';
import { unserved } from './unserved.ts';
import { tellDeed } from './watch.ts';

/** How long the answer waits for a database that went away while the job was written. */
const FIND_MS = 5_000;

type Refused = { readonly ok: false; readonly failure: Failure };
type Prepared = {
  readonly ok: true;
  readonly spec: VideoSpec;
  readonly notes: readonly Note[];
  readonly match: ModelMatch;
  readonly modelVersion: number | null;
  readonly channels: readonly Channel[];
};

/** `track` keeps the submit alive when the answer does not wait for it. */
export async function createJob(
  context: EngineContext,
  order: CreateOrder,
  track: (work: Promise<unknown>) => void,
): Promise<CreateOutcome> {
  const startedMs = Date.now();
  const earlier = await replayOf(context, order);
  if (earlier !== null) return earlier;
  const made = await whileClaimed(context, order, () => makeJob(context, order));
  if ('ok' in made) return made;
  const { record, first } = made;
  const submitted = submitJob(context, record, first);
  track(submitted);
  // The job is on record: a database that goes away now delays it, and takes nothing back.
  const settled = await within(submitted.catch(nullIfAway), context.limits.answerMs);
  const now = settled ?? (await readJob(context.db, record.id).catch(nullIfAway)) ?? record;
  tellDeed(context, startedMs, {
    what: 'create',
    jobId: record.id,
    outcome: now.state,
    facts: { model: record.spec.model, mode: record.mode, dialect: record.dialect },
    traceparent: order.traceparent ?? null,
  });
  if (now.state === 'failed' && now.failure !== null) return { ok: false, failure: now.failure };
  return { ok: true, job: now };
}

function nullIfAway(error: unknown): null {
  if (isDatabaseUnavailable(error)) return null;
  throw error;
}

type Made = { readonly record: JobRecord; readonly first: FirstChoice | null };

/** The job on record, with its hold; or the answer to give where none was made. */
async function makeJob(context: EngineContext, order: CreateOrder): Promise<Made | CreateOutcome> {
  const lack = await lackOfRoom(context.room);
  if (lack !== null) return { ok: false, failure: lack };
  const prepared = await prepare(context, order);
  if (!prepared.ok) return prepared;
  const written = await writeJob(context, order, prepared).catch((error: unknown) => {
    if (isExternalIdTaken(error)) return invalid([externalIdTaken(order)]);
    return replayOrThrow(context, order, error);
  });
  if ('ok' in written || 'record' in written) return written;
  // The money may be gone because a create with the same key took it a moment ago.
  return (await replayOf(context, order)) ?? { ok: false, failure: written.failure };
}

type Planned = {
  readonly ok: true;
  readonly match: ModelMatch;
  readonly spec: PlannedSpec;
  readonly notes: readonly Note[];
};

/** What a request asks for, before anything of the world is looked at; `permitted`: the models of the key, null for all. */
export function planRequest(
  read: ReadRequest,
  permitted: readonly string[] | null,
  catalogue: Catalogue,
): Planned | Refused {
  const { request } = read;
  const match = catalogue.find(request.model);
  if (match === null) return invalid([unknownModel(read, catalogue)]);
  const fault = sceneFault(read, match.row, catalogue);
  if (fault !== null) return invalid([fault]);
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
  const resolved = resolve(read, match);
  return resolved.ok ? { ok: true, match, spec: resolved.spec, notes: resolved.notes } : invalid(resolved.violations);
}

async function prepare(context: EngineContext, order: CreateOrder): Promise<Prepared | Refused> {
  const catalogue = context.catalogue.now();
  const plan = planRequest(order.read, order.key.models, catalogue);
  if (!plan.ok) return plan;
  const { match } = plan;
  let channels = await context.channels.recent();
  let missing = servedOrFailure(context, order, match, plan.spec, channels);
  if (missing !== null) {
    channels = await context.channels.now();
    missing = servedOrFailure(context, order, match, plan.spec, channels);
  }
  if (missing !== null) return { ok: false, failure: missing };
  const [intake, fault] = await Promise.all([
    takeIn(context, order.key, plan.spec.inputs),
    callbackFault(context, order),
  ]);
  if (!intake.ok || fault !== null)
    return invalid([...(intake.ok ? [] : intake.violations), ...(fault === null ? [] : [fault])]);
  const completion = complete(plan.spec, match.row, intake.inputs);
  if (!completion.ok) return invalid(completion.violations);
  const modelVersion = catalogue.versionOf(match.row.id);
  return { ok: true, spec: completion.spec, notes: plan.notes, match, modelVersion, channels };
}

/** Before any file is fetched or money held: is there a channel that could ever take this job? */
function servedOrFailure(
  context: EngineContext,
  order: CreateOrder,
  match: ModelMatch,
  spec: PlannedSpec,
  channels: readonly Channel[],
): Failure | null {
  const route = chooseChannel(questionOf(context, { spec, mode: order.key.mode, row: match.row }, channels));
  if (route.kind === 'none') return unserved(route.unfit, order.read.params);
  if (order.key.mode === 'live' && match.row.prices.length === 0) {
    return {
      kind: 'no_channel',
      message: `The operator has set no price for ${match.row.id}, so it cannot be sold yet. A test key can use it.`,
    };
  }
  return null;
}

async function callbackFault(context: EngineContext, order: CreateOrder): Promise<Violation | null> {
  const { params, request } = order.read;
  if (request.callbackUrl === null) return null;
  return receiverFault(context.fetcher, params.callbackUrl ?? 'callback_url', request.callbackUrl);
}

async function writeJob(
  context: EngineContext,
  order: CreateOrder,
  prepared: Prepared,
): Promise<Made | { readonly failure: Failure }> {
  const { spec, match } = prepared;
  const priced = quote(spec, match.row);
  const live = order.key.mode === 'live';
  if (live && priced === null)
    return {
      failure: { kind: 'no_channel', message: `The operator has set no price for this use of ${match.row.id}.` },
    };
  const startedMs = Date.now();
  const choice = chooseAtOnce(context, { spec, mode: order.key.mode, row: match.row }, prepared.channels);
  const job: NewJob = {
    id: context.newId(),
    accountId: order.key.accountId,
    keyId: order.key.id,
    mode: order.key.mode,
    dialect: order.dialect,
    spec,
    notes: prepared.notes,
    price: priced?.price ?? null,
    modelVersion: prepared.modelVersion,
    quoteMicros: priced?.amountMicros ?? null,
    holdMicros: live ? (priced?.amountMicros ?? 0n) : 0n,
    leaseOwner: context.node,
    leaseMs: context.limits.leaseMs,
    deadlineMs: match.row.deadlineHours * 3_600_000,
    fingerprint: order.identity?.fingerprint ?? null,
    idempotencyKey: order.identity?.idempotencyKey ?? null,
    hops: order.hops ?? 0,
    attempt: choice === null ? null : attemptAt(choice, context.newId()),
  };
  let record: JobRecord | null = null;
  try {
    record = await context.writeJob(job).catch((error: unknown) => findWritten(context, job.id, error));
  } finally {
    if (record === null && choice !== null) context.health.abandon(choice.channel.id, choice.credential.id);
  }
  if (record === null) return { failure: await holdRefusal(context, job) };
  return { record, first: choice === null ? null : { route: choice, startedMs } };
}

function externalIdTaken({ read }: CreateOrder): Violation {
  return violation('contradiction', read.params.externalId ?? 'external_id', read.request.externalId, null, {
    en: 'another job of yours has this id already',
    zh: '该 ID 已被您的另一个任务使用',
  });
}

/** The connection was lost before PostgreSQL said whether the job is on record: its id tells. */
async function findWritten(context: EngineContext, id: string, error: unknown): Promise<JobRecord> {
  const record = isOutcomeUnknown(error) ? await outlast(() => readJob(context.db, id), FIND_MS) : null;
  if (record === null) throw error;
  return record;
}

function invalid(violations: readonly Violation[]): Refused {
  return { ok: false, failure: invalidRequest(violations) };
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
