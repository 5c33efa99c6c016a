/** Takes what is due, works on it side by side, and keeps a vendor that hangs from holding up the others. */

import { claimDue, nextDueMs } from '../store/claims.ts';
import type { DueJob, Waiting } from '../store/claims.ts';
import { fateOf, targetOf } from './ask-vendor.ts';
import type { Heard, Target } from './ask-vendor.ts';
import { checkMany, checkOne, expireJob } from './check.ts';
import type { Checked, Gate } from './check.ts';
import type { EngineContext } from './engine-context.ts';
import { Lanes } from './lanes.ts';
import { LetGoBatch } from './let-go-batch.ts';
import { reconcileJob } from './reconcile.ts';
import { submitJob } from './submit.ts';

/** Of the lease: a job not called about by then is given back before someone else takes it. */
const PATIENCE_SHARE = 0.2;
const SHORTEST_REST_MS = 5;
/** What becomes due within this time of a claim is claimed together. */
const GATHER_MS = 10;
/** Of what a channel that was full may hold, this must be free before it is worth another claim. */
const WORTH_A_CLAIM = 0.5;
/** A job of a provider that this build does not have waits for one that does. */
const NO_PROVIDER_MS = 60_000;

/** What is under way: handing a job to a vendor, or looking after one that a vendor has. */
export type Work = 'submit' | 'look';

export class DueWork {
  readonly #context: EngineContext;
  /** The same with channels that may be a moment old: their addresses will do. */
  readonly #looking: EngineContext;
  readonly #track: (work: Promise<unknown>, kind: Work) => void;
  readonly #onRoom: () => void;
  readonly #patienceMs: number;
  readonly #lanes: Lanes;
  readonly #batch: LetGoBatch;
  readonly #underWay = new Set<Promise<void>>();
  /** Channels that had no room at the last claim. */
  #full: ReadonlySet<string> = new Set();
  #submits = 0;

