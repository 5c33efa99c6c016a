/** Gives a queued job to a vendor: an attempt on record before the call leaves, and never a second one blindly. */

import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Note } from '../model/violation.ts';
import { UpstreamBusy, UpstreamSilence } from '../providers/provider.ts';
import type { SubmitResult } from '../providers/provider.ts';
import { readKey } from '../store/accounts.ts';
import { listFailedAttempts } from '../store/attempts.ts';
import type { NewAttempt } from '../store/attempts.ts';
import { isOutcomeUnknown } from '../store/database.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { hintTask } from '../store/late-tasks.ts';
import { takeTurn } from '../store/places.ts';
import { advance } from './advance.ts';
import { routeOf } from './candidates.ts';
import type { EngineContext } from './engine-context.ts';
import { fitInputs } from './fit-inputs.ts';
import type { Fitting } from './fit-inputs.ts';
import type { Outcome } from './health.ts';
import { outlast } from './outlast.ts';
import type { Choice, Route } from './route.ts';
import { nextCheckMs, placeWaitMs, reconcileMs, restWaitMs } from './schedule.ts';
import { unserved } from './unserved.ts';
import { callWithTurn } from './upstream-call.ts';
import { tellDeed } from './watch.ts';

const REVOKED: Failure = {
  kind: 'forbidden',
  message: 'The API key that asked for this video was revoked before a provider had begun with it.',
};

/** Refusals that are about the credential: the channel's other ones may still do. */
const ABOUT_CREDENTIAL: ReadonlySet<Failure['kind']> = new Set(['rate_limited', 'upstream_credential']);
/** Refusals of the channel itself: its vendor was not asked. */
const UNASKED: ReadonlySet<Failure['kind']> = new Set(['channel_unfit', 'no_channel']);
/** Channels that an attempt's explanation tells of, the chosen one among them. */
const MAX_EXPLAINED = 100;
/** The version of a job that nobody but its create has worked on. */
const FRESH_VERSION = 1;

/** What came of a job's attempts so far, from the moment it was taken up. */
type Round = {
  readonly startedMs: number;
  readonly tried: Set<string>;
  readonly full: Set<string>;
  /** Its client was told that it is queued, and does not wait for an error. */
  readonly isPromised: boolean;
  /** A new job goes behind those that wait for a channel; one that was called from among them does not. */
  readonly yields: boolean;
  attempts: number;
  refusal: Failure | null;
  /** What a vendor said that had accepted the job before and failed it. */
  readonly failed: Failure | null;
  /** A vendor was only too busy to take the job. */
  putOff: boolean;
};

/** The choice that a create made for its job, and a time before which the job was not on record with an attempt there. */
export type FirstChoice = { readonly route: Choice; readonly startedMs: number };

/**
 * The job as this call left it; null if another node took it over meanwhile. `first`: of a new job, whose attempt there may be
 * open already.
 */
export async function submitJob(
  context: EngineContext,
  given: JobRecord,
  first: FirstChoice | null = null,
): Promise<JobRecord | null> {
  const isOpen = first !== null && given.state === 'submitting' && given.version === FRESH_VERSION;
  if (first !== null && !isOpen) context.health.abandon(first.route.channel.id, first.route.credential.id);
  const failed = given.attempts === 0 || isOpen ? [] : await listFailedAttempts(context.db, given.id);
  const round: Round = {
    startedMs: first?.startedMs ?? Date.now(),
    tried: new Set(failed.map(({ channelId }) => channelId)),
    full: new Set(),
    isPromised: given.version !== FRESH_VERSION,
    yields: given.version === FRESH_VERSION || given.waitsFor !== null,
    attempts: 0,
    refusal: null,
    failed: failed.at(-1)?.failure ?? null,
    putOff: false,
  };
  if (round.isPromised && (await isKeyRevoked(context, given))) {
    return advance(context.db, given, 'reject', { failure: REVOKED });
  }
  let job: JobRecord | null = isOpen ? await callVendor(context, given, given.spec, first.route, round) : given;
  while (job !== null && job.state === 'queued') {
    const route: Route = mayGoOn(context, round)
      ? await routeOf(context, job, await context.channels.now(), round)
      : { kind: 'none', unfit: [], explanation: [] };
    if (route.kind !== 'channel') return settle(context, job, round, route);
    const { channel, credential } = route;
    const fitting: Fitting = await fitInputs(context, job, route).catch((error: unknown) => {
      context.health.abandon(channel.id, credential.id);
      throw error;
    });
    if (!fitting.ok) {
      // Another channel's vendor may take such files.
      context.health.abandon(channel.id, credential.id);
      round.tried.add(channel.id);
      round.refusal = fitting.failure;
      continue;
    }
    const attemptId = context.newId();
    const waiting: JobRecord = job;
    const opened: JobRecord | null = await open(context, waiting, route, attemptId, fitting.notes).catch(
      (error: unknown) => findOpened(context, waiting, route, attemptId, error),
    );
    if (opened === null) {
      context.health.abandon(channel.id, credential.id);
      const current = await readJob(context.db, job.id);
      if (current === null || current.version !== job.version) return null;
      round.full.add(channel.id);
      continue;
    }
    job = await callVendor(context, opened, fitting.spec, route, round);
  }
  return job;
}

