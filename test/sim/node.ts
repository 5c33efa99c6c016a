/** A node of the simulated installation: the production engine, whose loops are turned by the scheduler instead of by timers. */

import { callNext } from '../../src/engine/call-waiting.ts';
import { cancelJob } from '../../src/engine/cancel.ts';
import { collectJob } from '../../src/engine/collect.ts';
import { createJob } from '../../src/engine/create.ts';
import type { CreateOrder, CreateOutcome } from '../../src/engine/create-order.ts';
import { DueWork } from '../../src/engine/due-work.ts';
import { ENGINE_LIMITS } from '../../src/engine/engine-context.ts';
import type { EngineContext } from '../../src/engine/engine-context.ts';
import { createExpectations } from '../../src/engine/expectations.ts';
import { createHealth } from '../../src/engine/health.ts';
import { createLiveCatalogue } from '../../src/engine/live-catalogue.ts';
import { createLiveChannels } from '../../src/engine/live-channels.ts';
import { checkLateTasks } from '../../src/engine/late-tasks.ts';
import { createTaskDesk } from '../../src/engine/task-desk.ts';
import type { TaskDesk } from '../../src/engine/task-desk.ts';
import { createLog } from '../../src/log.ts';
import type { Failure } from '../../src/model/failure.ts';
import { VendorConnections } from '../../src/providers/http.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Secrets } from '../../src/secrets.ts';
import { createJobWriter } from '../../src/store/job-writer.ts';
import type { Database } from '../../src/store/database.ts';
import { freeLeasesOfDeadNodes, seeNode } from '../../src/store/nodes.ts';
import { fetcherOf, inspector, storageOf } from './files.ts';
import type { Blobs } from './files.ts';
import { databaseOf, endCopy, queueCopy, takeCopy } from './sim-database.ts';
import type { Vendor } from './vendor.ts';
import { actAs } from './virtual-time.ts';
import type { Process, World } from './world.ts';

/** As the heartbeat of a real node has it. */
const DEAD_AFTER_MS = 12_000;
/** What a real node rests after the database failed it. */
const DATABASE_RETRY_MS = 1_000;

const LOG = createLog('silent');

export type NodeParts = {
  readonly world: World;
  readonly process: Process;
  readonly link: Database;
  readonly secrets: Secrets;
  readonly vendors: readonly Vendor[];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly blobs: Blobs;
  readonly newId: () => string;
};

/** The loops of a node, each of which does one thing at a time. */
export type Chore = 'turn' | 'late' | 'call' | 'copy' | 'beat' | 'refresh';

export class SimNode {
  readonly process: Process;
  readonly #world: World;
  readonly #context: EngineContext;
  readonly #due: DueWork;
  readonly #desk: TaskDesk;
  readonly #underWay = new Set<Chore>();
  #restsUntilMs = 0;

  constructor(parts: NodeParts) {
    const { world, process, vendors, blobs } = parts;
    this.process = process;
    this.#world = world;
    const db = databaseOf(world, process, parts.link);
    const catalogue = createLiveCatalogue(db, new Set(parts.providers.keys()), LOG);
    this.#context = {
      node: process.name,
      newId: parts.newId,
      db,
      log: LOG,
      secrets: parts.secrets,
      providers: parts.providers,
      storage: storageOf(world, process, blobs),
      fetcher: fetcherOf(world, process, vendors),
      connections: new VendorConnections(),
      inspector,
      limits: ENGINE_LIMITS,
      health: createHealth(() => Date.now()),
      expectations: createExpectations(db, catalogue.now),
      catalogue,
      publicUrl: 'https://reelgate.example',
      channels: createLiveChannels(db),
      writeJob: createJobWriter(db),
      queueCollect: queueCopy,
      wakeCollect: () => undefined,
    };
    this.#due = actAs(process, () => new DueWork(this.#context, (work) => this.#track(work)));
    this.#desk = createTaskDesk(this.#context, () => this.#wake());
  }

  /** Its loop of due jobs sleeps until then. */
  get restsUntilMs(): number {
    return this.#restsUntilMs;
  }

  isAt(chore: Chore): boolean {
    return this.#underWay.has(chore);
  }

  start(chore: Chore): void {
    this.#underWay.add(chore);
    this.#world.tell(this.process.name, `begins to ${chore}`);
    const ended = (outcome: string): void => {
      this.#underWay.delete(chore);
      if (outcome !== '') this.#world.tell(this.process.name, `${chore}: ${outcome}`);
    };
    void this.#act(() => this.#do(chore)).then(
      () => ended(''),
      (error: unknown) => {
        if (chore === 'turn') this.#restsUntilMs = this.#world.nowMs + DATABASE_RETRY_MS;
        ended(String(error));
      },
    );
  }

  create(order: CreateOrder): Promise<CreateOutcome> {
    return this.#act(() => createJob(this.#context, order, (work) => this.#track(work)));
  }

  cancel(jobId: string): Promise<Failure | null> {
    return this.#act(() => cancelJob(this.#context, jobId));
  }

  /** What others may say to this node's desk of tasks. */
  atDesk<T>(say: (desk: TaskDesk) => Promise<T>): Promise<T> {
    return this.#act(() => say(this.#desk));
  }

  #act<T>(work: () => Promise<T>): Promise<T> {
    return actAs(this.process, work);
  }

  async #do(chore: Chore): Promise<void> {
    const { db, node, expectations } = this.#context;
    switch (chore) {
      case 'turn':
        this.#restsUntilMs = this.#world.nowMs + (await this.#due.turn());
        return;
      case 'late':
        return void (await checkLateTasks(this.#context));
      case 'call':
        return void (await callNext(this.#context));
      case 'copy':
        return this.#copy();
      case 'beat':
        await seeNode(db, node);
        return void (await freeLeasesOfDeadNodes(db, node, DEAD_AFTER_MS));
      case 'refresh':
        return expectations.refresh();
    }
  }

  async #copy(): Promise<void> {
    const { db } = this.#context;
    const taken = await takeCopy(db);
    if (taken === null) return;
    const isDone = await collectJob(this.#context, taken).then(
      () => true,
      () => false,
    );
    await endCopy(db, taken, isDone);
  }

  #track(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.#world.tell(this.process.name, `work failed: ${String(error)}`));
  }

  #wake(): void {
    this.#restsUntilMs = 0;
  }
}
