/** What is done again until the database is back, because losing it with the connection would lose a fact. */

import { isDatabaseUnavailable } from '../store/database.ts';

/** Shorter than a lease together with the longest call before it. */
export const PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** `work` must be harmless to do twice. Throws its error once the database was away for longer than `patienceMs`. */
export async function outlast<T>(work: () => Promise<T>, patienceMs: number = PATIENCE_MS): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || performance.now() + pauseMs > untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
