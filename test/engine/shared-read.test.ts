/** A read shared by many. */

import { expect, it } from 'vitest';

import { sharedRead } from '../../src/engine/shared-read.ts';

it('loads once for all who ask before it begins, and anew for those who ask after', async () => {
  let loads = 0;
  const gates: PromiseWithResolvers<void>[] = [];
  const read = sharedRead(async () => {
    loads += 1;
    const mine = loads;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return mine;
  });
  const [first, alsoFirst] = [read(), read()];
  await Promise.resolve();
  await Promise.resolve();
  const [second, alsoSecond] = [read(), read()];
  gates[0]?.resolve();
  expect(await Promise.all([first, alsoFirst])).toEqual([1, 1]);
  await Promise.resolve();
  gates[1]?.resolve();
  expect(await Promise.all([second, alsoSecond])).toEqual([2, 2]);
});

it('forgets a failure', async () => {
  let loads = 0;
  const read = sharedRead(async () => {
    loads += 1;
    if (loads === 1) throw new Error('away');
    return loads;
  });
  await expect(read()).rejects.toThrow('away');
  expect(await read()).toBe(2);
});