  /** `track` is told of all that is under way; `onRoom` is called when a channel that was full can take jobs again. */
  constructor(
    context: EngineContext,
    track: (work: Promise<unknown>, kind: Work) => void,
    onRoom: () => void = () => undefined,
  ) {
    const { limits } = context;
    this.#context = context;
    this.#looking = { ...context, channels: { ...context.channels, now: context.channels.recent } };
    this.#track = track;
    this.#onRoom = onRoom;
    this.#patienceMs = limits.leaseMs * PATIENCE_SHARE;
    this.#lanes = new Lanes({
      calls: limits.channelCalls,
      held: limits.claimBatch,
      total: limits.checks,
      patienceMs: this.#patienceMs,
    });
    this.#batch = new LetGoBatch(context.db);
  }

  /** Takes what is due now and begins to work on it. Answers how long there is nothing to do, in milliseconds. */
  async turn(): Promise<number> {
    const { db, node, limits } = this.#context;
    const rooms = this.#lanes.rooms();
    this.#full = new Set(rooms.filter(({ room }) => room === 0).map(({ channelId }) => channelId));
    const queued = Math.max(0, Math.min(limits.concurrency - this.#submits, limits.claimBatch));
    const due = await claimDue(db, {
      owner: node,
      leaseMs: limits.leaseMs,
      queued,
      perChannel: this.#lanes.firstRoom,
      running: this.#lanes.room,
      lanes: rooms,
    });
    const byChannel = Map.groupBy(due, ({ job, attempt }) =>
      job.state === 'queued' ? null : (attempt?.channelId ?? null),
    );
    for (const [channelId, dues] of byChannel) {
      if (channelId === null) for (const one of dues) this.#begin(this.#submit(one), 'submit');
      else this.#begin(this.#serve(channelId, dues), 'look');
    }
    if (due.length > 0) return GATHER_MS;
    // With no room at all, what is due waits for whatever ends first.
    if (queued === 0 || this.#lanes.room === 0) return limits.pollMs;
    // What is due but was not to be had is in another node's hands at this moment.
    const nextMs = (await nextDueMs(db, [...this.#full])) ?? limits.pollMs;
    return Math.min(limits.pollMs, Math.max(SHORTEST_REST_MS, nextMs));
  }

  /** Resolves once all that was begun is done. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #begin(work: Promise<void>, kind: Work): void {
    const settled = work.finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    this.#track(settled, kind);
  }

  async #submit(due: DueJob): Promise<void> {
    this.#submits += 1;
    try {
      await (due.overdue ? expireJob(this.#context, due, null) : submitJob(this.#context, due.job));
    } finally {
      this.#submits -= 1;
    }
  }

  /** The due jobs of one channel. */
  async #serve(channelId: string, dues: readonly DueJob[]): Promise<void> {
    const lanes = this.#lanes;
    lanes.take(channelId, dues.length);
    let held = dues.length;
    const settle = async (jobs: number, work: Promise<readonly (Waiting | null)[]>): Promise<void> => {
      try {
        await Promise.all((await work).map((waiting) => (waiting === null ? null : this.#batch.add(waiting))));
      } finally {
        this.#release(channelId, jobs);
        held -= jobs;
      }
    };
    try {
      const gate = this.#gateOf(channelId);
      const { singles, groups } = await sort(this.#looking, dues);
      const outcomes = await Promise.allSettled([
        ...singles.map((one) =>
          settle(
            1,
            this.#workOn(one, gate).then((waiting) => [waiting]),
          ),
        ),
        ...groups.map((group) => settle(group.length, checkMany(this.#looking, gate, group))),
      ]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    } finally {
      // All that were not settled above, because none was begun.
      this.#release(channelId, held);
    }
  }

  #release(channelId: string, jobs: number): void {
    this.#lanes.release(channelId, jobs);
    if (!this.#full.has(channelId)) return;
    if (this.#lanes.roomOf(channelId) < this.#context.limits.claimBatch * WORTH_A_CLAIM) return;
    this.#full = new Set([...this.#full].filter((id) => id !== channelId));
    this.#onRoom();
  }

  /** Calls in the channel's lane, as long as the jobs just taken can wait and the vendor does not want to be left alone. */
  #gateOf(channelId: string): Gate {
    const untilMs = performance.now() + this.#patienceMs;
    const isLate = (): boolean => performance.now() > untilMs || this.#lanes.isResting(channelId);
    return <T>(call: () => Promise<Heard<T>>) =>
      this.#lanes.call(
        channelId,
        () => (isLate() ? Promise.resolve(null) : call()),
        (heard) => (heard === null ? null : fateOf(heard)),
      );
  }

  /** Null: whatever there was to write is written. */
  async #workOn({ due, target }: Single, gate: Gate): Promise<Waiting | null> {
    const { job } = due;
    if (due.overdue) {
      await expireJob(this.#looking, due, target);
      return null;
    }
    if (target === null)
      return { id: job.id, version: job.version, dueInMs: NO_PROVIDER_MS, progress: null, heard: 'silent' };
    if (job.state !== 'submitting') return checkOne(this.#looking, gate, { due, target });
    const reconcile = (): Promise<void> => reconcileJob(this.#looking, due, target);
    await this.#lanes.call(target.channel.id, reconcile, () => null);
    return null;
  }
}

type Sorted = { readonly singles: readonly Single[]; readonly groups: readonly (readonly Checked[])[] };
type Single = { readonly due: DueJob; readonly target: Target | null };

/** Which jobs are asked about one by one, and which of one credential together. */
async function sort(context: EngineContext, dues: readonly DueJob[]): Promise<Sorted> {
  const singles: Single[] = [];
  const together = new Map<string, Checked[]>();
  for (const due of dues) {
    const target = due.attempt === null ? null : await targetOf(context, due.attempt);
    const isCheck = !due.overdue && due.job.state === 'running';
    const many = target?.provider.checkMany;
    const task = due.attempt?.task ?? null;
    const isAlone = many === undefined || task === null || many.takes?.(task) === false;
    if (target === null || isAlone || !isCheck) singles.push({ due, target });
    else {
      const name = target.attempt.credentialId;
      together.set(name, [...(together.get(name) ?? []), { due, target }]);
    }
  }
  const groups = [...together.values()].flatMap((checked) =>
    chunks(checked, checked[0]?.target.provider.checkMany?.max ?? 1),
  );
  // A server that speaks a vendor's API may know its tasks and not its batch query.
  const alone = groups.filter(({ length }) => length === 1).flat();
  return { singles: [...singles, ...alone], groups: groups.filter(({ length }) => length > 1) };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
