/** Asks a process of the bench something over its channel; one question at a time. */

import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';

/** Rejects if the process ends instead of answering. */
export async function askProcess<Answer>(child: ChildProcess, question: Serializable): Promise<Answer> {
  const over = new AbortController();
  const ended = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a process of the bench ended before it answered');
  });
  const answered = once(child, 'message', { signal: over.signal });
  child.send(question);
  try {
    const [answer] = await Promise.race([answered, ended]);
    return answer as Answer;
  } finally {
    over.abort();
    await Promise.allSettled([answered, ended]);
  }
}
