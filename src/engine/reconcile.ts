/** Finds out what became of a submit without an answer; until then the money stays held and nothing is sent again. */

import type { JobState } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import { UpstreamSilence } from '../providers/provider.ts';
import type { ListedTask, UpstreamTask } from '../providers/provider.ts';
import type { DueJob } from '../store/claims.ts';
import type { JobRecord } from '../store/jobs.ts';
import { hasRival, ownedTasks, proveAttempt } from '../store/late-tasks.ts';
import { advance } from './advance.ts';
import { ask, retentionMs } from './ask-vendor.ts';
import type { Target } from './ask-vendor.ts';
import { expireJob } from './check.ts';
import type { EngineContext } from './engine-context.ts';
import { fitInputs } from './fit-inputs.ts';
import { reconcileMs } from './schedule.ts';
import { upstreamWords } from './upstream-words.ts';
import { tellDeed } from './watch.ts';

/** A vendor's clock may be off, and a submit may have waited on its way. */
const WINDOW_BEFORE_MS = 30_000;
const WINDOW_AFTER_MS = 120_000;
const HOUR_MS = 3_600_000;

const TOO_LATE = 'this process stood still until the vendor may have forgotten what it took';

export type Finding =
  | { readonly kind: 'found'; readonly task: UpstreamTask; readonly by: 'hint' | 'token' | 'replay' | 'list' }
  | { readonly kind: 'not_created' }
  | { readonly kind: 'still_unknown' };

/** `due` is `submitting`: its node is gone, or its last attempt had no answer. */
export async function reconcileJob(context: EngineContext, due: DueJob, target: Target): Promise<void> {
  const { job, attemptAgeMs } = due;
  const { attempt, provider } = target;
  const startedMs = Date.now();
  const finding = await findTask(context, job, target, attemptAgeMs);
  const facts = { provider: provider.name, channel: target.channel.id, attempt: attempt.id };
  tellDeed(context, startedMs, { what: 'find', jobId: job.id, outcome: finding.kind, facts });
  switch (finding.kind) {
    case 'found':
      await advance(context.db, job, 'accept', {
        dueInMs: 0,
        attempt: { kind: 'close', id: attempt.id, state: 'accepted', task: finding.task, failure: null },
        data: { reconciled: finding.by },
      });
      return;
    case 'not_created':
      await advance(context.db, job, 'refuse', {
        dueInMs: 0,
        attempt: { kind: 'close', id: attempt.id, state: 'refused', task: null, failure: attempt.failure },
        data: { reconciled: 'token' },
      });
      return;
    case 'still_unknown':
      if (attemptAgeMs >= retentionMs(provider)) return expireJob(context, due, target);
      await keepLooking(context, due, target);
  }
}

/** A node that died between the submit and its answer wrote nothing down: now the job says that its outcome is not known. */
async function keepLooking(context: EngineContext, { job, attemptAgeMs }: DueJob, target: Target): Promise<void> {
  const dueInMs = reconcileMs(attemptAgeMs);
  const { attempt } = target;
  if (attempt.state === 'unknown') {
    await advance(context.db, job, 'postpone', { dueInMs });
    return;
  }
  const failure = {
    kind: 'outcome_unknown',
    message: 'The provider has not confirmed that it accepted the job. The amount stays held until this is known.',
  } as const;
  await advance(context.db, job, 'lose', {
    dueInMs,
    attempt: { kind: 'close', id: attempt.id, state: 'unknown', task: null, failure },
  });
}

/**
 * The ladder: the task that a callback or a late answer named, the attempt's token, the same submit again where the vendor
 * refuses what it has, the vendor's list. A step that cannot be taken says nothing, and the next one is tried.
 */
export async function findTask(
  context: EngineContext,
  job: Pick<JobRecord, 'id' | 'accountId' | 'spec' | 'notes' | 'modelVersion'> & { readonly state: JobState },
  target: Target,
  ageMs: number,
): Promise<Finding> {
  const { channel, provider } = target;
  const { spec } = job;
  const row = await context.catalogue.rowOf(job);
  const words = (row === null ? null : upstreamWords(provider, channel, row, spec.mode)) ?? {};
  const hinted = await hintedTask(context, target);
  if (hinted !== null) return { kind: 'found', task: hinted, by: 'hint' };
  if (provider.find !== undefined) {
    const heard = await ask(context, target, (io) => provider.find?.(spec, words, io) ?? Promise.resolve(null));
    if (heard.kind === 'silence') return { kind: 'still_unknown' };
    if (heard.value !== null) return { kind: 'found', task: heard.value, by: 'token' };
    // A request may still be on its way to the vendor; a vendor that showed that it has the task may be wrong now; and one
    // that is asked late may have forgotten it.
    const isYoung = oldestMs(target, ageMs) <= safeAgeMs(provider);
    const isSettled = ageMs >= 2 * context.limits.submitMs && isYoung && !isProven(target);
    return { kind: isSettled ? 'not_created' : 'still_unknown' };
  }
  const replayed = job.state === 'submitting' ? await replay(context, job, target, words, ageMs) : null;
  if (replayed !== null) return { kind: 'found', task: replayed, by: 'replay' };
  const listed = await listedTask(context, job, target, words);
  return listed === null ? { kind: 'still_unknown' } : { kind: 'found', task: listed, by: 'list' };
}

