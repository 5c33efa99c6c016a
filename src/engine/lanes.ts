/** One lane per channel for the jobs its vendor has: how many may be in this node's hands, and how many calls under way. */

import type { LaneRoom } from '../store/claims.ts';

export type LaneLimits = {
  /** Calls under way at one channel. */
  readonly calls: number;
  /** Jobs of one channel in this node's hands. */
  readonly held: number;
  /** Jobs of all channels together. */
  readonly total: number;
  /** A job should not be held for longer than this before it is called about, in milliseconds. */
  readonly patienceMs: number;
};

/** Of a channel that does not answer, this many calls go on trying. */
const FEWEST_CALLS = 2;
/** So many calls without an answer in a row halve the calls. */
const FAILURES_PER_HALVING = 4;
const MAX_HALVINGS = 10;
/** How much the latest call counts in the usual time of one. */
const LATEST_SHARE = 0.3;
const LONGEST_REST_MS = 120_000;

type Lane = {
  held: number;
  calling: number;
  /** Usual time of a call in milliseconds; null before the first. */
  usualMs: number | null;
  failures: number;
  restsUntilMs: number;
  readonly waiting: (() => void)[];
};

/** How a call went: the vendor said something, said nothing of use, or asked to be left alone for a while. */
export type CallFate = 'answered' | 'failed' | { readonly restMs: number };

/** Kept for the life of the engine; channels are few. */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #nowMs: () => number;
  readonly #lanes = new Map<string, Lane>();
  #held = 0;

  constructor(limits: LaneLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Jobs that may be taken now, of all channels together. */
  get room(): number {
    return Math.max(0, this.#limits.total - this.#held);
  }

  /** Of a channel that was never called. */
  get firstRoom(): number {
    return Math.min(this.#limits.calls, this.#limits.held);
  }

  /** What may be taken now of a channel. */
  roomOf(channelId: string): number {
    return this.#roomOf(this.#lane(channelId));
  }

  /** The same of each channel that was called before. */
  rooms(): readonly LaneRoom[] {
    return [...this.#lanes].map(([channelId, lane]) => ({ channelId, room: this.#roomOf(lane) }));
  }

  isResting(channelId: string): boolean {
    return this.#lane(channelId).restsUntilMs > this.#nowMs();
  }

  /** `jobs` came into this node's hands. */
  take(channelId: string, jobs: number): void {
    this.#lane(channelId).held += jobs;
    this.#held += jobs;
  }

  release(channelId: string, jobs: number): void {
    this.#lane(channelId).held -= jobs;
    this.#held -= jobs;
  }

  /** Runs `call` as soon as the lane has a free place. `fateOf` says how it went; null where that says nothing of the vendor. */
  async call<T>(channelId: string, call: () => Promise<T>, fateOf: (result: T) => CallFate | null): Promise<T> {
    const lane = this.#lane(channelId);
    // Whoever was woken may find its place taken by a newcomer.
    while (lane.calling >= this.#callsOf(lane)) await new Promise<void>((wake) => lane.waiting.push(wake));
    lane.calling += 1;
    const startedMs = this.#nowMs();
    try {
      const result = await call();
      const fate = fateOf(result);
      if (fate !== null) this.#learn(lane, fate, this.#nowMs() - startedMs);
      return result;
    } finally {
      lane.calling -= 1;
      const free = Math.max(1, this.#callsOf(lane) - lane.calling);
      for (const wake of lane.waiting.splice(0, free)) wake();
    }
  }

  #learn(lane: Lane, fate: CallFate, tookMs: number): void {
    lane.usualMs = lane.usualMs === null ? tookMs : lane.usualMs + (tookMs - lane.usualMs) * LATEST_SHARE;
    lane.failures = fate === 'failed' ? lane.failures + 1 : 0;
    if (typeof fate === 'object')
      lane.restsUntilMs = Math.max(lane.restsUntilMs, this.#nowMs() + Math.min(fate.restMs, LONGEST_REST_MS));
  }

  #callsOf(lane: Lane): number {
    const halvings = Math.min(MAX_HALVINGS, Math.floor(lane.failures / FAILURES_PER_HALVING));
    return Math.max(Math.min(FEWEST_CALLS, this.#limits.calls), this.#limits.calls >> halvings);
  }

  /** As many jobs as can be called about before the last of them has waited too long. */
  #roomOf(lane: Lane): number {
    if (lane.restsUntilMs > this.#nowMs()) return 0;
    const calls = this.#callsOf(lane);
    const rounds =
      lane.usualMs === null ? 1 : Math.max(1, Math.floor(this.#limits.patienceMs / Math.max(1, lane.usualMs)));
    return Math.max(0, Math.min(calls * rounds, this.#limits.held) - lane.held);
  }

  #lane(channelId: string): Lane {
    const known = this.#lanes.get(channelId);
    if (known !== undefined) return known;
    const lane: Lane = { held: 0, calling: 0, usualMs: null, failures: 0, restsUntilMs: 0, waiting: [] };
    this.#lanes.set(channelId, lane);
    return lane;
  }
}
