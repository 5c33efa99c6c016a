/** A vendor in this process that keeps its own books, and behaves as a test tells it. */

import { UpstreamSilence } from '../../src/providers/provider.ts';
import type { CheckResult, Provider, SubmitResult } from '../../src/providers/provider.ts';
import type { Failure } from '../../src/model/failure.ts';

export type FakeTask = {
  readonly id: string;
  readonly prompt: string;
  readonly credential: string;
  /** The credentials of every later call about it. */
  readonly asked: Set<string>;
  over: boolean;
};

export type FakeVendor = {
  readonly provider: Provider;
  /** Every submit that reached it, in order. */
  readonly submits: { readonly prompt: string; readonly credential: string }[];
  readonly tasks: Map<string, FakeTask>;
  /** Tasks being made now, and the most there ever were at once. */
  making(): number;
  most(): number;
  /** What it answers to submits with this credential instead of taking them; null takes them again. */
  refuse(credential: string, failure: Failure | 'unreachable' | null): void;
  /** Whether tasks end at the next check after they were made. */
  endsAtOnce: boolean;
  end(prompt: string): void;
};

const CHECK_AGAIN_MS = 200;
/** What ends a task: no test here needs a video. */
const ENDED: CheckResult = {
  kind: 'failed',
  failure: { kind: 'generation_failed', message: 'The vendor was told to end this task.' },
};

export function fakeVendor(name = 'fake', more: Partial<Provider> = {}): FakeVendor {
  const submits: FakeVendor['submits'] = [];
  const tasks = new Map<string, FakeTask>();
  const refusals = new Map<string, Failure | 'unreachable'>();
  let most = 0;
  const making = (): number => [...tasks.values()].filter((task) => !task.over).length;
  const taskOf = (id: string): FakeTask => {
    const task = tasks.get(id);
    if (task === undefined) throw new Error('there is no such task');
    return task;
  };
  const vendor: FakeVendor = {
    submits,
    tasks,
    making,
    most: () => most,
    refuse: (credential, failure) => {
      if (failure === null) refusals.delete(credential);
      else refusals.set(credential, failure);
    },
    endsAtOnce: false,
    end: (prompt) => {
      for (const task of tasks.values()) if (task.prompt === prompt) task.over = true;
    },
    provider: {
      name,
      baseUrl: 'https://fake.invalid',
      servesEveryModel: true,
      credentialFault: (credential) =>
        credential.startsWith('bad') ? `it must not begin so: ${credential.length} characters` : null,
      errors: {},
      submit: async (spec, _words, io): Promise<SubmitResult> => {
        const prompt = spec.prompt ?? '';
        submits.push({ prompt, credential: io.credential });
        const refusal = refusals.get(io.credential);
        if (refusal === 'unreachable') throw new UpstreamSilence('nobody is there', false);
        if (refusal !== undefined) return { kind: 'refused', failure: refusal };
        const id = `task-${io.attemptToken}`;
        tasks.set(id, { id, prompt, credential: io.credential, asked: new Set(), over: false });
        most = Math.max(most, making());
        return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: CHECK_AGAIN_MS };
      },
      check: async ({ id }, io) => {
        const task = taskOf(id);
        task.asked.add(io.credential);
        if (vendor.endsAtOnce) task.over = true;
        return task.over ? ENDED : { kind: 'waiting', progress: null, checkAfterMs: CHECK_AGAIN_MS };
      },
      cancel: async ({ id }, io) => {
        const task = taskOf(id);
        task.asked.add(io.credential);
        task.over = true;
        return true;
      },
      ...more,
    },
  };
  return vendor;
}
