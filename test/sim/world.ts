/** The one scheduler of a simulation: everything that a node waits for is parked here until the seed picks it to go on. */

import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import type { Actor, VirtualTimer } from './virtual-time.ts';

/** What a node waits for: an answer of the database, of a vendor or of the storage. */
export type Parked = {
  /** Null: it happens in the world outside, whatever becomes of the nodes. */
  readonly process: Process | null;
  readonly kind: ParkedKind;
  readonly label: string;
  readonly readyAtMs: number;
  /** Does what was asked for; answers how to tell whoever asked. */
  run(): Promise<Deliver>;
  /** Tells whoever asked that it failed. */
  fail(error: Error): void;
};
export type Deliver = () => void;
/** `read`: a statement that writes nothing. */
export type ParkedKind = 'sql' | 'read' | 'request' | 'reply' | 'file' | 'event';

/** A rule of the simulated house was broken. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

/** More than any run has steps; those of one run are forgotten with it. */
const MAX_LINES = 200_000;
const MAX_PARKED = 5_000;

export class World {
  readonly random: Random;
  readonly seed: number;
  /** No more mischief from here on: what is broken by now must heal. */
  isCalm = false;
  steps = 0;
  readonly #counts = new Map<string, number>();
  readonly #lines: string[] = [];
  #digest = 0;
  #nowMs: number;
  #parked: Parked[] = [];
  #ids = 0;

  constructor(seed: number, startMs: (random: Random) => number) {
    this.seed = seed;
    this.random = createRandom(seed);
    this.#nowMs = startMs(this.random);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get parked(): readonly Parked[] {
    return this.#parked;
  }

  /** Changes with every difference in what happened so far. */
  get digest(): number {
    return this.#digest;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Never goes back. */
  moveClock(toMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  /** How many ids were given out; each id is made of this. */
  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** Resolves with the result of `work`, once it was picked. */
  park<T>(
    process: Process | null,
    kind: ParkedKind,
    label: string,
    work: () => T | Promise<T>,
    readyAtMs = this.#nowMs,
  ): Promise<T> {
    if (this.#parked.length >= MAX_PARKED) throw new Violation('too much is waiting at once');
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Nobody answers the dead.
    if (process?.isAlive === false) return promise;
    this.#parked.push({
      process,
      kind,
      label,
      readyAtMs,
      run: async () => {
        try {
          const value = await work();
          return () => resolve(value);
        } catch (error) {
          if (error instanceof Violation) throw error;
          return () => reject(error);
        }
      },
      fail: reject,
    });
    return promise;
  }

  /** The answer lies there until the process takes it. */
  parkAnswer(process: Process, label: string, deliver: Deliver): void {
    this.park(process, 'reply', `${label} (answer)`, () => undefined).then(deliver, () => undefined);
  }

  /** Something that happens by itself at `atMs`. */
  schedule(atMs: number, label: string, happen: () => void): void {
    void this.park(null, 'event', label, happen, atMs);
  }

  take(parked: Parked): void {
    this.#parked.splice(this.#parked.indexOf(parked), 1);
  }

  /** All that the process waited for is gone with it. */
  forget(process: Process): void {
    this.#parked = this.#parked.filter((parked) => parked.process !== process);
  }

  count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  tell(who: string, what: string): void {
    const line = `${this.steps} ${new Date(this.#nowMs).toISOString()} ${who} ${what}`;
    for (let index = 0; index < line.length; index += 1)
      this.#digest = Math.imul(this.#digest ^ line.charCodeAt(index), 0x01000193) >>> 0;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) throw new Violation('the story is too long');
  }
}

type Timer = { dueMs: number; readonly order: number; readonly fire: () => void };

/** One node's process: it can stand still for a while, and die. */
export class Process implements Actor {
  readonly name: string;
  readonly #world: World;
  /** How wrong its wall clock is. */
  readonly #skewMs: number;
  readonly #timers = new Set<Timer>();
  #isAlive = true;
  #standsUntilMs = 0;
  #order = 0;

  constructor(world: World, name: string, skewMs: number) {
    this.#world = world;
    this.name = name;
    this.#skewMs = skewMs;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get runs(): boolean {
    return this.#isAlive && this.#world.nowMs >= this.#standsUntilMs;
  }

  /** When it goes on; in the past while it runs. */
  get standsUntilMs(): number {
    return this.#standsUntilMs;
  }

  wallMs(): number {
    return this.#world.nowMs + this.#skewMs;
  }

  monotonicMs(): number {
    return this.#world.nowMs;
  }

  chance(): number {
    return this.#world.random.next();
  }

  startTimer(ms: number, fire: () => void): VirtualTimer {
    this.#order += 1;
    const timer: Timer = { dueMs: this.#world.nowMs + ms, order: this.#order, fire };
    this.#timers.add(timer);
    const handle: VirtualTimer = {
      refresh: () => {
        timer.dueMs = this.#world.nowMs + ms;
        return handle;
      },
      ref: () => handle,
      unref: () => handle,
      stop: () => void this.#timers.delete(timer),
    };
    return handle;
  }

  /** The earliest of its timers; null if it has none. */
  get nextTimerMs(): number | null {
    return this.#timers.size === 0 ? null : Math.min(...[...this.#timers].map((timer) => timer.dueMs));
  }

  /** Takes the timer that is due longest. */
  takeDueTimer(): (() => void) | null {
    const [first] = [...this.#timers]
      .filter((timer) => timer.dueMs <= this.#world.nowMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
    if (first === undefined) return null;
    this.#timers.delete(first);
    return first.fire;
  }

  standStill(untilMs: number): void {
    this.#standsUntilMs = Math.max(this.#standsUntilMs, untilMs);
  }

  die(): void {
    this.#isAlive = false;
    this.#timers.clear();
    this.#world.forget(this);
  }
}
