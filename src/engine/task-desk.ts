/** What others may say about the task of a job: the vendor by a callback, and the operator who knows better. */

import type { Failure } from '../model/failure.ts';
import type { CallbackReading, CallbackReply, IncomingCallback, UpstreamTask } from '../providers/provider.ts';
import { readAttempt, readAttemptAgeMs } from '../store/attempts.ts';
import type { Attempt } from '../store/attempts.ts';
import { hasten } from '../store/claims.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { hastenLateTask, noteCallback, ownedTasks } from '../store/late-tasks.ts';
import { advance } from './advance.ts';
import { ask, targetOf } from './ask-vendor.ts';
import type { EngineContext } from './engine-context.ts';
import { onItsWayMs } from './reconcile.ts';
import { createVendorVideos } from './vendor-video.ts';
import type { VendorVideos } from './vendor-video.ts';

export type OperatorAction =
  /** Ask the vendor now. */
  | { readonly kind: 'recheck' }
  /** Copy the finished video now. */
  | { readonly kind: 'recollect' }
  /** The vendor does not have the job. */
  | { readonly kind: 'mark_not_created'; readonly next: 'retry' | 'fail' }
  /** The vendor has the job under this id. */
  | { readonly kind: 'attach_task'; readonly taskId: string };

export type TaskDesk = {
  /**
   * A callback came to the address of an attempt. It is only a reason to ask the vendor. Answers what the vendor is to be
   * told, null for the usual; `unknown` where there is no such attempt or the vendor did not sign it.
   */
  calledBack(
    channelId: string,
    attemptId: string,
    incoming: IncomingCallback,
  ): Promise<CallbackReply | null | 'unknown'>;
  /** Null: done. Each action is an event of the job that names `actor`. */
  act(jobId: string, action: OperatorAction, actor: string): Promise<Failure | null>;
  readonly videos: VendorVideos;
};

const NOT_TAKEN: Failure = {
  kind: 'upstream_unavailable',
  message: 'The video provider did not take the job. Nothing was charged; please try again.',
};

export function createTaskDesk(context: EngineContext, wake: () => void): TaskDesk {
  return {
    calledBack: async (channelId, attemptId, incoming) => {
      const reply = await calledBack(context, channelId, attemptId, incoming);
      wake();
      return reply;
    },
    act: async (jobId, action, actor) => {
      const failure = await act(context, jobId, action, actor);
      wake();
      return failure;
    },
    videos: createVendorVideos(context),
  };
}

async function calledBack(
  context: EngineContext,
  channelId: string,
  attemptId: string,
  incoming: IncomingCallback,
): Promise<CallbackReply | null | 'unknown'> {
  const reads = [...context.providers.values()].some((provider) => provider.readCallback !== undefined);
  const attempt = reads ? await readAttempt(context.db, attemptId) : null;
  const target = attempt?.channelId === channelId ? await targetOf(context, attempt) : null;
  const read = target?.provider.readCallback?.bind(target.provider);
  if (target === null || read === undefined)
    return (await noteCallback(context.db, channelId, attemptId, null)) ? null : 'unknown';
  const heard = await ask(context, target, (io) => read(incoming, io), false);
  // What cannot be read still says that something happened.
  const reading: CallbackReading = heard.kind === 'answer' ? heard.value : { kind: 'notice', task: null, reply: null };
  switch (reading.kind) {
    case 'forged':
      return 'unknown';
    case 'handshake':
      return reading.reply;
    case 'notice':
      await noteCallback(context.db, channelId, attemptId, reading.task);
      return reading.reply;
  }
}

async function act(
  context: EngineContext,
  jobId: string,
  action: OperatorAction,
  actor: string,
): Promise<Failure | null> {
  switch (action.kind) {
    case 'recheck':
      return recheck(context, jobId, actor);
    case 'recollect': {
      const job = await readJob(context.db, jobId);
      if (job?.state !== 'collecting')
        return conflict('only a job whose video is finished but not copied can be collected again');
      return (await hasten(context.db, jobId, { type: 'recollect', data: { actor } })) ? null : changing();
    }
    case 'mark_not_created':
    case 'attach_task':
      return resolve(context, jobId, action, actor);
  }
}

async function recheck(context: EngineContext, jobId: string, actor: string): Promise<Failure | null> {
  if (await hasten(context.db, jobId, { type: 'recheck', data: { actor } })) return null;
  return (await hastenLateTask(context.db, jobId)) ? null : conflict('no vendor has it to be asked about');
}

/** Only while nobody knows: an answer that may still come is better than anyone's word. */
async function resolve(
  context: EngineContext,
  jobId: string,
  action: Extract<OperatorAction, { kind: 'mark_not_created' | 'attach_task' }>,
  actor: string,
): Promise<Failure | null> {
  const saidMs = Date.now();
  const job = await readJob(context.db, jobId);
  const attempt = job?.attemptId === null || job === null ? null : await readAttempt(context.db, job.attemptId);
  if (job?.state !== 'submitting' || attempt?.state !== 'unknown')
    return conflict('the outcome of its submit is not unknown');
  if (action.kind === 'attach_task') return attach(context, job, attempt, action.taskId, actor);
  if (attempt.calledBackAt !== null || attempt.provenAt !== null)
    return conflict('the vendor has shown that it has the task; attach its id instead');
  if (await wasOnItsWay(context, attempt, saidMs))
    return conflict('its submit may still be on its way to the vendor, or is sent again until the vendor answers');
  const close = { kind: 'close', id: attempt.id, state: 'refused', task: null, failure: attempt.failure } as const;
  const data = { marked_not_created: action.next, actor };
  const moved =
    action.next === 'retry'
      ? await advance(context.db, job, 'refuse', { dueInMs: 0, attempt: close, data })
      : await advance(context.db, job, 'reject', { failure: NOT_TAKEN, attempt: close, data });
  return moved === null ? changing() : null;
}

/** When the operator spoke: what was true then need not be when a process that stood still comes to it. */
async function wasOnItsWay(context: EngineContext, attempt: Attempt, saidMs: number): Promise<boolean> {
  const target = await targetOf(context, attempt);
  const ageMs = await readAttemptAgeMs(context.db, attempt.id);
  const sinceMs = Date.now() - saidMs;
  return target !== null && ageMs !== null && ageMs - sinceMs < onItsWayMs(context, target.provider);
}

async function attach(
  context: EngineContext,
  job: JobRecord,
  attempt: Attempt,
  taskId: string,
  actor: string,
): Promise<Failure | null> {
  const task: UpstreamTask = { id: taskId, data: {} };
  if ((await ownedTasks(context.db, attempt.channelId, attempt.id, [taskId])).size > 0)
    return conflict('this task belongs to another attempt');
  const target = await targetOf(context, attempt);
  const heard =
    target === null
      ? null
      : await ask(context, target, (io) => target.provider.check(task, { ...io, checksBefore: 0 }));
  if (heard?.kind !== 'answer') return conflict(`the vendor does not answer for the task '${taskId}'`);
  const moved = await advance(context.db, job, 'accept', {
    dueInMs: 0,
    attempt: { kind: 'close', id: attempt.id, state: 'accepted', task, failure: null },
    data: { reconciled: 'operator', actor },
  });
  return moved === null ? changing() : null;
}

function conflict(because: string): Failure {
  return { kind: 'conflict', message: `This cannot be done with the job now: ${because}.` };
}

function changing(): Failure {
  return { kind: 'conflict', message: 'The job is changing at the moment. Try again shortly.', retryAfterMs: 1_000 };
}
