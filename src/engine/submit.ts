/** Gives a queued job to a vendor: an attempt on record before the call leaves, and never a second one blindly. */

import { findModel } from '../catalogue/index.ts';
import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import { UpstreamSilence } from '../providers/provider.ts';
import type { SubmitResult } from '../providers/provider.ts';
import { countInFlight } from '../store/channels.ts';
import type { Channel } from '../store/channels.ts';
import type { JobRecord } from '../store/jobs.ts';
import { advance } from './advance.ts';
import type { EngineContext } from './engine-context.ts';
import { chooseChannel } from './route.ts';
import type { Route } from './route.ts';
import { busyWaitMs, nextCheckMs, reconcileMs } from './schedule.ts';
import { callProvider } from './upstream-call.ts';
import { newId } from '../new-id.ts';

export const NO_CHANNEL: Failure = {
  kind: 'no_channel',
  message: 'No channel serves this model at the moment. The operator can add one with POST /admin/v1/channels.',
};

type Chosen = Extract<Route, { kind: 'channel' }>;

/**
 * The job as this call left it; null if another node took it over meanwhile. `channels` are those known a moment ago, for the
 * first choice.
 */
export async function submitJob(
  context: EngineContext,
  queued: JobRecord,
  channels: readonly Channel[] | null = null,
): Promise<JobRecord | null> {
  let job: JobRecord | null = queued;
  let known = channels;
  const tried = new Set<string>();
  let refusal: Failure | null = null;
  while (job !== null && job.state === 'queued') {
    const route = await routeOf(context, job, known ?? (await context.channels()), tried);
    known = null;
    if (route.kind === 'busy') return advance(context.db, job, 'postpone', { dueInMs: busyWaitMs(ageMs(job)) });
    if (route.kind === 'none') return advance(context.db, job, 'reject', { failure: refusal ?? NO_CHANNEL });
    const attemptId = newId();
    const opened: JobRecord | null = await advance(context.db, job, 'submit', {
      dueInMs: context.limits.leaseMs,
      attempt: { kind: 'open', id: attemptId, channelId: route.channel.id },
      data: { channel: route.channel.name },
      keepsLease: true,
    });
    if (opened === null) return null;
    tried.add(route.channel.id);
    const result = await attempt(context, opened, route, attemptId);
    if (result.kind === 'refused') refusal = result.failure;
    job = await conclude(context, opened, attemptId, result, tried.size);
  }
  return job;
}

async function routeOf(
  context: EngineContext,
  job: JobRecord,
  channels: readonly Channel[],
  tried: ReadonlySet<string>,
): Promise<Route> {
  const match = findModel(job.spec.model);
  if (match === null) return { kind: 'none' };
  const bounded = channels.some((channel) => channel.maxConcurrency !== null);
  return chooseChannel({
    spec: job.spec,
    mode: job.mode,
    row: match.row,
    channels,
    providers: context.providers,
    inFlight: bounded ? await countInFlight(context.db) : new Map(),
    tried,
    chance: Math.random(),
  });
}

type AttemptResult = SubmitResult | { readonly kind: 'unknown'; readonly detail: string };

async function attempt(
  context: EngineContext,
  job: JobRecord,
  route: Chosen,
  attemptToken: string,
): Promise<AttemptResult> {
  const { channel, provider } = route;
  try {
    return await callProvider(context, { channel, provider, attemptToken }, context.limits.submitMs, (io) =>
      provider.submit(job.spec, route.upstream, io),
    );
  } catch (error) {
    if (error instanceof UpstreamSilence && !error.sent) {
      return {
        kind: 'refused',
        failure: {
          kind: 'upstream_unavailable',
          message: 'The video provider could not be reached.',
          detail: error.message,
        },
      };
    }
    return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Writes down what the attempt came to. */
async function conclude(
  context: EngineContext,
  job: JobRecord,
  attemptId: string,
  result: AttemptResult,
  attempts: number,
): Promise<JobRecord | null> {
  switch (result.kind) {
    case 'accepted':
      return advance(context.db, job, 'accept', {
        dueInMs: nextCheckMs({ hintMs: result.checkAfterMs, ageMs: 0, typicalMs: typicalMs(job) }),
        attempt: { kind: 'close', id: attemptId, state: 'accepted', task: result.task, failure: null },
      });
    case 'refused': {
      const another = FAILURES[result.failure.kind].failover && attempts < context.limits.maxAttempts;
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

export function ageMs(job: JobRecord): number {
  return Date.now() - job.createdAt.getTime();
}

/** What a job of this model usually takes, in milliseconds. */
export function typicalMs(job: JobRecord): number {
  return (findModel(job.spec.model)?.row.typicalSeconds ?? 60) * 1000;
}
