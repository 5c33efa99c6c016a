/** Calls queued jobs when the channels they wait for have room: whose turn it is, not who happens to ask. */

import { callWaiting, findRoom } from '../store/places.ts';
import { Alarm } from './alarm.ts';
import type { EngineContext } from './engine-context.ts';

/** Longest time from a place that becomes free to the call of who is next. */
const LOOK_MS = 100;

export type WaitingCalls = { stop(): Promise<void> };

/** `wake` is told when jobs were made due. Any number of nodes may do this at once: each job is called by one. */
export function startCallingWaiting(context: EngineContext, wake: () => void): WaitingCalls {
  const alarm = new Alarm();
  let stopping = false;
  const run = async (): Promise<void> => {
    while (!stopping) {
      const called = await callNext(context).catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'waiting jobs could not be called');
        return 0;
      });
      if (called > 0) wake();
      await alarm.rest(LOOK_MS);
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

/** One look at all channels; answers how many jobs were called. */
export async function callNext(context: EngineContext): Promise<number> {
  let called = 0;
  for (const room of await findRoom(context.db)) called += await callWaiting(context.db, room);
  return called;
}
