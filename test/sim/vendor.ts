/** Simulated vendors: each can do other things, keeps its own books, and is reached over a wire that loses and delays. */

import type { FailureKind } from '../../src/model/failure.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import type {
  CheckResult,
  ListedTask,
  Provider,
  ProviderIo,
  ReplayResult,
  SubmitResult,
  UpstreamTask,
} from '../../src/providers/provider.ts';
import { Books, requireSingle } from './books.ts';
import type { VendorTask } from './books.ts';
import type { Random } from './random.ts';
import { overWire } from './wire.ts';
import type { Process, World } from './world.ts';

/** What a vendor offers. */
type Traits = {
  readonly finds: boolean;
  /** Refuses a token that it knows; `names` then says whose it is. */
  readonly replays: 'no' | 'silent' | 'names';
  readonly lists: 'no' | 'plain' | 'prompt' | 'token';
  readonly batches: boolean;
  readonly cancels: boolean;
  readonly callsBack: 'no' | 'notice' | 'task';
  readonly retentionHours: number;
  readonly billsFailures: readonly FailureKind[];
};

export type Vendor = {
  readonly name: string;
  readonly traits: Traits;
  readonly books: Books;
};

const CONTENT_REFUSALS: readonly FailureKind[] = ['content_rejected', 'invalid_request'];
const PASSING_REFUSALS: readonly FailureKind[] = ['rate_limited', 'upstream_unavailable', 'upstream_credential'];
const BATCH = 3;
const MAX_CALLBACKS = 3;
const MAX_CALLBACK_DELAY_MS = 20_000;

export function drawVendor(world: World, name: string): Vendor {
  const { random } = world;
  const traits: Traits = {
    finds: random.chance(0.35),
    replays: random.weighted({ no: 7, silent: 1, names: 1 }),
    lists: random.weighted({ no: 3, plain: 3, prompt: 3, token: 1 }),
    batches: random.chance(0.3),
    cancels: random.chance(0.6),
    callsBack: random.weighted({ no: 4, notice: 3, task: 3 }),
    retentionHours: random.pick([2, 24, 48, 72]),
    billsFailures: random.chance(0.4) ? ['content_rejected'] : [],
  };
  return { name, traits, books: new Books(world, name, traits.retentionHours, traits.billsFailures) };
}

/** Told of each callback that a vendor sends: the attempt's address, and the body. */
export type CalledBack = (attemptToken: string, body: Buffer) => void;

/** The vendor as one node reaches it. */
export function providerOf(
  world: World,
  process: Process,
  vendor: Vendor,
  everyone: readonly Vendor[],
  calledBack: CalledBack,
): Provider {
  const { traits, books } = vendor;
  const call = <T>(what: string, io: ProviderIo, serve: () => T): Promise<T> =>
    overWire(world, process, `${vendor.name} ${what}`, io.signal, serve);
  const take = (spec: VideoSpec, io: ProviderIo): VendorTask => {
    const task = books.accept(io.attemptToken, spec);
    world.tell(vendor.name, `accepts ${task.order} as ${task.id}`);
    requireSingle(
      everyone.map((each) => each.books),
      task,
    );
    if (traits.callsBack !== 'no' && io.callbackUrl !== null) sendCallbacks(world, vendor, task, calledBack);
    return task;
  };
  return {
    name: vendor.name,
    baseUrl: 'https://vendor.invalid',
    servesEveryModel: true,
    credentialFault: () => null,
    errors: {},
    billsFailures: traits.billsFailures,
    taskRetentionHours: traits.retentionHours,
    submit: (spec, _words, io) =>
      call('submit', io, () => serveFirst(world, vendor, io.attemptToken, () => take(spec, io))),
    check: (task, io) => call(`check ${task.id}`, io, () => serveCheck(world, vendor, task)),
    ...(traits.finds && {
      find: (_spec: VideoSpec, _words: unknown, io: ProviderIo) =>
        call('find', io, () => upstream(books.byToken(io.attemptToken))),
    }),
    ...(traits.cancels && {
      cancel: (task: UpstreamTask, io: ProviderIo) => call(`cancel ${task.id}`, io, () => serveCancel(books, task)),
    }),
    ...(traits.batches && {
      checkMany: {
        max: BATCH,
        ask: (tasks: readonly UpstreamTask[], io: ProviderIo) =>
          call('check many', io, () => serveBatch(world, vendor, tasks)),
      },
    }),
    ...(traits.replays !== 'no' && {
      replay: {
        duplicatesRefused: true as const,
        rememberedHours: traits.retentionHours,
        resubmit: (spec: VideoSpec, _words: unknown, io: ProviderIo) =>
          call('resubmit', io, () => serveReplay(world, vendor, io.attemptToken, () => take(spec, io))),
      },
    }),
    ...(traits.lists !== 'no' && {
      listRecent: (spec: VideoSpec, _words: unknown, window: { from: Date; to: Date }, io: ProviderIo) =>
        call('list', io, () => serveList(world, vendor, spec, window)),
    }),
    ...(traits.callsBack === 'task' && {
      readCallback: (incoming: { body: Buffer }) => {
        const id = incoming.body.toString();
        return Promise.resolve({ kind: 'notice' as const, task: id === '' ? null : { id, data: {} }, reply: null });
      },
    }),
  };
}

function upstream(task: VendorTask | null): UpstreamTask | null {
  return task === null ? null : { id: task.id, data: {} };
}

