/** One seed from the first order to the last settlement: who goes on next, what breaks, and whether all holds. */

import { isTerminal } from '../../src/model/job.ts';
import { dueChores, nextMs } from './agenda.ts';
import type { DueChore } from './agenda.ts';
import { Customers } from './customers.ts';
import { Fleet, SECRETS } from './fleet.ts';
import { furnish } from './furnish.ts';
import type { Furniture } from './furnish.ts';
import { requireOrder, requireSettled } from './invariants.ts';
import { EMPTY_HOUSE, lookAtHouse } from './look.ts';
import type { House } from './look.ts';
import { operate, turnChannel } from './operator.ts';
import type { Random } from './random.ts';
import type { SimDatabase } from './sim-database.ts';
import { drawVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';
import { actAs, installVirtualTime } from './virtual-time.ts';
import { Violation, World } from './world.ts';
import type { Deliver, Parked, Process } from './world.ts';

export type SeedResult = {
  readonly seed: number;
  readonly jobs: number;
  readonly steps: number;
  readonly counts: ReadonlyMap<string, number>;
  /** The same whenever the same happened. */
  readonly digest: number;
  /** What happened, step by step. */
  readonly lines: readonly string[];
  /** What broke; null if all went well. */
  readonly violation: string | null;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long there is mischief; then all that is broken must heal, in so many steps. */
const MISCHIEF_STEPS_PER_JOB = 70;
const MAX_STEPS_PER_JOB = 2_500;
const EXTRA_STEPS = 3_000;
/** Of steps: those at which a node dies or stands still, a channel is turned, or all nodes stand still for hours. */
const MISCHIEF_SHARE = 0.02;
const MISCHIEF = { kill: 10, pause: 10, channel: 2, outage: 1 } as const;
const OUTAGE_HOURS = [1, 5, 20, 60];
/** Of what took effect: that its node dies or stands still before it hears of it. */
const AFTER_SHARE = 0.02;
/** Of statements: those whose connection breaks, before or after they took effect. */
const LOST_STATEMENT_SHARE = 0.01;
const OPERATOR_SHARE = 0.01;
/** Time that passes while there is something to do. */
const NUDGE_SHARE = 0.03;
const NUDGES_MS = [20, 800, 12_000];
/** Leaps of the clock with nothing but waiting jobs after which it leaps further and further. */
const PATIENT_LEAPS = 30;
const USUAL_LEAP_MS = 50;
const FIRST_LONG_LEAP_MS = 30_000;
const LONGEST_LEAP_MS = 12 * HOUR_MS;

export async function runSeed(database: SimDatabase, seed: number, jobs: number): Promise<SeedResult> {
  const time = installVirtualTime();
  const run = new Run(database, seed, jobs);
  let violation: string | null = null;
  try {
    await run.finish();
  } catch (error) {
    if (error instanceof Violation) violation = error.message;
    else violation = `the run broke: ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    time.restore();
  }
  const { steps, counts, digest, lines } = run.world;
  return { seed, jobs, steps, counts, digest, lines, violation };
}

class Run {
  readonly world: World;
  readonly #database: SimDatabase;
  readonly #jobs: number;
  readonly #fleet: Fleet;
  #furniture: Furniture = { keys: [], vendorOfChannel: new Map(), places: new Map() };
  #customers: Customers | null = null;
  #house: House = EMPTY_HOUSE;
  /** A statement may have written since the house was looked at. */
  #isStale = false;
  /** There may be room for jobs that wait since somebody looked. */
  #mayCall = true;
  #idleLeaps = 0;

  constructor(database: SimDatabase, seed: number, jobs: number) {
    this.world = new World(seed, startOf);
    this.#database = database;
    this.#jobs = jobs;
    const count = 2 + this.world.random.below(2);
    const vendors = Array.from({ length: count }, (_, index) => drawVendor(this.world, `vendor${index + 1}`));
    this.#fleet = new Fleet(this.world, database.link, vendors, () => this.#house);
  }

  async finish(): Promise<void> {
    const fleet = this.#fleet;
    const { world } = this;
    await this.#database.clear();
    await this.#database.setClock(world.nowMs);
    this.#furniture = await furnish(world, this.#database.link, SECRETS, fleet.vendors, () => fleet.newId());
    const nodes = 2 + world.random.below(2);
    for (let index = 0; index < nodes; index += 1) fleet.start();
    const customers = new Customers(world, this.#jobs, this.#furniture.keys, () => fleet.running);
    this.#customers = customers;
    const maxSteps = EXTRA_STEPS + MAX_STEPS_PER_JOB * this.#jobs;
    while (!this.#isOver(customers)) {
      if (world.steps >= maxSteps) throw new Violation(`it goes on for ever: ${this.#openJobs()}`);
      world.isCalm ||= world.steps > MISCHIEF_STEPS_PER_JOB * this.#jobs;
      await this.#step();
    }
    await this.#database.setClock(world.nowMs);
    await requireSettled(this.#database.link, this.#house, fleet.vendors, this.#furniture.vendorOfChannel);
    const kept = new Set(this.#house.jobs.map((job) => job.id));
    const lost = customers.promised.find((id) => !kept.has(id));
    if (lost !== undefined) throw new Violation(`the job ${lost}, which a client was told of, is gone`);
    for (const job of this.#house.jobs) world.count(`jobs ${job.state}`);
  }

  /** Every order is answered, every job has ended, and nobody is at anything. */
  #isOver(customers: Customers): boolean {
    const { jobs, attempts, copyMs } = this.#house;
    return (
      customers.areServed &&
      jobs.every((job) => isTerminal(job.state)) &&
      attempts.every((attempt) => attempt.lateMs === null) &&
      copyMs === null &&
      this.world.parked.every((parked) => parked.kind === 'event')
    );
  }

  async #step(): Promise<void> {
    const { world } = this;
    world.steps += 1;
    if (this.#fireTimer()) return quiet();
    if (!world.isCalm && world.random.chance(MISCHIEF_SHARE)) await this.#doMischief();
    else await this.#goOn();
    await quiet();
    await this.#look();
  }

  /** What a node set a timer for comes before all else that node does. */
  #fireTimer(): boolean {
    for (const { process } of this.#fleet.running) {
      const fire = process.takeDueTimer();
      if (fire === null) continue;
      this.world.tell(process.name, 'a timer fires');
      actAs(process, fire);
      return true;
    }
    return false;
  }

  /** Lets one of those that wait go on, or does something that nobody waits for; else the clock goes on. */
  async #goOn(): Promise<void> {
    const { world } = this;
    const { random, nowMs } = world;
    if (random.chance(OPERATOR_SHARE)) return this.#operate();
    if (!world.isCalm && random.chance(NUDGE_SHARE))
      return world.moveClock(nowMs + random.below(random.pick(NUDGES_MS)));
    const ready = world.parked.filter(
      ({ process, readyAtMs }) => readyAtMs <= nowMs && (process === null || process.runs),
    );
    const chores = dueChores(world, this.#fleet, this.#house, this.#mayCall);
    if (ready.length + chores.length === 0) return this.#leap();
    const place = random.below(ready.length + chores.length);
    const [parked, chore] = [ready[place], chores[place - ready.length]];
    if (parked !== undefined) return this.#take(parked);
    if (chore !== undefined) this.#startChore(chore);
  }

  async #take(parked: Parked): Promise<void> {
    const { world } = this;
    const { process, kind, label } = parked;
    world.take(parked);
    if (kind === 'sql' || kind === 'read') {
      await this.#database.setClock(world.nowMs);
      if (!world.isCalm && world.random.chance(LOST_STATEMENT_SHARE)) return this.#lose(parked);
    }
    world.tell(process?.name ?? 'world', label);
    const deliver = await parked.run();
    this.#isStale ||= kind === 'sql';
    const strikes = process !== null && !world.isCalm && world.random.chance(AFTER_SHARE);
    if (strikes) this.#strikeAfter(process, parked, deliver);
    else deliver();
  }

  /** The connection breaks, and whoever asked cannot tell whether the statement took effect. */
  async #lose(parked: Parked): Promise<void> {
    const { world } = this;
    const when = world.random.chance(0.5) ? 'after' : 'before';
    world.count(`statement lost ${when}`);
    world.tell(parked.process?.name ?? 'world', `lost ${when}: ${parked.label}`);
    if (when === 'after') await parked.run();
    this.#isStale ||= when === 'after' && parked.kind === 'sql';
    parked.fail(new Error('Connection terminated unexpectedly'));
  }

  /** What was asked for took effect, and the node dies or stands still before it hears of it. */
  #strikeAfter(process: Process, { label, kind }: Parked, deliver: Deliver): void {
    // A request that leaves is on its way at once.
    if (kind === 'request' || this.world.random.chance(0.5)) return this.#kill(process);
    this.world.parkAnswer(process, label, deliver);
    this.#fleet.pause(process);
  }

  async #doMischief(): Promise<void> {
    const { random } = this.world;
    const { running } = this.#fleet;
    if (running.length === 0) return this.#leap();
    const { process } = random.pick(running);
    switch (random.weighted(MISCHIEF)) {
      case 'kill':
        return this.#kill(process);
      case 'pause':
        return this.#fleet.pause(process);
      case 'channel':
        return turnChannel(this.world, this.#database.link, random.pick([...this.#furniture.vendorOfChannel.keys()]));
      case 'outage':
        return this.#fleet.pauseAll(random.pick(OUTAGE_HOURS) * HOUR_MS);
    }
  }

  #kill(process: Process): void {
    const dead = this.#fleet.kill(process);
    if (dead !== null) this.#customers?.lose(dead);
  }

  #operate(): void {
    const { running, vendors } = this.#fleet;
    if (running.length === 0) return;
    const { vendorOfChannel } = this.#furniture;
    const vendorOf = (channelId: string): Vendor | null =>
      vendors.find(({ name }) => name === vendorOfChannel.get(channelId)) ?? null;
    operate(this.world, this.#house, this.world.random.pick(running), vendorOf);
  }

  #startChore({ node, chore }: DueChore): void {
    if (chore === 'call') this.#mayCall = false;
    node.start(chore);
  }

  /** Nothing can happen now: the clock goes on to when something can, or further where all have waited for long. */
  #leap(): void {
    const { world } = this;
    const { nowMs, random } = world;
    const next = nextMs(world, this.#fleet, this.#house);
    if (next === null) throw new Violation(`nothing will ever happen again: ${this.#openJobs()}`);
    this.#idleLeaps += 1;
    const doublings = this.#idleLeaps - PATIENT_LEAPS;
    const reachMs = doublings < 0 ? USUAL_LEAP_MS : Math.min(LONGEST_LEAP_MS, FIRST_LONG_LEAP_MS * 2 ** doublings);
    world.moveClock(next + random.below(reachMs));
    this.#mayCall = true;
    world.tell('clock', `goes on by ${world.nowMs - nowMs} ms`);
  }

  async #look(): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    const before = this.#house;
    this.#house = await lookAtHouse(this.#database.link);
    for (const job of this.#house.jobs)
      if (job.state === 'submitting' && !before.jobs.some(({ id }) => id === job.id))
        this.world.count('jobs made with an attempt');
    requireOrder(this.world, this.#house, before, this.#fleet.vendors, this.#furniture.places);
    if (!this.#house.jobs.some((job, index) => job.state !== before.jobs[index]?.state)) return;
    this.#idleLeaps = 0;
    this.#mayCall = true;
  }

  #openJobs(): string {
    const open = this.#house.jobs.filter((job) => !isTerminal(job.state));
    return open.map((job) => `${job.order} is ${job.state} (${job.id})`).join(', ') || 'no job is open';
  }
}

/** Some day of a year; often shortly before midnight, when budgets begin anew. */
function startOf(random: Random): number {
  const days = random.below(365);
  return Date.UTC(2030, 0, 1) + days * DAY_MS + (random.chance(0.3) ? DAY_MS - 20_000 : random.below(DAY_MS));
}

/** Resolves once nobody has anything left to do but to wait. */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
