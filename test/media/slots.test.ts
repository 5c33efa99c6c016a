/** Bounded work. */

import { describe, expect, it } from 'vitest';

import { createSlots } from '../../src/media/slots.ts';
import { FailureError } from '../../src/model/failure.ts';

describe('slots', () => {
  it('run no more than allowed at once, in order, and all in the end', async () => {
    const slots = createSlots(3, 100, 'Try again shortly.');
    const order: number[] = [];
    let [now, most] = [0, 0];
    const work = async (index: number): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      order.push(index);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => slots.run(() => work(index))));
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('are given back when work fails', async () => {
    const slots = createSlots(1, 1, 'Try again shortly.');
    await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.run(() => Promise.resolve('yes'))).toBe('yes');
  });

  it('turn work away when too much is waiting', async () => {
    const slots = createSlots(1, 1, 'Try again shortly.');
    const gate = Promise.withResolvers<void>();
    const running = slots.run(() => gate.promise);
    const waiting = slots.run(() => Promise.resolve());
    await expect(slots.run(() => Promise.resolve())).rejects.toBeInstanceOf(FailureError);
    gate.resolve();
    await Promise.all([running, waiting]);
  });
});