/** A submit that arrives after it was sent again finds its token taken, where the vendor looks at tokens. */
function serveFirst(world: World, vendor: Vendor, token: string, take: () => VendorTask): SubmitResult {
  if (vendor.traits.replays === 'no' || vendor.books.byToken(token) === null) return serveSubmit(world, take);
  throw new Error('409: the token is known');
}

function serveSubmit(world: World, take: () => VendorTask): SubmitResult {
  const { random } = world;
  if (random.chance(0.04)) return refusal(world, random.pick(CONTENT_REFUSALS));
  if (!world.isCalm && random.chance(0.12)) return refusal(world, random.pick(PASSING_REFUSALS));
  const { id } = take();
  return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: random.chance(0.3) ? 500 : null };
}

function refusal(world: World, kind: FailureKind): SubmitResult & { readonly kind: 'refused' } {
  world.count(`refused: ${kind}`);
  return { kind: 'refused', failure: { kind, message: 'The vendor did not take it.' } };
}

/** What it says need not be what is: unknown words, and a word taken back. */
function serveCheck(world: World, vendor: Vendor, { id }: UpstreamTask): CheckResult {
  const { books } = vendor;
  const { random } = world;
  const task = books.byId(id);
  if (task === null) throw new Error(`404: there is no task ${id}`);
  const waiting: CheckResult = {
    kind: 'waiting',
    progress: random.chance(0.5) ? random.next() : null,
    checkAfterMs: random.chance(0.2) ? random.below(30_000) : null,
  };
  if (!world.isCalm && random.chance(0.06)) {
    world.count(task.said.size === 0 ? 'unknown word' : 'word taken back');
    return waiting;
  }
  const state = books.stateOf(task);
  if (state === 'running' || state === 'never') return waiting;
  const isTurned = task.said.size > 0 && !world.isCalm && random.chance(0.1);
  const said = isTurned ? turnRound(world, state) : state;
  task.said.add(said);
  if (said === 'failed') {
    const kind = task.cancelled ? 'generation_failed' : task.failure;
    return { kind: 'failed', failure: { kind, message: 'It could not be made.' } };
  }
  return {
    kind: 'done',
    video: { from: 'url', url: `https://files.invalid/${vendor.name}/${task.id}` },
    usage: { seconds: task.usedSeconds, tokens: null },
  };
}

/** Who has said one thing says the other. What it will bill then is anyone's guess. */
function turnRound(world: World, state: 'done' | 'failed'): 'done' | 'failed' {
  world.count('word turned round');
  return state === 'done' ? 'failed' : 'done';
}

/** Some of the tasks are left out, and the order is anyone's guess. */
function serveBatch(world: World, vendor: Vendor, tasks: readonly UpstreamTask[]): ReadonlyMap<string, CheckResult> {
  const asked = tasks.filter(({ id }) => {
    const isLeftOut = vendor.books.byId(id) === null || (!world.isCalm && world.random.chance(0.1));
    if (isLeftOut) world.count('left out of a batch');
    return !isLeftOut;
  });
  return new Map(asked.toReversed().map((task) => [task.id, serveCheck(world, vendor, task)]));
}

function serveCancel(books: Books, { id }: UpstreamTask): boolean {
  const task = books.byId(id);
  if (task === null) throw new Error(`404: there is no task ${id}`);
  if (task.cancelled) return true;
  if (books.stateOf(task) !== 'running') return false;
  task.cancelled = true;
  return true;
}

function serveReplay(world: World, vendor: Vendor, token: string, take: () => VendorTask): ReplayResult {
  const known = vendor.books.byToken(token);
  if (known !== null) {
    world.count('duplicate refused');
    return { kind: 'duplicate', task: vendor.traits.replays === 'names' ? upstream(known) : null };
  }
  const answer = serveSubmit(world, take);
  return answer.kind === 'refused' ? answer : { kind: 'accepted', task: answer.task };
}

function serveList(
  world: World,
  { books, traits }: Vendor,
  spec: VideoSpec,
  window: { readonly from: Date; readonly to: Date },
): readonly ListedTask[] {
  const listed = books
    .between(window.from.getTime(), window.to.getTime())
    .filter((task) => books.byId(task.id) !== null);
  // A list may lag behind.
  return listed
    .filter(() => world.isCalm || !world.random.chance(0.1))
    .map((task) => {
      const samePrompt = task.prompt === spec.prompt;
      const shows = traits.lists === 'prompt';
      return {
        task: { id: task.id, data: {} },
        token: traits.lists === 'token' ? task.token : null,
        fits: task.model === spec.model && task.seconds === spec.seconds && (!shows || samePrompt),
        samePrompt: shows && samePrompt,
      };
    });
}

/** Early, late, several times, or not at all. */
function sendCallbacks(world: World, { name, traits }: Vendor, task: VendorTask, calledBack: CalledBack): void {
  const { random } = world;
  const send = (atMs: number): void =>
    world.schedule(atMs, `${name} calls back for ${task.id}`, () => {
      world.count('callbacks');
      calledBack(task.token, Buffer.from(traits.callsBack === 'task' && random.chance(0.8) ? task.id : ''));
    });
  if (random.chance(0.3)) send(world.nowMs + random.below(2_000));
  if (task.end === 'never') return;
  for (let calls = drawCalls(random); calls > 0; calls -= 1) send(task.endsAtMs + random.below(MAX_CALLBACK_DELAY_MS));
}

function drawCalls(random: Random): number {
  return random.below(MAX_CALLBACKS + 1);
}
