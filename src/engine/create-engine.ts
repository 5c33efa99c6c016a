/** The engine running: claims due jobs in batches, works on them side by side, and sleeps until more are due. */

import { cancelJob } from './cancel.ts';
import { startChores } from './chores.ts';
import type { Chores } from './chores.ts';
import type { CollectQueue } from './collect-queue.ts';
import { collectJob } from './collect.ts';
import { createJob } from './create.ts';
import { DueWork } from './due-work.ts';
import type { Work } from './due-work.ts';
import type { EngineContext } from './engine-context.ts';
import type { Engine } from './engine.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Heartbeat } from './heartbeat.ts';
import { startCallingWaiting } from './call-waiting.ts';
import type { WaitingCalls } from './call-waiting.ts';
import { createNotifier } from './notify/notifier.ts';
import { createRoutingDesk } from './routing-desk.ts';
import { createTaskDesk } from './task-desk.ts';
import { tellDeed } from './watch.ts';
import { handOn } from '../store/nodes.ts';

/** After the database failed to answer the loop. */
const DATABASE_RETRY_MS = 1_000;
/** What is under way may end within this time; looks at vendors that do not are handed on. */
const HAND_ON_MS = 1_500;
/** A submit that is cut off may have made a task that nobody can find. */
const SUBMIT_GRACE_MS = 15_000;

/** `alone`: this process has the database to itself. */
export function createEngine(context: EngineContext, queue: CollectQueue, alone: boolean): Engine {
  const submits = new Set<Promise<unknown>>();
  const notifier = createNotifier(context);
  let stopping = false;
  let loop: Promise<void> = Promise.resolve();
  let heartbeat: Heartbeat | null = null;
  let chores: Chores | null = null;
  let waitingCalls: WaitingCalls | null = null;
  let alarm = Promise.withResolvers<void>();
  let drained: Promise<void> | null = null;

  const track = (work: Promise<unknown>, kind: Work): void => {
    const settled = work
      .catch((error: unknown) => context.log.error({ error: String(error) }, 'work on a job failed'))
      .finally(() => {
        submits.delete(settled);
        context.wakeReaders?.();
      });
    if (kind === 'submit') submits.add(settled);
  };
  const wake = (): void => alarm.resolve();

  const due = new DueWork(context, track, wake);

  const run = async (): Promise<void> => {
    while (!stopping) {
      alarm = Promise.withResolvers<void>();
      const waitMs = await due.turn().catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'the engine could not read its due jobs');
        return DATABASE_RETRY_MS;
      });
      if (waitMs > 0) await pause(waitMs, alarm.promise);
    }
  };

  const drain = async (): Promise<void> => {
    stopping = true;
    wake();
    await loop;
    await pause(
      HAND_ON_MS,
      Promise.all([due.settled(), notifier.stop()]).then(() => undefined),
    );
    await handOn(context.db, context.node);
  };

  return {
    create: (order) => createJob(context, order, (work) => track(work, 'submit')),
    cancel: async (jobId) => {
      const startedMs = Date.now();
      const failure = await cancelJob(context, jobId).finally(() => context.wakeReaders?.());
      tellDeed(context, startedMs, { what: 'cancel', jobId, outcome: failure?.kind ?? 'done', facts: {} });
      return failure;
    },
    routing: createRoutingDesk(context, wake),
    tasks: createTaskDesk(context, wake),
    wake,
    start: async () => {
      heartbeat = await startHeartbeat(context, alone, wake);
      await queue.work((task) => collectJob(context, task).finally(() => context.wakeReaders?.()));
      chores = startChores(context);
      loop = run();
      waitingCalls = startCallingWaiting(context, wake);
      notifier.start();
    },
    drain: () => (drained ??= drain()),
    stop: async () => {
      await (drained ??= drain()).catch((error: unknown) =>
        context.log.warn({ error: String(error) }, 'the jobs of this node could not be handed on'),
      );
      await pause(
        SUBMIT_GRACE_MS,
        Promise.all(submits).then(() => undefined),
      );
      await waitingCalls?.stop();
      await chores?.stop();
      await heartbeat?.stop();
    },
  };
}

/** Sleeps `ms`, or less if `until` resolves first. */
async function pause(ms: number, until: Promise<void>): Promise<void> {
  const rest = Promise.withResolvers<void>();
  const timer = setTimeout(rest.resolve, ms);
  try {
    await Promise.race([rest.promise, until]);
  } finally {
    clearTimeout(timer);
  }
}
