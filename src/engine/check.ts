/** Asks vendors how running jobs are; only a vendor's definite word or the deadline ends a job. */

import type { CheckResult } from '../providers/provider.ts';
import type { DueJob, Waiting } from '../store/claims.ts';
import { readVendorOutput, saveVendorOutput } from '../store/vendor-outputs.ts';
import type { VendorUsage } from '../store/vendor-outputs.ts';
import { advance } from './advance.ts';
import { ask, retentionMs } from './ask-vendor.ts';
import type { Heard, Target } from './ask-vendor.ts';
import { costBasis } from './cost-basis.ts';
import type { EngineContext } from './engine-context.ts';
import { outlast } from './outlast.ts';
import { failOrRetry } from './retry.ts';
import { afterErrorMs, nextCheckMs } from './schedule.ts';
import { tellDeed } from './watch.ts';

/** A video that was to be copied but is not here after so long is asked for again: its address may have changed. */
export const COLLECT_PATIENCE_MS = 15 * 60_000;

/** A job in the hands of this node, and the vendor that has it. */
export type Checked = { readonly due: DueJob; readonly target: Target };

/** Lets a call go when it is its turn; null where that came too late. */
export type Gate = <T>(call: () => Promise<Heard<T>>) => Promise<Heard<T> | null>;

/** A job given back unasked is due again after this. */
const UNASKED_MS = 500;

/** One call for one job. Null: what the answer meant is written already. */
export async function checkOne(context: EngineContext, gate: Gate, checked: Checked): Promise<Waiting | null> {
  const { due, target } = checked;
  const { attempt } = target;
  const { task } = attempt;
  if (task === null) throw new RangeError(`the attempt ${attempt.id} has no task to check`);
  let startedMs = 0;
  const heard = await gate(() => {
    startedMs = Date.now();
    return ask(context, target, (io) => target.provider.check(task, { ...io, checksBefore: due.job.checks }));
  });
  return heard === null ? unasked(checked) : conclude(context, checked, heard, startedMs);
}

/** One call for several jobs of one credential; a job that the answer does not mention was not answered for. */
export async function checkMany(
  context: EngineContext,
  gate: Gate,
  together: readonly Checked[],
): Promise<(Waiting | null)[]> {
  const [first] = together;
  const many = first?.target.provider.checkMany;
  if (first === undefined || many === undefined) return [];
  const tasks = together.flatMap(({ target }) => (target.attempt.task === null ? [] : [target.attempt.task]));
  let startedMs = 0;
  const heard = await gate(() => {
    startedMs = Date.now();
    return ask(context, first.target, (io) => many.ask(tasks, io));
  });
  if (heard === null) return together.map(unasked);
  const results: (Waiting | null)[] = [];
  for (const checked of together) results.push(await conclude(context, checked, partOf(heard, checked), startedMs));
  return results;
}

function unasked({ due: { job } }: Checked): Waiting {
  return { id: job.id, version: job.version, dueInMs: UNASKED_MS, progress: null, heard: 'unasked' };
}

function partOf(heard: Heard<ReadonlyMap<string, CheckResult>>, checked: Checked): Heard<CheckResult> {
  if (heard.kind === 'silence') return heard;
  const value = heard.value.get(checked.target.attempt.task?.id ?? '');
  return value === undefined
    ? { kind: 'silence', restMs: null, why: 'the batch query did not mention the task' }
    : { kind: 'answer', value };
}

async function conclude(
  context: EngineContext,
  checked: Checked,
  heard: Heard<CheckResult>,
  startedMs: number,
): Promise<Waiting | null> {
  const { due, target } = checked;
  const { job } = due;
  tellCheck(context, checked, heard, startedMs);
  const result = heard.kind === 'answer' ? heard.value : null;
  if (job.state === 'collecting') return sendAgain(context, checked, result);
  if (heard.kind === 'silence') {
    // Told to wait is not unanswered: then the wait is what was said, without doubling.
    const dueInMs = afterErrorMs(heard.restMs === null ? job.silentChecks + 1 : 1, heard.restMs);
    return {
      id: job.id,
      version: job.version,
      dueInMs,
      progress: null,
      heard: heard.restMs === null ? 'silent' : 'unasked',
    };
  }
  const answer = heard.value;
  switch (answer.kind) {
    case 'waiting': {
      const expected = context.expectations.of(target.provider.name, job.spec);
      const dueInMs = nextCheckMs({ hintMs: answer.checkAfterMs, ageMs: due.attemptAgeMs, expected });
      const progress = answer.progress === null ? null : percent(answer.progress);
      return { id: job.id, version: job.version, dueInMs, progress, heard: 'answered' };
    }
    case 'done':
      await outlast(() => finish(context, checked, answer));
      return null;
    case 'failed':
      await outlast(() => failOrRetry(context, job, target, answer.failure));
      return null;
  }
}