/** How old the attempt may be by now, however long this process stood still since `ageMs` was read. */
function oldestMs({ attempt }: Target, ageMs: number): number {
  return Math.max(ageMs, Date.now() - attempt.createdAt.getTime());
}

/** Until this age of an attempt, its vendor surely knows what it had of it; well before it begins to forget. */
function safeAgeMs(provider: Target['provider']): number {
  return retentionMs(provider) / 2;
}

/** The same of its token: until then, a second submit with it makes no second task. */
function safeReplayMs(way: NonNullable<Target['provider']['replay']>): number {
  return (way.rememberedHours * HOUR_MS) / 2;
}

/** Until this age of an attempt, a submit of it may be on its way to the vendor. */
export function onItsWayMs({ limits }: EngineContext, { replay: way }: Target['provider']): number {
  return Math.max(2 * limits.submitMs, way === undefined ? 0 : way.rememberedHours * HOUR_MS);
}

/** The vendor called back for this attempt, or refused its token as known. */
export function isProven({ attempt }: Target): boolean {
  return attempt.calledBackAt !== null || attempt.provenAt !== null;
}

/** Anyone may name a task: it is believed if the vendor, asked with our credential, knows it, and no other attempt has it. */
async function hintedTask(context: EngineContext, target: Target): Promise<UpstreamTask | null> {
  const { hintedTask: task, channelId, id } = target.attempt;
  if (task === null || (await ownedTasks(context.db, channelId, id, [task.id])).size > 0) return null;
  const heard = await ask(context, target, (io) => target.provider.check(task, { ...io, checksBefore: 0 }));
  return heard.kind === 'answer' ? task : null;
}

async function replay(
  context: EngineContext,
  job: Pick<JobRecord, 'id' | 'accountId' | 'spec' | 'notes'>,
  target: Target,
  words: JsonObject,
  ageMs: number,
): Promise<UpstreamTask | null> {
  const { replay: way } = target.provider;
  if (way === undefined || isProven(target)) return null;
  const isTooLate = (): boolean => oldestMs(target, ageMs) > safeReplayMs(way);
  if (isTooLate()) return null;
  const fitting = await fitInputs(context, job, { ...target, upstream: words });
  if (!fitting.ok) return null;
  const heard = await ask(context, target, (io) =>
    isTooLate() ? Promise.reject(new UpstreamSilence(TOO_LATE, false)) : way.resubmit(fitting.spec, words, io),
  );
  // A refusal of this submit is no word about the one before.
  if (heard.kind === 'silence' || heard.value.kind === 'refused') return null;
  if (heard.value.task === null) await proveAttempt(context.db, target.attempt.id);
  return heard.value.task;
}

/** The task with our token; else the only one that looks like ours, if nobody else can be waiting for it. */
async function listedTask(
  context: EngineContext,
  job: Pick<JobRecord, 'spec'>,
  target: Target,
  words: JsonObject,
): Promise<UpstreamTask | null> {
  const { attempt, provider } = target;
  const { listRecent } = provider;
  if (listRecent === undefined) return null;
  const madeMs = attempt.createdAt.getTime();
  const window = { from: new Date(madeMs - WINDOW_BEFORE_MS), to: new Date(madeMs + WINDOW_AFTER_MS) };
  const asked = { ...target, mayLack: true };
  const heard = await ask(context, asked, (io) => listRecent.call(provider, job.spec, words, window, io));
  if (heard.kind === 'silence') return null;
  const own = heard.value.find((listed) => listed.token === attempt.id);
  return own?.task ?? (await onlyCandidate(context, target, heard.value));
}

async function onlyCandidate(
  context: EngineContext,
  { attempt }: Target,
  listed: readonly ListedTask[],
): Promise<UpstreamTask | null> {
  const alike = listed.filter((one) => one.token === null && one.fits);
  if (alike.length === 0) return null;
  const windowMs = WINDOW_BEFORE_MS + WINDOW_AFTER_MS;
  const samePrompt = alike.every((one) => one.samePrompt);
  // In this order: whoever stops being a rival by then owns its task.
  if (await hasRival(context.db, attempt.id, windowMs, samePrompt)) return null;
  const ids = alike.map((one) => one.task.id);
  const owned = await ownedTasks(context.db, attempt.channelId, attempt.id, ids);
  const [only, ...others] = alike.filter((one) => !owned.has(one.task.id));
  return only === undefined || others.length > 0 ? null : only.task;
}
