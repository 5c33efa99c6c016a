/** What the engine does now and then, in its own time: late tasks, and what jobs have taught of their models. */

import { Alarm } from './alarm.ts';
import type { EngineContext } from './engine-context.ts';
import { checkLateTasks } from './late-tasks.ts';

const ROUND_MS = 5_000;
/** Rounds between two looks at what was learned. */
const REFRESH_ROUNDS = 3;

export type Chores = { stop(): Promise<void> };

export function startChores(context: EngineContext): Chores {
  const alarm = new Alarm();
  let stopping = false;
  const round = async (rounds: number): Promise<void> => {
    if (rounds % REFRESH_ROUNDS === 0) await context.expectations.refresh();
    await checkLateTasks(context);
  };
  const run = async (): Promise<void> => {
    for (let rounds = 0; !stopping; rounds += 1) {
      await round(rounds).catch((error: unknown) => context.log.warn({ error: String(error) }, 'a chore failed'));
      await alarm.rest(ROUND_MS);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping = true;
      alarm.ring();
      await running;
    },
  };
}
