/** The clients of a simulated installation: they create, repeat what was cut off, and sometimes change their mind. */

import { createHash } from 'node:crypto';

import type { CreateOrder } from '../../src/engine/create-order.ts';
import { EMPTY_REQUEST } from '../../src/model/request.ts';
import type { ApiKey } from '../../src/store/accounts.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** Models with a price and a deadline of hours; the last one may be made again elsewhere after a failure. */
const MODELS = ['Kling-2.0', 'jimeng-video-2.0', 'OS-2.0', 'OS-2.0'] as const;
const ARRIVALS_MS = 30_000;
const CANCEL_SHARE = 0.2;
const MAX_CANCEL_DELAY_MS = 120_000;
const KEYED_SHARE = 0.6;
const MAX_TRIES = 4;
const RETRY_MS = 3_000;
/** Of orders, those that ask for the same as others. */
const TWIN_SHARE = 0.5;

type Order = {
  readonly name: string;
  readonly create: CreateOrder;
  readonly isKeyed: boolean;
  tries: number;
  /** The node that is answering it; null while none is. */
  at: SimNode | null;
  jobId: string | null;
  isOver: boolean;
};

export class Customers {
  readonly #world: World;
  readonly #nodes: () => readonly SimNode[];
  readonly #orders: Order[];

  /** `nodes`: those that run at the moment. */
  constructor(world: World, orders: number, keys: readonly ApiKey[], nodes: () => readonly SimNode[]) {
    this.#world = world;
    this.#nodes = nodes;
    this.#orders = Array.from({ length: orders }, (_, index) => drawOrder(world, index, keys));
    for (const order of this.#orders) this.#arrive(order, world.random.below(ARRIVALS_MS));
  }

  /** All have been answered, one way or the other. */
  get areServed(): boolean {
    return this.#orders.every((order) => order.isOver);
  }

  /** Jobs that a client was told of. */
  get promised(): readonly string[] {
    return this.#orders.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]));
  }

  /** The connections to this node are cut. */
  lose(node: SimNode): void {
    for (const order of this.#orders) if (order.at === node) this.#repeat(order, 'the connection was cut');
  }

  #arrive(order: Order, delayMs: number): void {
    const world = this.#world;
    world.schedule(world.nowMs + delayMs, `${order.name} is asked for`, () => this.#ask(order));
  }

  #ask(order: Order): void {
    const nodes = this.#nodes();
    if (nodes.length === 0) return this.#arrive(order, RETRY_MS);
    const node = this.#world.random.pick(nodes);
    order.at = node;
    order.tries += 1;
    void node.create(order.create).then(
      (outcome) => {
        if (order.at !== node) return;
        order.at = null;
        if (!outcome.ok && outcome.failure.kind === 'conflict') return this.#repeat(order, outcome.failure.kind);
        order.isOver = true;
        this.#world.count(outcome.ok ? 'creates taken' : `creates refused: ${outcome.failure.kind}`);
        if (outcome.ok) this.#taken(order, outcome.job.id);
      },
      (error: unknown) => {
        if (order.at === node) this.#repeat(order, String(error));
      },
    );
  }

  /** Only with a key is it safe to ask again. */
  #repeat(order: Order, because: string): void {
    order.at = null;
    this.#world.tell(order.name, because);
    this.#world.count('creates cut off');
    if (order.isKeyed && order.tries < MAX_TRIES) this.#arrive(order, RETRY_MS);
    else order.isOver = true;
  }

  #taken(order: Order, jobId: string): void {
    order.jobId = jobId;
    const { random, nowMs } = this.#world;
    if (!random.chance(CANCEL_SHARE)) return;
    this.#world.schedule(nowMs + random.below(MAX_CANCEL_DELAY_MS), `${order.name} is cancelled`, () => {
      const nodes = this.#nodes();
      if (nodes.length === 0) return;
      this.#world.count('cancels');
      void random
        .pick(nodes)
        .cancel(jobId)
        .catch((error: unknown) => this.#world.tell(order.name, `the cancel failed: ${String(error)}`));
    });
  }
}

function drawOrder(world: World, index: number, keys: readonly ApiKey[]): Order {
  const { random } = world;
  const name = `order-${index + 1}`;
  const isKeyed = random.chance(KEYED_SHARE);
  const prompt = random.chance(TWIN_SHARE) ? 'the same again' : `a video for ${name}`;
  const request = { ...EMPTY_REQUEST, model: random.pick(MODELS), prompt, user: name };
  const identity = {
    fingerprint: createHash('sha256').update(name).digest(),
    idempotencyKey: isKeyed ? name : null,
    isRetry: false,
  };
  const read = { request, params: {}, roleParams: {}, notes: [] };
  const create: CreateOrder = { key: random.pick(keys), dialect: 'openai', read, identity };
  return { name, create, isKeyed, tries: 0, at: null, jobId: null, isOver: false };
}
