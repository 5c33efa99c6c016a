/** Finds out what became of a submit without an answer; until then the money stays held and nothing is sent again. */

import { findModel } from '../catalogue/index.ts';
import type { JsonObject } from '../model/json.ts';
import type { UpstreamTask } from '../providers/provider.ts';
import type { Attempt } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import { advance } from './advance.ts';
import type { EngineContext } from './engine-context.ts';
import { nextCheckMs, reconcileMs } from './schedule.ts';
import { ageMs, typicalMs } from './submit.ts';
import { callProvider, channelOf } from './upstream-call.ts';

type Finding =
  | { readonly kind: 'found'; readonly task: UpstreamTask }
  | { readonly kind: 'not_created' }
  | { readonly kind: 'still_unknown' };

/** `job` is `submitting` and its node is gone, or its last attempt had no answer. */
export async function reconcileJob(context: EngineContext, job: JobRecord, attempt: Attempt): Promise<void> {
  const finding = await look(context, job, attempt);
  switch (finding.kind) {
    case 'found':
      await advance(context.db, job, 'accept', {
        dueInMs: nextCheckMs({ hintMs: 0, ageMs: ageMs(job), typicalMs: typicalMs(job) }),
        attempt: { kind: 'close', id: attempt.id, state: 'accepted', task: finding.task, failure: null },
        data: { reconciled: true },
      });
      return;
    case 'not_created':
      await advance(context.db, job, 'refuse', {
        dueInMs: 0,
        attempt: { kind: 'close', id: attempt.id, state: 'refused', task: null, failure: attempt.failure },
        data: { reconciled: true },
      });
      return;
    case 'still_unknown':
      await advance(context.db, job, 'postpone', { dueInMs: reconcileMs(ageMs(job)) });
  }
}

async function look(context: EngineContext, job: JobRecord, attempt: Attempt): Promise<Finding> {
  const target = await channelOf(context, attempt.channelId);
  const find = target?.provider.find?.bind(target.provider);
  if (target === null || find === undefined) return { kind: 'still_unknown' };
  const { channel, provider } = target;
  const upstream: JsonObject =
    findModel(job.spec.model)?.row.servings.find((serving) => serving.provider === provider.name)?.upstream ?? {};
  try {
    const task = await callProvider(context, { ...target, attemptToken: attempt.id }, context.limits.checkMs, (io) =>
      find(job.spec, upstream, io),
    );
    return task === null ? { kind: 'not_created' } : { kind: 'found', task };
  } catch (error) {
    context.log.warn({ job: job.id, channel: channel.name, error: String(error) }, 'could not look for a lost task');
    return { kind: 'still_unknown' };
  }
}
