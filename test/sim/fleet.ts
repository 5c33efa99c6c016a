/** The nodes of a simulated installation: they start, stand still, die, and are replaced under another name. */

import { uuidV7 } from '../../src/model/id.ts';
import { createSecrets } from '../../src/secrets.ts';
import type { Secrets } from '../../src/secrets.ts';
import type { Database } from '../../src/store/database.ts';
import type { Blobs } from './files.ts';
import type { House } from './look.ts';
import { SimNode } from './node.ts';
import { providerOf } from './vendor.ts';
import type { Vendor } from './vendor.ts';
import { Process } from './world.ts';
import type { World } from './world.ts';

export const SECRETS: Secrets = createSecrets('a secret that only simulations have, of enough characters');

const RESTART_MS = 20_000;
/** Most are longer than any lease. */
const PAUSES_MS = [5_000, 70_000, 140_000, 1_200_000];
/** Of nodes, those whose wall clock is wrong, and by how much at most. */
const SKEWED_SHARE = 0.3;
const MAX_SKEW_MS = 90_000;
const ID_BYTES = 10;

export class Fleet {
  readonly vendors: readonly Vendor[];
  readonly #world: World;
  readonly #link: Database;
  readonly #house: () => House;
  readonly #blobs: Blobs = new Map();
  #nodes: readonly SimNode[] = [];
  #named = 0;

  constructor(world: World, link: Database, vendors: readonly Vendor[], house: () => House) {
    this.#world = world;
    this.#link = link;
    this.vendors = vendors;
    this.#house = house;
  }

  get nodes(): readonly SimNode[] {
    return this.#nodes;
  }

  get running(): readonly SimNode[] {
    return this.#nodes.filter(({ process }) => process.runs);
  }

  newId(): string {
    return uuidV7(this.#world.nextId(), this.#world.random.bytes(ID_BYTES));
  }

  start(): void {
    const world = this.#world;
    const { random } = world;
    this.#named += 1;
    const skewMs = random.chance(SKEWED_SHARE) ? random.below(2 * MAX_SKEW_MS) - MAX_SKEW_MS : 0;
    const process = new Process(world, `node${this.#named}`, skewMs);
    const calledBack = (attemptToken: string, body: Buffer): void => this.#callBack(attemptToken, body);
    const providers = this.vendors.map((vendor) => providerOf(world, process, vendor, this.vendors, calledBack));
    const node = new SimNode({
      world,
      process,
      link: this.#link,
      secrets: SECRETS,
      vendors: this.vendors,
      providers: new Map(providers.map((provider) => [provider.name, provider])),
      blobs: this.#blobs,
      newId: () => this.newId(),
    });
    this.#nodes = [...this.#nodes, node];
  }

  /** Whatever it was doing is gone, and another one starts soon. Answers the node that died; null if it was dead. */
  kill(process: Process): SimNode | null {
    const dead = this.#nodes.find((node) => node.process === process);
    if (dead === undefined) return null;
    const world = this.#world;
    world.count('crashes');
    world.tell(process.name, 'dies');
    process.die();
    this.#nodes = this.#nodes.filter((node) => node !== dead);
    world.schedule(world.nowMs + world.random.below(RESTART_MS), 'a node starts', () => this.start());
    return dead;
  }

  pause(process: Process): void {
    const world = this.#world;
    const forMs = world.random.pick(PAUSES_MS);
    world.count('pauses');
    world.tell(process.name, `stands still for ${forMs} ms`);
    process.standStill(world.nowMs + forMs);
  }

  pauseAll(forMs: number): void {
    this.#world.count('outages');
    this.#world.tell('fleet', `stands still for ${forMs} ms`);
    for (const { process } of this.#nodes) process.standStill(this.#world.nowMs + forMs);
  }

  /** A vendor calls the address of an attempt, and some node answers. */
  #callBack(attemptToken: string, body: Buffer): void {
    const world = this.#world;
    const { running } = this;
    const attempt = this.#house().attempts.find(({ id }) => id === attemptToken);
    if (running.length === 0 || attempt === undefined) return;
    const incoming = { method: 'POST', query: {}, headers: {}, body } as const;
    void world.random
      .pick(running)
      .atDesk((desk) => desk.calledBack(attempt.channelId, attemptToken, incoming))
      .catch((error: unknown) => world.tell('desk', String(error)));
  }
}
