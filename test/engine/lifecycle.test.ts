/** The life of a job: what the table promises. */

import { describe, expect, it } from 'vitest';

import { LIFECYCLE, stepOf } from '../../src/engine/lifecycle.ts';
import { JOB_STATES, TERMINAL_STATES, isTerminal } from '../../src/model/job.ts';

const steps = JOB_STATES.flatMap((state) =>
  Object.entries(LIFECYCLE[state]).map(([event, step]) => ({ state, event, step })),
);

describe('the life of a job', () => {
  it.each(TERMINAL_STATES)('is over once it is %s', (state) => {
    expect(LIFECYCLE[state]).toEqual({});
  });

  it.each(steps)('$state + $event: settles money exactly when the job ends', ({ step }) => {
    expect(step.money !== 'keep').toBe(isTerminal(step.to));
  });

  it('charges only for a video that was delivered', () => {
    expect(steps.filter(({ step }) => step.money === 'capture').map(({ event, step }) => [event, step.to])).toEqual([
      ['collect', 'succeeded'],
    ]);
  });

  it('always ends: from each state every path can reach an end by its deadline', () => {
    for (const state of JOB_STATES.filter((candidate) => !isTerminal(candidate))) {
      expect(stepOf(state, 'expire')?.to).toBe('expired');
    }
  });

  it('keeps the hold while nobody knows whether the vendor has the job', () => {
    expect(stepOf('submitting', 'lose')).toEqual({ to: 'submitting', money: 'keep', event: 'outcome_unknown' });
  });

  it('never submits a job again that the vendor may have', () => {
    expect(stepOf('submitting', 'submit')).toBeNull();
    expect(stepOf('running', 'submit')).toBeNull();
  });
});
