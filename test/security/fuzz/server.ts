/** The server under fuzz, in a process of its own: it says where it is, and how it feels whenever it is asked. */

import { randomBytes } from 'node:crypto';

import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { startReelgate } from '../../../src/reelgate.ts';
import { nobodysNames, quickFailure } from './quick-failure.ts';

/** The longest turn of the event loop: by the clock, and what of it the thread worked; a busy machine adds to the first alone. */
export type Feeling = {
  readonly turnMs: number;
  readonly busyMs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
};
export type Hello = { readonly url: string; readonly key: string; readonly adminKey: string };

const LOOK_MS = 10;
const MICROSECONDS = 1_000;

const [dataDir = ''] = process.argv.slice(2);
const hello = {
  key: `sk-rg-test-${randomBytes(16).toString('hex')}`,
  adminKey: `sk-rg-admin-${randomBytes(16).toString('hex')}`,
};
const config = readConfig({
  PORT: '0',
  REELGATE_DATA_DIR: dataDir,
  REELGATE_ADMIN_KEY: hello.adminKey,
  REELGATE_TEST_KEY: hello.key,
});
const reelgate = await startReelgate(config, createLog('silent'), {
  providers: [quickFailure],
  fetcher: { resolve: nobodysNames },
});
let longest = { turnMs: 0, busyMs: 0 };
let last = moment();
setInterval(() => {
  const now = moment();
  longest = {
    turnMs: Math.max(longest.turnMs, now.clockMs - last.clockMs - LOOK_MS),
    busyMs: Math.max(longest.busyMs, now.workedMs - last.workedMs),
  };
  last = now;
}, LOOK_MS).unref();
process.send?.({ url: reelgate.url, ...hello } satisfies Hello);
process.on('message', (said) => {
  if (said === 'stop') {
    void reelgate.stop().then(() => process.exit(0));
    return;
  }
  const felt = longest;
  // The collection that follows is not the server's doing.
  globalThis.gc?.();
  last = moment();
  longest = { turnMs: 0, busyMs: 0 };
  const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
  process.send?.({ ...felt, heapBytes, rssBytes } satisfies Feeling);
});

function moment(): { readonly clockMs: number; readonly workedMs: number } {
  const { user, system } = process.threadCpuUsage();
  return { clockMs: performance.now(), workedMs: (user + system) / MICROSECONDS };
}
