/** The vendor of test mode: takes every model's spec, behaves as the prompt scripts it, and delivers a real video. */

import { planDigest } from '../../media/studio/plan.ts';
import type { RenderPlan } from '../../media/studio/plan.ts';
import type { RenderStatus } from '../../media/studio/studio.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import { isFailureKind } from '../../model/failure.ts';
import { property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamSilence } from '../provider.ts';
import type { CheckIo, CheckResult, Provider, ProviderIo, SubmitResult, UpstreamTask } from '../provider.ts';
import { readDirectives, scriptedMessage, SCRIPTED_KINDS } from './directives.ts';
import type { Directives } from './directives.ts';
import { loadPlan, storePlan } from './render-plan.ts';
import type { StoredPlan } from './render-plan.ts';

/** The part of the studio that the sandbox uses. */
export type SandboxStudio = {
  start(plan: RenderPlan): string;
  status(digest: string): RenderStatus;
  cancel(digest: string): void;
};

const CHECK_AGAIN_MS = 250;
const RETRY_AFTER_MS = 1_000;

/** Tasks need no memory of their own: all that a later check needs is in the task, and the same plan is drawn once. */
export function createSandbox(studio: SandboxStudio): Provider {
  return {
    name: 'sandbox',
    baseUrl: 'sandbox:',
    servesEveryModel: true,
    refusalsAreFinal: true,
    credentialForm: 'anything',
    credentialFault: () => null,
    errors: Object.fromEntries(SCRIPTED_KINDS.map((kind) => [kind, kind])),
    submit: (spec, _upstream, io) => submit(studio, spec, io),
    check: (task, io) => check(studio, task, io),
    find: (spec, _upstream, io) => Promise.resolve(taskOf(spec, io)),
    cancel: (task, io) => cancel(studio, task, io),
  };
}

async function submit(studio: SandboxStudio, spec: VideoSpec, io: ProviderIo): Promise<SubmitResult> {
  const script = readDirectives(spec.prompt ?? '');
  if ('fault' in script) return { kind: 'refused', failure: { kind: 'invalid_request', message: script.fault } };
  const { refuse, lost } = script.directives;
  if (refuse !== null) return { kind: 'refused', failure: scripted(refuse) };
  const task = taskOf(spec, io);
  if (task === null) throw new Error('a readable prompt gives a task');
  if (lost) return silence(io.signal);
  if (isDrawn(script.directives)) draw(studio, await loadPlan(planOf(task), io.files));
  const { stuck, delayMs } = script.directives;
  return { kind: 'accepted', task, checkAfterMs: stuck ? null : Math.max(delayMs, CHECK_AGAIN_MS) };
}

async function check(studio: SandboxStudio, task: UpstreamTask, io: CheckIo): Promise<CheckResult> {
  const script = scriptOf(task);
  if (io.checksBefore < script.flaky) throw new Error('the sandbox was told by the prompt not to answer this check');
  const leftMs = script.readyAtMs - io.now().getTime();
  if (script.stuck) return { kind: 'waiting', progress: null, checkAfterMs: null };
  if (leftMs > 0) return { kind: 'waiting', progress: null, checkAfterMs: Math.max(leftMs, CHECK_AGAIN_MS) };
  if (script.fail !== null) return { kind: 'failed', failure: scripted(script.fail) };
  const plan = await loadPlan(planOf(task), io.files);
  const status = draw(studio, plan);
  switch (status.state) {
    case 'done':
      return {
        kind: 'done',
        video: { from: 'file', path: status.path },
        usage: { seconds: plan.durationMs / 1000, tokens: null },
      };
    case 'failed':
      return {
        kind: 'failed',
        failure: {
          kind: 'generation_failed',
          message: 'The sandbox could not draw this video.',
          detail: status.message,
        },
      };
    case 'rendering':
      return { kind: 'waiting', progress: status.progress, checkAfterMs: CHECK_AGAIN_MS };
    case 'queued':
    case 'absent':
      return { kind: 'waiting', progress: null, checkAfterMs: CHECK_AGAIN_MS };
  }
}

/** A studio with no room is one that has not begun: a later check starts the clip. */
function draw(studio: SandboxStudio, plan: RenderPlan): RenderStatus {
  try {
    return studio.status(studio.start(plan));
  } catch (error) {
    if (error instanceof Error && error.name === 'StudioFullError') return { state: 'absent' };
    throw error;
  }
}

async function cancel(studio: SandboxStudio, task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  studio.cancel(planDigest(await loadPlan(planOf(task), io.files)));
  return true;
}

/** What the sandbox would remember of a submit with this token; null for a prompt that it refuses. */
function taskOf(spec: VideoSpec, io: ProviderIo): UpstreamTask | null {
  const script = readDirectives(spec.prompt ?? '');
  if ('fault' in script || script.directives.refuse !== null) return null;
  const { delayMs, fail, stuck, flaky } = script.directives;
  const data: JsonObject = {
    plan: storePlan(spec, script.prompt),
    readyAtMs: io.now().getTime() + delayMs,
    fail,
    stuck,
    flaky,
  };
  return { id: `sandbox-${io.attemptToken}`, data };
}

function isDrawn(directives: Directives): boolean {
  return directives.fail === null && !directives.stuck;
}

function planOf(task: UpstreamTask): StoredPlan {
  return property(task.data, 'plan') as StoredPlan;
}

function scriptOf(task: UpstreamTask): { readyAtMs: number; fail: FailureKind | null; stuck: boolean; flaky: number } {
  const fail = property(task.data, 'fail');
  return {
    readyAtMs: Number(property(task.data, 'readyAtMs')),
    fail: typeof fail === 'string' && isFailureKind(fail) ? fail : null,
    stuck: property(task.data, 'stuck') === true,
    flaky: Number(property(task.data, 'flaky')),
  };
}

function scripted(kind: FailureKind): Failure {
  const failure: Failure = { kind, message: scriptedMessage(kind) };
  return kind === 'rate_limited' || kind === 'upstream_unavailable'
    ? { ...failure, retryAfterMs: RETRY_AFTER_MS }
    : failure;
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new UpstreamSilence('the sandbox was told by the prompt to lose its answer', true));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
