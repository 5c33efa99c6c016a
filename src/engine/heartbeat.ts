/** Tells the other nodes that this one lives, and takes over what dead ones left. */

import { forgetNode, freeLeasesOfDeadNodes, hastenCollecting, seeNode } from '../store/nodes.ts';
import type { EngineContext } from './engine-context.ts';

const BEAT_MS = 3_000;
/** Four beats missed. */
const DEAD_AFTER_MS = 12_000;

export type Heartbeat = { stop(): Promise<void> };

/** `alone`: no other process can be using this database, so whatever others hold is free at once. */
export async function startHeartbeat(context: EngineContext, alone: boolean, wake: () => void): Promise<Heartbeat> {
  const { db, node, log } = context;
  const beat = async (silentMs: number): Promise<void> => {
    await seeNode(db, node);
    const freed = await freeLeasesOfDeadNodes(db, node, silentMs);
    if (freed === 0) return;
    log.info({ jobs: freed }, 'took over the jobs of a node that is gone');
    wake();
  };
  await beat(alone ? 0 : DEAD_AFTER_MS);
  if (alone) await hastenCollecting(db);
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = last
      .then(() => beat(DEAD_AFTER_MS))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'a heartbeat failed'));
  }, BEAT_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await last;
      await forgetNode(db, node);
    },
  };
}
