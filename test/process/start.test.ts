/** Starting and stopping the real process, as a newcomer and as an operator would. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { newHome } from './server-process.ts';
import type { Home } from './server-process.ts';

let home: Home;
beforeAll(async () => {
  home = await newHome();
});
afterAll(() => home.remove());

describe('the process', () => {
  it('refuses a second server on the same data directory with one sentence, and the first goes on', async () => {
    const first = await home.start();
    await expect(home.start()).rejects.toThrow(/^Reelgate cannot start: .+\n$/);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    first.child.kill('SIGTERM');
    expect(await first.exited()).toBe(0);
  });

  it('says which setting is wrong', async () => {
    await expect(home.start({ PORT: 'eighty' })).rejects.toThrow("Reelgate cannot start: PORT is 'eighty'");
  });

  it('says that the port is taken', async () => {
    const first = await home.start();
    const other = await newHome();
    const port = new URL(first.url).port;
    await expect(other.start({ PORT: port })).rejects.toThrow(/Reelgate cannot start: .*port/i);
    await other.remove();
    first.child.kill('SIGTERM');
    await first.exited();
  });

  it('refuses to run without the secret its data was made with', async () => {
    await expect(home.start({ REELGATE_SECRET: 'x'.repeat(40) })).rejects.toThrow(
      /Reelgate cannot start: .*REELGATE_SECRET/,
    );
  });

  it('stops within five seconds, and nothing of it is left', async () => {
    const server = await home.start();
    const began = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });
});
