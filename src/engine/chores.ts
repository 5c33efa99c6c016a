/** What the engine does now and then, in its own time: late tasks, what jobs and operators say of models, and upkeep. */

import { Alarm } from './alarm.ts';
import type { EngineContext } from './engine-context.ts';
import { checkLateTasks } from './late-tasks.ts';
import { doUpkeep } from './upkeep.ts';

const ROUND_MS = 5_000;
/** Rounds between two looks at what was learned. */
const REFRESH_ROUNDS = 3;
const UPKEEP_MS = 60_000;
/** Between two looks at what operators have changed of models. */
const CATALOGUE_MS = 1_000;

export type Chores = { stop(): Promise<void> };

export function startChores(context: EngineContext): Chores {
  const stopping = new AbortController();
  const alarms = [new Alarm(), new Alarm(), new Alarm()] as const;
  const again = async (alarm: Alarm, restMs: number, work: (round: number) => Promise<void>): Promise<void> => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      await work(round).catch((error: unknown) => context.log.warn({ error: String(error) }, 'a chore failed'));
      await alarm.rest(restMs);
    }
  };
  const running = Promise.all([
    again(alarms[0], ROUND_MS, async (round) => {
      if (round % REFRESH_ROUNDS === 0) await context.expectations.refresh();
      await checkLateTasks(context);
    }),
    again(alarms[1], UPKEEP_MS, async (round) => {
      // A server that was only just started has more urgent things to do.
      if (round > 0) await doUpkeep(context, stopping.signal);
    }),
    again(alarms[2], CATALOGUE_MS, () => context.catalogue.refresh()),
  ]);
  return {
    stop: async () => {
      stopping.abort();
      for (const alarm of alarms) alarm.ring();
      await running;
    },
  };
}
