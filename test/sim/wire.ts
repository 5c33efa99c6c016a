/** The wire between a node and a vendor: requests and answers are lost, delayed and garbled, and nobody says which. */

import { UpstreamBusy, UpstreamSilence } from '../../src/providers/provider.ts';
import { Violation } from './world.ts';
import type { Process, World } from './world.ts';

/** What may happen to a call, and how often in a hundred bad ones. */
const TROUBLES = {
  unreachable: 10,
  request_lost: 14,
  request_late: 12,
  answer_lost: 16,
  answer_late: 16,
  cut_before: 6,
  /** What was sent goes on its way all the same. */
  cut_on_way: 8,
  cut_after: 10,
  server_error: 8,
  garbage_after: 8,
  busy: 10,
} as const;
type Trouble = keyof typeof TROUBLES;

/** How often a call goes wrong at all. */
const BAD_SHARE = 0.22;
/** What is on its way arrives by then. */
const MAX_DELAY_MS = 15_000;
/** An answer may come after the caller has stopped waiting for it. */
const MAX_ANSWER_DELAY_MS = 60_000;
const USUAL_ANSWER_MS = 400;

/** One call: `serve` is what the vendor does when the request arrives, and its result the answer. */
export async function overWire<T>(
  world: World,
  process: Process,
  label: string,
  signal: AbortSignal,
  serve: () => T,
): Promise<T> {
  const trouble = await world.park(process, 'request', `${label} leaves`, () => {
    // A call that was given up before it left does not leave.
    if (signal.aborted) throw new UpstreamSilence('the call was given up', false);
    return drawTrouble(world);
  });
  if (trouble !== null) world.tell(process.name, `${label}: ${trouble}`);
  switch (trouble) {
    case 'unreachable':
      throw new UpstreamSilence('nobody is there', false);
    case 'busy':
      throw new UpstreamBusy('429: not now', 500 + world.random.below(20_000));
    case 'cut_before':
      throw new UpstreamSilence('the connection was cut', true);
    case 'request_lost':
      return silence();
    case 'cut_on_way':
      void arrive(world, process, label, trouble, serve);
      throw new UpstreamSilence('the connection was cut', true);
    case 'request_late':
    case 'answer_lost':
    case 'answer_late':
    case 'cut_after':
    case 'server_error':
    case 'garbage_after':
    case null:
      return arrive(world, process, label, trouble, serve);
  }
}

function drawTrouble(world: World): Trouble | null {
  if (world.isCalm || !world.random.chance(BAD_SHARE)) return null;
  const trouble = world.random.weighted(TROUBLES);
  world.count(`call: ${trouble}`);
  return trouble;
}

async function arrive<T>(
  world: World,
  process: Process,
  label: string,
  trouble: Trouble | null,
  serve: () => T,
): Promise<T> {
  const { random } = world;
  const isLate = trouble === 'request_late' || trouble === 'cut_on_way';
  const arrivesMs = world.nowMs + (isLate ? random.below(MAX_DELAY_MS) : 0);
  const isServed = trouble !== 'server_error' || random.chance(0.5);
  // It arrives whatever becomes of the node that sent it.
  const served = world.park(null, 'request', `${label} arrives`, () => (isServed ? outcomeOf(serve) : null), arrivesMs);
  const outcome = await served;
  const delayMs = random.below(trouble === 'answer_late' ? MAX_ANSWER_DELAY_MS : USUAL_ANSWER_MS);
  if (trouble === 'answer_lost' || trouble === 'cut_on_way') return silence();
  return world.park(process, 'reply', `${label} answered`, () => hear(trouble, outcome), world.nowMs + delayMs);
}

function hear<T>(trouble: Trouble | null, outcome: Outcome<T> | null): T {
  if (trouble === 'cut_after') throw new UpstreamSilence('the connection was cut', true);
  if (trouble === 'garbage_after') throw new Error('the answer is not what it should be');
  if (trouble === 'server_error' || outcome === null) throw new Error('500: something went wrong');
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

/** A refusal of the vendor is an answer too, and travels like one. */
function outcomeOf<T>(serve: () => T): Outcome<T> {
  try {
    return { ok: true, value: serve() };
  } catch (error) {
    if (error instanceof Error && !(error instanceof Violation)) return { ok: false, error };
    throw error;
  }
}

/** No answer ever; the caller's own deadline ends its wait. */
function silence(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}
