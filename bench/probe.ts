/** Loaded into a server that is measured (`node --import`): tells about the process from inside, when asked over its channel. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Since the last answer. The memory is what is left after a garbage collection: of the process, and in use by JavaScript. */
export type ProbeAnswer = {
  readonly loopDelayP99Ms: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Sockets, timers, files and whatever else the event loop watches. */
  readonly handles: number;
};

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let before = process.cpuUsage();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.on('message', () => {
  const used = process.cpuUsage(before);
  const loopDelayP99Ms = delay.percentile(99) / 1e6;
  collectGarbage();
  const { rss: rssBytes, heapUsed, external } = process.memoryUsage();
  const cpuMs = (used.user + used.system) / 1_000;
  const handles = process.getActiveResourcesInfo().length;
  process.send?.({ loopDelayP99Ms, cpuMs, rssBytes, heapBytes: heapUsed + external, handles } satisfies ProbeAnswer);
  before = process.cpuUsage();
  delay.reset();
});
