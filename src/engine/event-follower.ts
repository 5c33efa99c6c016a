/** Wakes whoever waits on this node for something to happen to a job, on whichever node it happens. */

import { setTimeout as delay } from 'node:timers/promises';

import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { readFeedEnd, readFresh } from '../store/event-feed.ts';
import type { FeedPosition, FreshEvent } from '../store/event-feed.ts';
import { Alarm } from './alarm.ts';

/** What is waited for: the events of one job, or the settled ones of all jobs of an account. */
export type Watched = { readonly jobId: string } | { readonly accountId: string };

export type EventFollower = {
  /**
   * Calls `ring` after each event of `what`; maybe once too often, never once too few. Everything that is committed once this
   * has resolved will ring, so look at the job afterwards, not before. Call the answer to end it. Null: too many wait already.
   */
  watch(what: Watched, ring: () => void): Promise<(() => void) | null>;
  /** Looks for events now: this node has just changed a job. Costs nothing while nobody waits. */
  nudge(): void;
  readonly watchers: number;
  stop(): Promise<void>;
};

/** All times in milliseconds. */
export type FollowerLimits = {
  /** Between two looks at the event table. */
  readonly pollMs: number;
  /** The same, however often this node changes jobs. */
  readonly minGapMs: number;
  readonly watchers: number;
  readonly pageRows: number;
  /** Pages read in a row before the next rest. */
  readonly pages: number;
  /** After the database failed to answer. */
  readonly retryMs: number;
};

export const FOLLOWER_LIMITS: FollowerLimits = {
  pollMs: 250,
  minGapMs: 20,
  watchers: 10_000,
  pageRows: 1_000,
  pages: 10,
  retryMs: 1_000,
};

/** Asks the database nothing while nobody waits, and else one statement per look, however many wait. */
export function createEventFollower(db: Database, log: Log, limits: FollowerLimits = FOLLOWER_LIMITS): EventFollower {
  const rings = new Map<string, Set<() => void>>();
  const alarm = new Alarm();
  let watchers = 0;
  let stopped = false;
  /** Settles when the feed's end is known, from which on nothing is missed; null while nothing is followed. */
  let beginning: Promise<void> | null = null;
  let loop: Promise<void> = Promise.resolve();

  function begin(): Promise<void> {
    const end = readFeedEnd(db);
    loop = end.then(follow, () => {
      beginning = null;
    });
    beginning = end.then(() => undefined);
    return beginning;
  }

  async function follow(end: FeedPosition): Promise<void> {
    let position = end;
    let lookedMs = performance.now();
    while (watchers > 0 && !stopped) {
      await alarm.rest(limits.pollMs);
      const earlyMs = limits.minGapMs - (performance.now() - lookedMs);
      if (earlyMs > 0) await delay(earlyMs);
      lookedMs = performance.now();
      position = await look(position).catch(async (error: unknown) => {
        log.warn({ error: String(error) }, 'the events could not be followed');
        await alarm.rest(limits.retryMs);
        return position;
      });
    }
    beginning = null;
  }

  async function look(from: FeedPosition): Promise<FeedPosition> {
    let position = from;
    for (let pages = 0; pages < limits.pages; pages += 1) {
      const page = await readFresh(db, position, limits.pageRows);
      position = page.next;
      for (const name of new Set(page.events.flatMap(namesOf))) rings.get(name)?.forEach((ring) => ring());
      if (!page.isFull) break;
    }
    return position;
  }

  return {
    watch: async (what, ring) => {
      if (watchers >= limits.watchers || stopped) return null;
      const name = nameOf(what);
      const own = (): void => ring();
      const others = rings.get(name) ?? new Set();
      rings.set(name, others.add(own));
      watchers += 1;
      const end = (): void => {
        if (!others.delete(own)) return;
        watchers -= 1;
        if (others.size === 0 && rings.get(name) === others) rings.delete(name);
      };
      try {
        await (beginning ?? begin());
        return end;
      } catch (error) {
        end();
        throw error;
      }
    },
    nudge: () => {
      if (watchers > 0) alarm.ring();
    },
    get watchers() {
      return watchers;
    },
    stop: async () => {
      stopped = true;
      alarm.ring();
      await loop;
    },
  };
}

function nameOf(what: Watched): string {
  return 'jobId' in what ? what.jobId : `account ${what.accountId}`;
}

/** Followers of an account read settled events only, so that an unsettled one has nothing for them yet. */
function namesOf(event: FreshEvent): string[] {
  return event.settled
    ? [nameOf({ jobId: event.jobId }), nameOf({ accountId: event.accountId })]
    : [nameOf({ jobId: event.jobId })];
}
