/** Asks the vendor of an attempt something; what it answers, or that it said nothing of use. */

import { UpstreamBusy } from '../providers/provider.ts';
import type { Provider, ProviderIo } from '../providers/provider.ts';
import type { Attempt } from '../store/attempts.ts';
import type { EngineContext } from './engine-context.ts';
import type { CallFate } from './lanes.ts';
import { callProvider, callWithTurn, channelOf } from './upstream-call.ts';
import type { Target as Callee } from './upstream-call.ts';

export type Target = Callee & { readonly attempt: Attempt };

/** `restMs`: for how long the vendor wants to be left alone; null where it did not say. */
export type Heard<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'silence'; readonly restMs: number | null; readonly why: string };

const HOUR_MS = 3_600_000;
const USUAL_RETENTION_HOURS = 24;

/** Null where this build does not know the provider any more. */
export async function targetOf(context: EngineContext, attempt: Attempt): Promise<Target | null> {
  const known = await channelOf(context, attempt);
  return known === null ? null : { ...known, attempt };
}

/**
 * Never rejects: a vendor that could not be asked said nothing about the job. `paced`: the call counts as one of the channel's
 * requests.
 */
export async function ask<T>(
  context: EngineContext,
  target: Target & { readonly mayLack?: boolean },
  call: (io: ProviderIo) => Promise<T>,
  paced = true,
): Promise<Heard<T>> {
  const callee = { ...target, attemptToken: target.attempt.id };
  const { checkMs } = context.limits;
  try {
    const value = await (paced
      ? callProvider(context, callee, checkMs, call)
      : callWithTurn(context, callee, checkMs, call, () => ({ kind: 'answered', by: 'look' })));
    return { kind: 'answer', value };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.log.warn(
      { attempt: target.attempt.id, channel: target.channel.name, error: why },
      'a vendor gave no answer',
    );
    return { kind: 'silence', restMs: error instanceof UpstreamBusy ? error.retryAfterMs : null, why };
  }
}

export function fateOf(heard: Heard<unknown>): CallFate {
  if (heard.kind === 'answer') return 'answered';
  return heard.restMs === null ? 'failed' : { restMs: heard.restMs };
}

/** How long after its submit the vendor can be asked about a task, in milliseconds. */
export function retentionMs(provider: Provider): number {
  return (provider.taskRetentionHours ?? USUAL_RETENTION_HOURS) * HOUR_MS;
}
