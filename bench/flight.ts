/** What many jobs in flight and many polling clients cost a server: memory, the time of a read, the delay of its event loop. */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { directJobs } from './direct-jobs.ts';
import type { ProbeAnswer } from './probe.ts';
import { jsonHeaders } from './requests.ts';
import { withRig } from './rig.ts';
import type { Node, Rig } from './rig.ts';
import { runLoad } from './run-load.ts';
import { megabytes, ms, row, title } from './table.ts';

const FEW = 1_000;
const MANY = 10_000;
const WRITERS = 10;
/** Between two looks at a job whose end is far, as for a model of three minutes: the checks are spread over it. */
const ROUND_MS = 45_000;
/** A new server with its jobs, before its memory is looked at. */
const SETTLE_MS = 30_000;
const POLL_SECONDS = 5;
const POLLS = 6;
/** Open files that are no client's. */
const SPARE_FILES = 2_000;

export async function flight(): Promise<void> {
  title(
    'Jobs in flight and clients that poll',
    `Memory: of a server started on so many jobs that a vendor has, ${SETTLE_MS / 1_000} s into checking them and after a garbage ` +
      `collection. Reads: each client has a connection and a job of its own and reads it every ${POLL_SECONDS} s, timed from when each ` +
      `read was due, while the server goes on checking ${MANY} jobs.`,
  );
  await withRig(1, async (rig, first) => {
    const one = await directJobs(rig, first);
    const jobs = await fill(one, FEW);
    await first.stop();
    const small = await rig.startNode();
    const few = await settled(small);
    await small.stop();
    jobs.push(...(await fill(one, MANY - FEW)));
    const node = await rig.startNode();
    const many = await settled(node);
    for (const [jobs, memory] of [
      [FEW, few],
      [MANY, many],
    ] as const)
      row(
        `server with ${jobs} jobs in flight: RSS, heap`,
        `${megabytes(memory.rssBytes)}, ${megabytes(memory.heapBytes)}`,
      );
    const perJob = (pick: (memory: ProbeAnswer) => number): string =>
      ((pick(many) - pick(few)) / (MANY - FEW) / 1024).toFixed(1);
    row(
      'per job in flight: RSS, heap',
      `${perJob((memory) => memory.rssBytes)}, ${perJob((memory) => memory.heapBytes)} KiB`,
    );
    await polling(rig, node, jobs);
  });
}

async function fill(one: (dueInMs: number) => Promise<string>, count: number): Promise<string[]> {
  const ids: string[] = [];
  const writer = async (): Promise<void> => {
    for (let left = count / WRITERS; left > 0; left -= 1) ids.push(await one(Math.random() * ROUND_MS));
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return ids;
}

async function settled(node: Node): Promise<ProbeAnswer> {
  await delay(SETTLE_MS);
  return node.probe();
}

async function polling(rig: Rig, node: Node, jobs: readonly string[]): Promise<void> {
  const clients = Math.min(jobs.length, (await openFilesLimit()) - SPARE_FILES);
  await node.probe();
  const reads = await runLoad({
    origins: [node.url],
    method: 'GET',
    paths: jobs.map((id) => `/v1/videos/video_${id}`),
    headers: jsonHeaders(rig.key),
    body: null,
    clients,
    seconds: POLL_SECONDS * POLLS,
    rate: clients / POLL_SECONDS,
  });
  const { loopDelayP99Ms } = await node.probe();
  row(`reads per second of ${clients} clients`, Math.round(reads.perSecond).toString());
  row('read, p50', ms(reads.p50Ms));
  row('read, p99', ms(reads.p99Ms));
  row('delay of the event loop, p99', ms(loopDelayP99Ms));
}

/** Of one process; Node raises it to this by itself. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const hard = /^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? Infinity : Number(hard);
}
