/** How soon a server is ready, and what it takes while it has nothing to do. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { BIN, ended, readyAt } from './rig.ts';
import { megabytes, row, title } from './table.ts';

const REST_MS = 3_000;

export async function starting(): Promise<void> {
  title(
    'Starting',
    `The process from its start until /readyz says yes, and the memory of server and database ${REST_MS / 1_000} s later.`,
  );
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-bench-'));
  try {
    const first = await startProcess(dataDir);
    row('ready after the first start', `${(first.readyMs / 1_000).toFixed(1)} s`, '8 s');
    await ended(first.child);
    const later = await startProcess(dataDir);
    row('ready after a later start', `${(later.readyMs / 1_000).toFixed(1)} s`, '3 s');
    await delay(REST_MS);
    row('idle memory of server and database (PSS)', megabytes(await memoryOf(dataDir, later.child.pid ?? 0)), '250 MB');
    await ended(later.child);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function startProcess(dataDir: string): Promise<{ readonly child: ChildProcess; readonly readyMs: number }> {
  const startedMs = performance.now();
  const env = { PATH: process.env['PATH'] ?? '', PORT: '0', REELGATE_DATA_DIR: dataDir, REELGATE_LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, [BIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await globalThis.fetch(`${await readyAt(child)}/readyz`);
  if (!ready.ok) throw new Error('the server is not ready');
  return { child, readyMs: performance.now() - startedMs };
}

/** Proportional set size of the server and of every process that runs in its data directory. */
async function memoryOf(dataDir: string, pid: number): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const parent = (await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ')[1] ?? '';
    const parentCommand = await readFile(`/proc/${parent}/cmdline`, 'utf8').catch(() => '');
    if (Number(entry) !== pid && !command.includes(dataDir) && !parentCommand.includes(dataDir)) continue;
    const rollup = await readFile(`/proc/${entry}/smaps_rollup`, 'utf8').catch(() => '');
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return bytes;
}