function tellCheck(
  context: EngineContext,
  { due, target }: Checked,
  heard: Heard<CheckResult>,
  startedMs: number,
): void {
  const { job, restedMs } = due;
  const outcome = heard.kind === 'silence' ? 'no_answer' : heard.value.kind;
  tellDeed(context, startedMs, {
    what: 'check',
    jobId: job.id,
    outcome,
    facts: {
      provider: target.provider.name,
      channel: target.channel.id,
      attempt: target.attempt.id,
      // The vendor was done at some time since the last look.
      ...(outcome === 'done' && job.state === 'running' ? { lagMs: restedMs } : {}),
    },
  });
}

async function finish(
  context: EngineContext,
  { due, target }: Checked,
  result: Extract<CheckResult, { kind: 'done' }>,
): Promise<void> {
  const { job } = due;
  const costMicros = costBasis(await context.catalogue.rowOf(job), job, target, result.usage);
  await context.db.transaction(async (tx) => {
    const collecting = await advance(tx, job, 'finish', {
      dueInMs: COLLECT_PATIENCE_MS,
      checked: 'answered',
      progress: 99,
      ...(costMicros === null ? {} : { costMicros }),
    });
    if (collecting === null) return;
    await saveVendorOutput(tx, job.id, result.video, usageOf(result));
    await context.queueCollect(tx, { jobId: job.id, channelId: target.channel.id });
  });
  // A vendor that gave no answer before may have been done long ago.
  if (job.silentChecks === 0) context.expectations.learn(target.provider.name, job.spec, tookMs(due));
  context.wakeCollect();
}

/**
 * The copy of a finished video failed, or was not heard of since: it is made again, from the address that the vendor gives
 * now or else from the one known. Only a copy that succeeds or the deadline ends such a job.
 */
async function sendAgain(context: EngineContext, { due, target }: Checked, result: CheckResult | null): Promise<null> {
  const { job } = due;
  await context.db.transaction(async (tx) => {
    const waiting = await advance(tx, job, 'postpone', { dueInMs: COLLECT_PATIENCE_MS });
    if (waiting === null) return;
    if (result?.kind === 'done') await saveVendorOutput(tx, job.id, result.video, usageOf(result));
    if (result?.kind === 'done' || (await readVendorOutput(tx, job.id)) !== null)
      await context.queueCollect(tx, { jobId: job.id, channelId: target.channel.id });
  });
  context.wakeCollect();
  return null;
}

/**
 * Ends a job past its deadline. Its task is still looked at for as long as the vendor remembers it, so that a success that
 * comes too late is known; a submit without an answer may have left a task that nobody asked for any more.
 */
export async function expireJob(context: EngineContext, due: DueJob, target: Target | null): Promise<void> {
  const { job, attempt } = due;
  const orphan = attempt !== null && attempt.task === null;
  const watched =
    attempt === null || target === null
      ? {}
      : { attempt: { kind: 'watch', id: attempt.id, retentionMs: retentionMs(target.provider), orphan } as const };
  await advance(context.db, job, 'expire', {
    ...watched,
    failure: {
      kind: 'expired',
      message: 'The provider did not finish the video in time. Nothing was charged; please try again.',
    },
    data: orphan ? { suspected_orphan: true } : {},
  });
}

/**
 * How long the vendor took: it finished at some time since the last look, or just now if it called back. Were it always taken for
 * just now, a vendor that became faster would never be looked at earlier.
 */
function tookMs({ attempt, attemptAgeMs, restedMs }: DueJob): number {
  const wasCalledBack = attempt !== null && attempt.calledBackAt !== null;
  return wasCalledBack ? attemptAgeMs : attemptAgeMs - restedMs / 2;
}

/** Never 100 before the file is ours. */
function percent(progress: number): number {
  return Math.round(Math.min(0.98, Math.max(0, progress)) * 100);
}

function usageOf(result: Extract<CheckResult, { kind: 'done' }>): VendorUsage {
  return { seconds: result.usage.seconds, tokens: result.usage.tokens?.toString() ?? null };
}
