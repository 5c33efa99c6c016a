/** What the nodes have to do now, and when there will be something to do. */

import { isTerminal } from '../../src/model/job.ts';
import type { Fleet } from './fleet.ts';
import type { House } from './look.ts';
import type { Chore, SimNode } from './node.ts';
import type { World } from './world.ts';

export type DueChore = { readonly node: SimNode; readonly chore: Chore };

/** Of steps, those at which a node may show that it lives, or learn how long jobs take. */
const BEAT_SHARE = 0.04;
const REFRESH_SHARE = 0.01;

/** `mayCall`: there may be room for jobs that wait since somebody looked. */
export function dueChores(world: World, fleet: Fleet, house: House, mayCall: boolean): readonly DueChore[] {
  const { nowMs, random } = world;
  const { jobs, attempts, copyMs } = house;
  const due: Readonly<Record<Chore, boolean>> = {
    turn: jobs.some((job) => !isTerminal(job.state) && job.dueMs <= nowMs),
    late: attempts.some(({ lateMs }) => lateMs !== null && lateMs <= nowMs),
    copy: copyMs !== null && copyMs <= nowMs,
    call: mayCall && jobs.some((job) => job.state === 'queued' && job.waits),
    beat: random.chance(BEAT_SHARE),
    refresh: random.chance(REFRESH_SHARE),
  };
  const chores = (Object.keys(due) as Chore[]).filter((chore) => due[chore]);
  return fleet.running
    .flatMap((node) => chores.map((chore) => ({ node, chore })))
    .filter(({ node, chore }) => !node.isAt(chore) && (chore !== 'turn' || node.restsUntilMs <= nowMs));
}

/** The next moment at which something can happen; null if nothing ever will. */
export function nextMs({ nowMs, parked }: World, fleet: Fleet, { jobs, attempts, copyMs }: House): number | null {
  const times = [
    ...parked.filter(({ process }) => process === null || process.runs).map(({ readyAtMs }) => readyAtMs),
    ...fleet.running.flatMap(({ process: { nextTimerMs } }) => (nextTimerMs === null ? [] : [nextTimerMs])),
    ...fleet.nodes.flatMap(({ process, restsUntilMs }) => [process.standsUntilMs, restsUntilMs]),
    ...jobs.flatMap((job) => (isTerminal(job.state) ? [] : [job.dueMs])),
    ...attempts.flatMap(({ lateMs }) => (lateMs === null ? [] : [lateMs])),
    ...(copyMs === null ? [] : [copyMs]),
  ].filter((ms) => ms > nowMs);
  return times.length === 0 ? null : Math.min(...times);
}