/** The job after its open attempt; `spec` is what the vendor is asked for. */
async function callVendor(
  context: EngineContext,
  opened: JobRecord,
  spec: VideoSpec,
  route: Choice,
  round: Round,
): Promise<JobRecord | null> {
  const { attemptId } = opened;
  if (attemptId === null) throw new RangeError('a vendor is called for an attempt that is on record');
  round.attempts += 1;
  const startedMs = Date.now();
  const result = await attempt(context, { ...opened, spec }, route, attemptId, round);
  tellDeed(context, startedMs, {
    what: 'submit',
    jobId: opened.id,
    outcome: result.kind === 'refused' ? result.failure.kind : result.kind,
    facts: {
      provider: route.provider.name,
      model: opened.spec.model,
      channel: route.channel.id,
      attempt: attemptId,
    },
  });
  if (result.kind === 'refused') noteRefusal(round, route, result.failure);
  return outlast(() => conclude(context, opened, route, attemptId, result));
}

/** A job that waited: who asked for it may have lost the right to meanwhile. */
async function isKeyRevoked({ db }: EngineContext, { keyId }: JobRecord): Promise<boolean> {
  const key = await readKey(db, keyId);
  return key !== null && key.revokedAt !== null;
}

function mayGoOn({ limits }: EngineContext, round: Round): boolean {
  return (
    round.attempts < limits.maxAttempts && leftMs(limits.roundMs, round) >= Math.min(limits.attemptMs, limits.roundMs)
  );
}

function leftMs(roundMs: number, round: Round): number {
  return roundMs - (Date.now() - round.startedMs);
}

/** The job with its attempt on record; null if it has changed, or the channel has no room. */
async function open(
  context: EngineContext,
  job: JobRecord,
  route: Choice,
  attemptId: string,
  notes: readonly Note[],
): Promise<JobRecord | null> {
  const { channel } = route;
  if (!(await takeTurn(context.db, channel, 'submit'))) return null;
  return advance(context.db, job, 'submit', {
    dueInMs: context.limits.leaseMs,
    attempt: { kind: 'open', ...attemptAt(route, attemptId) },
    data: { channel: channel.name },
    keepsLease: true,
    notes,
  });
}

/** An attempt at the chosen channel, with the reasons for the choice. */
export function attemptAt({ channel, credential, explanation }: Choice, id: string): NewAttempt {
  const told = explanation.toSorted((a, b) => Number(b.channelId === channel.id) - Number(a.channelId === channel.id));
  return { id, channelId: channel.id, credentialId: credential.id, explanation: told.slice(0, MAX_EXPLAINED) };
}

/** The connection was lost before PostgreSQL said whether the attempt is on record. No call has left yet: if it is, one may. */
async function findOpened(
  context: EngineContext,
  job: JobRecord,
  { channel, credential }: Choice,
  attemptId: string,
  error: unknown,
): Promise<JobRecord> {
  const current = isOutcomeUnknown(error) ? await outlast(() => readJob(context.db, job.id)) : null;
  if (current?.attemptId === attemptId && current.version === job.version + 1) return current;
  context.health.abandon(channel.id, credential.id);
  throw error;
}

type AttemptResult = SubmitResult | { readonly kind: 'unknown'; readonly detail: string };

