/** One read for all who ask at about the same time. */

/**
 * Each caller gets an answer whose loading began after it asked, so it sees everything that was written by then; however
 * many ask, one load runs at a time.
 */
export function sharedRead<T>(load: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    if (next === null) {
      next = last.then(() => {
        next = null;
        return load();
      });
      last = next.catch(() => undefined);
    }
    return next;
  };
}
