/** A vendor's own books: what it accepted, what became of it, and what it will bill. The oracle of a simulation. */

import type { FailureKind } from '../../src/model/failure.ts';
import type { Micros } from '../../src/model/money.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import type { Random } from './random.ts';
import { Violation } from './world.ts';
import type { World } from './world.ts';

export type TaskEnd = 'done' | 'failed' | 'never';

export type VendorTask = {
  readonly id: string;
  readonly vendor: string;
  /** The attempt that it was made for. */
  readonly token: string;
  /** The order that the client placed, which the spec carries along. */
  readonly order: string;
  readonly prompt: string | null;
  readonly model: string;
  readonly seconds: number;
  readonly acceptedAtMs: number;
  readonly endsAtMs: number;
  readonly end: TaskEnd;
  readonly failure: FailureKind;
  /** What it says it used; what it says it used is what it bills. */
  readonly usedSeconds: number | null;
  readonly file: Buffer;
  /** It is billed though it failed. */
  readonly billsFailure: boolean;
  cancelled: boolean;
  /** The ends that it has told of; a vendor that told of both is not to be understood. */
  readonly said: Set<'done' | 'failed'>;
};

/** What one second of video costs at each vendor, whichever the model. */
export const MICROS_PER_SECOND = 41_003n;

/** How the tasks of a vendor end. */
const ENDS: Readonly<Record<TaskEnd, number>> = { done: 80, failed: 15, never: 5 };
const FAILURE_KINDS: readonly FailureKind[] = ['generation_failed', 'content_rejected', 'upstream_unavailable'];
const HOUR_MS = 3_600_000;

export class Books {
  readonly tasks: VendorTask[] = [];
  readonly #world: World;
  readonly #vendor: string;
  readonly #retentionHours: number;
  readonly #billedFailures: readonly FailureKind[];

  constructor(world: World, vendor: string, retentionHours: number, billedFailures: readonly FailureKind[]) {
    this.#world = world;
    this.#vendor = vendor;
    this.#retentionHours = retentionHours;
    this.#billedFailures = billedFailures;
  }

  /** Takes the job, whatever it took before. */
  accept(token: string, spec: VideoSpec): VendorTask {
    const { random, nowMs } = this.#world;
    const id = `${this.#vendor}-${this.tasks.length + 1}`;
    const end = random.weighted(ENDS);
    const failure = random.pick(FAILURE_KINDS);
    const task: VendorTask = {
      id,
      vendor: this.#vendor,
      token,
      order: spec.user ?? '',
      prompt: spec.prompt,
      model: spec.model,
      seconds: spec.seconds,
      acceptedAtMs: nowMs,
      endsAtMs: nowMs + this.#makingMs(random),
      end,
      failure,
      usedSeconds: random.chance(0.5) ? null : spec.seconds + random.below(2),
      billsFailure: end === 'failed' && this.#billedFailures.includes(failure),
      file: fileOf(id, spec, random),
      cancelled: false,
      said: new Set(),
    };
    this.tasks.push(task);
    this.#world.count('tasks accepted');
    return task;
  }

  /** Null too for a task that was forgotten meanwhile. */
  byId(id: string): VendorTask | null {
    return this.#remembered(this.tasks.find((task) => task.id === id));
  }

  byToken(token: string): VendorTask | null {
    return this.#remembered(this.tasks.find((task) => task.token === token));
  }

  /** Whether it was ever accepted, forgotten or not. */
  hasAccepted(token: string): VendorTask | null {
    return this.tasks.find((task) => task.token === token) ?? null;
  }

  between(fromMs: number, toMs: number): readonly VendorTask[] {
    return this.tasks.filter((task) => task.acceptedAtMs >= fromMs && task.acceptedAtMs <= toMs);
  }

  /** How the task is at this moment. */
  stateOf(task: VendorTask): TaskEnd | 'running' {
    if (task.cancelled) return 'failed';
    return task.end === 'never' || this.#world.nowMs < task.endsAtMs ? 'running' : task.end;
  }

  #remembered(task: VendorTask | undefined): VendorTask | null {
    if (task === undefined) return null;
    return this.#world.nowMs - task.acceptedAtMs < this.#retentionHours * HOUR_MS ? task : null;
  }

  /** Mostly a minute or two; now and then hours, beyond the job's deadline. */
  #makingMs(random: Random): number {
    switch (random.weighted({ usual: 85, long: 8, late: 7 })) {
      case 'usual':
        return 2_000 + random.below(150_000);
      case 'long':
        return 10 * 60_000 + random.below(2 * HOUR_MS);
      case 'late':
        return 12 * HOUR_MS + random.below(40 * HOUR_MS);
    }
  }
}

/** What the vendor will ask for the task; 0 where it made nothing. */
export function billOf(task: VendorTask): Micros {
  if (task.cancelled) return 0n;
  if (task.end === 'done') return MICROS_PER_SECOND * BigInt(task.usedSeconds ?? task.seconds);
  return task.billsFailure ? MICROS_PER_SECOND * BigInt(task.seconds) : 0n;
}

/** A vendor took the same job twice: right only where it had failed it before, and had said so. */
export function requireSingle(books: readonly Books[], fresh: VendorTask): void {
  const others = books.flatMap(({ tasks }) => tasks).filter((task) => task.order === fresh.order && task !== fresh);
  const wrong = others.find((task) => !task.said.has('failed'));
  if (wrong !== undefined)
    throw new Violation(`${fresh.order} was accepted as ${fresh.id} though ${wrong.id} makes it`);
}

/** What an inspector of the simulation reads as a video. */
export type FileFacts = {
  readonly task: string;
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
};

/** Now and then a little shorter than asked, or longer. */
function fileOf(id: string, spec: VideoSpec, random: Random): Buffer {
  const askedMs = spec.seconds * 1_000;
  const durationMs = random.pick([askedMs, askedMs, askedMs, askedMs - 1_000, Math.ceil(askedMs / 2), askedMs + 400]);
  const facts: FileFacts = { task: id, durationMs, width: spec.width, height: spec.height };
  return Buffer.from(JSON.stringify(facts));
}
