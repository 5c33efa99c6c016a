/** Takes the tasks of a fake vendor from state to state by themselves, as its real vendor would. */

import type { Fake, FakeTask } from '../providers/suite.ts';

type Books<Task extends FakeTask> = Pick<Fake, 'move'> & { readonly books: readonly Task[] };

const LOOK_MS = 20;

/** `statesOf`: what follows a new task, in equal steps over `workMs`. Answers what ends the walking. */
export function walkTasks<Task extends FakeTask>(
  fake: Books<Task>,
  workMs: number,
  statesOf: (task: Task) => readonly string[],
): () => void {
  let known = 0;
  const steps = new Set<NodeJS.Timeout>();
  const look = setInterval(() => {
    for (const task of fake.books.slice(known)) {
      const states = statesOf(task);
      for (const [at, state] of states.entries()) {
        const step = setTimeout(
          () => {
            steps.delete(step);
            fake.move(task.id, state);
          },
          (workMs * (at + 1)) / states.length,
        );
        steps.add(step);
      }
    }
    known = fake.books.length;
  }, LOOK_MS);
  return () => {
    clearInterval(look);
    for (const step of steps) clearTimeout(step);
  };
}
