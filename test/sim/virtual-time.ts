/** Time as the nodes of a simulation see it: within a node's work the clock, the timers and chance are the simulation's. */

import { AsyncLocalStorage } from 'node:async_hooks';

/** Whoever's work runs: its clocks in milliseconds, its timers, its chance. */
export type Actor = {
  wallMs(): number;
  monotonicMs(): number;
  chance(): number;
  /** Calls `fire` once, after `ms`. */
  startTimer(ms: number, fire: () => void): VirtualTimer;
};

export type VirtualTimer = {
  /** Begins its time again. */
  refresh(): VirtualTimer;
  ref(): VirtualTimer;
  unref(): VirtualTimer;
  stop(): void;
};

const actors = new AsyncLocalStorage<Actor>();

/** Runs `work`, and whatever it goes on to do later, as the work of `actor`. */
export function actAs<T>(actor: Actor, work: () => T): T {
  return actors.run(actor, work);
}

/** Runs `work` in real time, whoever's work calls it: the driver of the database needs its own timers. */
export function inRealTime<T>(work: () => T): T {
  return actors.exit(work);
}

/** Replaces the clocks, the timers and chance of this process for the work of actors; all else keeps the real ones. */
export function installVirtualTime(): { restore(): void } {
  const real = {
    now: Date.now.bind(Date),
    performanceNow: performance.now.bind(performance),
    random: Math.random.bind(Math),
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    timeout: AbortSignal.timeout.bind(AbortSignal),
  };
  const put = (owner: object, name: string, value: unknown): (() => void) => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    return () => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    };
  };
  const restores = [
    put(Date, 'now', () => actors.getStore()?.wallMs() ?? real.now()),
    put(performance, 'now', () => actors.getStore()?.monotonicMs() ?? real.performanceNow()),
    put(Math, 'random', () => actors.getStore()?.chance() ?? real.random()),
    put(globalThis, 'setTimeout', (fire: () => void, ms?: number) => {
      const actor = actors.getStore();
      return actor === undefined ? real.setTimeout(fire, ms) : actor.startTimer(ms ?? 0, fire);
    }),
    put(globalThis, 'clearTimeout', (timer: unknown) => {
      if (isVirtual(timer)) timer.stop();
      else real.clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
    }),
    put(AbortSignal, 'timeout', (ms: number) => {
      const actor = actors.getStore();
      if (actor === undefined) return real.timeout(ms);
      const controller = new AbortController();
      actor.startTimer(ms, () => controller.abort(new DOMException('The call took too long.', 'TimeoutError')));
      return controller.signal;
    }),
  ];
  return {
    restore: () => {
      for (const restore of restores) restore();
    },
  };
}

function isVirtual(timer: unknown): timer is VirtualTimer {
  return typeof timer === 'object' && timer !== null && 'stop' in timer && typeof timer.stop === 'function';
}