async function attempt(
  context: EngineContext,
  job: JobRecord,
  route: Choice,
  attemptToken: string,
  round: Round,
): Promise<AttemptResult> {
  const deadlineMs = Math.min(context.limits.submitMs, leftMs(context.limits.roundMs, round));
  // A process that stood still since the attempt was written down: others may have found by now that there is no task.
  if (deadlineMs <= 0) {
    context.health.abandon(route.channel.id, route.credential.id);
    return { kind: 'refused', failure: unreached('the submit was not sent in time') };
  }
  try {
    return await callWithTurn(
      context,
      { ...route, attemptToken, hops: job.hops },
      deadlineMs,
      (io) => route.provider.submit(job.spec, route.upstream, io),
      outcomeOf,
    );
  } catch (error) {
    if (error instanceof UpstreamBusy) {
      const message = 'The video provider takes no more requests at the moment.';
      const { retryAfterMs } = error;
      return { kind: 'refused', failure: { kind: 'rate_limited', message, detail: error.message, retryAfterMs } };
    }
    if (error instanceof UpstreamSilence && !error.sent) return { kind: 'refused', failure: unreached(error.message) };
    return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}

function unreached(detail: string): Failure {
  return { kind: 'upstream_unavailable', message: 'The video provider could not be reached.', detail };
}

/** Null where the vendor was not asked at all. */
function outcomeOf(result: SubmitResult): Outcome | null {
  if (result.kind === 'accepted') return { kind: 'answered', by: 'submit' };
  if (UNASKED.has(result.failure.kind)) return null;
  return { kind: 'failed', cause: result.failure.kind, retryAfterMs: result.failure.retryAfterMs ?? null };
}

function noteRefusal(round: Round, { channel, credential, provider }: Choice, failure: Failure): void {
  round.tried.add(ABOUT_CREDENTIAL.has(failure.kind) ? credential.id : channel.id);
  // What a vendor said of the job counts for more than that a channel could not ask its own.
  if (round.refusal === null || !UNASKED.has(failure.kind)) round.refusal = failure;
  round.putOff ||= failure.kind === 'rate_limited' && provider.refusalsAreFinal !== true;
}

/** Writes down what the attempt came to. */
async function conclude(
  context: EngineContext,
  job: JobRecord,
  { provider }: Choice,
  attemptId: string,
  result: AttemptResult,
): Promise<JobRecord | null> {
  switch (result.kind) {
    case 'accepted': {
      const expected = context.expectations.of(provider.name, job.spec);
      const accepted = await advance(context.db, job, 'accept', {
        dueInMs: nextCheckMs({ hintMs: result.checkAfterMs, ageMs: 0, expected }),
        attempt: { kind: 'close', id: attemptId, state: 'accepted', task: result.task, failure: null },
      });
      // Whoever took the job over meanwhile looks for this very task.
      if (accepted === null) await hintTask(context.db, attemptId, result.task);
      return accepted;
    }
    case 'refused': {
      const another = FAILURES[result.failure.kind].failover;
      return advance(context.db, job, another ? 'refuse' : 'reject', {
        dueInMs: context.limits.leaseMs,
        failure: result.failure,
        attempt: { kind: 'close', id: attemptId, state: 'refused', task: null, failure: result.failure },
        data: { kind: result.failure.kind },
        keepsLease: another,
      });
    }
    case 'unknown': {
      const failure: Failure = {
        kind: 'outcome_unknown',
        message: 'The provider has not confirmed that it accepted the job. The amount stays held until this is known.',
        detail: result.detail,
      };
      return advance(context.db, job, 'lose', {
        dueInMs: reconcileMs(0),
        attempt: { kind: 'close', id: attemptId, state: 'unknown', task: null, failure },
      });
    }
  }
}

/** No attempt can be made now: the job waits where that helps, and fails where it does not. */
function settle(context: EngineContext, job: JobRecord, round: Round, route: Route): Promise<JobRecord | null> {
  const wait = (dueInMs: number, waitsFor: readonly string[] | null): Promise<JobRecord | null> =>
    advance(context.db, job, 'postpone', { dueInMs, waitsFor });
  if (route.kind === 'busy') return wait(placeWaitMs(ageMs(job)), route.channelIds);
  const restMs = route.kind === 'unhealthy' ? route.untilMs - context.health.nowMs() : 0;
  const refusal = round.refusal ?? (route.kind === 'unhealthy' ? resting(restMs) : null);
  const isPutOff = round.putOff || (route.kind === 'unhealthy' && route.causes.has('rate_limited'));
  if (isPutOff || (round.isPromised && refusal?.kind === 'upstream_unavailable'))
    return wait(restWaitMs(ageMs(job), restMs), null);
  const none = unserved(route.kind === 'none' ? route.unfit : []);
  return advance(context.db, job, 'reject', { failure: refusal ?? round.failed ?? none });
}

function resting(restMs: number): Failure {
  return {
    kind: 'upstream_unavailable',
    message: 'The video provider is not working at the moment. Try again shortly.',
    retryAfterMs: Math.max(1_000, Math.round(restMs)),
  };
}

export function ageMs(job: JobRecord): number {
  return Date.now() - job.createdAt.getTime();
}
