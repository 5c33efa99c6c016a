/** Gathers the jobs of which nothing new is known, and lets go of them in one statement. */

import type { Queryable } from '../store/database.ts';
import { letGo } from '../store/claims.ts';
import type { Waiting } from '../store/claims.ts';
import { outlast } from './outlast.ts';

/** Answers that come within this time are written together. */
const GATHER_MS = 10;
const MAX_JOBS = 500;

type Entry = { readonly job: Waiting; readonly done: () => void; readonly failed: (error: unknown) => void };

export class LetGoBatch {
  readonly #db: Queryable;
  #entries: Entry[] = [];
  #running = false;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Resolves once it is written, or once someone else was found to have the job. */
  add(job: Waiting): Promise<void> {
    return new Promise((done, failed) => {
      this.#entries.push({ job, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#entries.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const entries = this.#entries.splice(0, MAX_JOBS);
      const jobs = entries.map((entry) => entry.job);
      await outlast(() => letGo(this.#db, jobs)).then(
        () => entries.forEach((entry) => entry.done()),
        (error: unknown) => entries.forEach((entry) => entry.failed(error)),
      );
    }
    this.#running = false;
  }
}
