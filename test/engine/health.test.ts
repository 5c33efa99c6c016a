/** When a channel or a credential is no longer called, and how it comes back. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  afterCall,
  afterNoCall,
  afterOutcome,
  CLOSED,
  createHealth,
  goodShare,
  mayCall,
} from '../../src/engine/health.ts';
import type { Breaker, Cause, Outcome, Subject } from '../../src/engine/health.ts';

const GOOD: Outcome = { kind: 'answered', by: 'submit' };
const FOUND: Outcome = { kind: 'answered', by: 'look' };

function failed(cause: Cause, retryAfterMs: number | null = null): Outcome {
  return { kind: 'failed', cause, retryAfterMs };
}

function after(
  outcomes: readonly Outcome[],
  subject: Subject = 'channel',
  stepMs = 0,
  from: Breaker = CLOSED,
): Breaker {
  return outcomes.reduce((breaker, outcome, index) => afterOutcome(breaker, subject, outcome, index * stepMs), from);
}

/** Every `nth` call fails. */
const everyNth = (nth: number, length: number): Outcome[] =>
  Array.from({ length }, (_, n) => (n % nth === nth - 1 ? failed('no_answer') : GOOD));

const repeat = (outcome: Outcome, times: number): Outcome[] => Array.from({ length: times }, () => outcome);

describe('a breaker', () => {
  it.each([
    { name: 'four failures in a row', outcomes: repeat(failed('no_answer'), 4), state: 'closed' },
    { name: 'five failures in a row', outcomes: repeat(failed('no_answer'), 5), state: 'open' },
    {
      name: 'five failures in a row among thousands',
      outcomes: [...repeat(GOOD, 2_000), ...repeat(failed('no_answer'), 5)],
      state: 'closed',
    },
    {
      name: 'failures in a row that are more than one in a hundred',
      outcomes: [...repeat(GOOD, 2_000), ...repeat(failed('no_answer'), 21)],
      state: 'open',
    },
    {
      name: 'failures of several kinds',
      outcomes: [failed('no_answer'), failed('upstream_unavailable'), ...repeat(failed('upstream_protocol'), 3)],
      state: 'open',
    },
    {
      name: 'an answer between failures',
      outcomes: [...repeat(failed('no_answer'), 4), GOOD, ...repeat(failed('no_answer'), 4)],
      state: 'closed',
    },
    { name: 'refusals of content', outcomes: repeat(failed('content_rejected'), 50), state: 'closed' },
    { name: 'refusals of requests', outcomes: repeat(failed('invalid_request'), 50), state: 'closed' },
    { name: 'a bad credential', outcomes: repeat(failed('upstream_credential'), 50), state: 'closed' },
    { name: 'a rate limit', outcomes: repeat(failed('rate_limited'), 50), state: 'closed' },
    { name: 'a failure in two calls', outcomes: everyNth(2, 20), state: 'open' },
    { name: 'a failure in three calls', outcomes: everyNth(3, 60), state: 'closed' },
  ])('of a channel, after $name: $state', ({ outcomes, state }) => {
    expect(after(outcomes).state).toBe(state);
  });

  it.each([
    { name: 'one bad credential', outcomes: [failed('upstream_credential')], untilMs: 60_000 },
    { name: 'one rate limit', outcomes: [failed('rate_limited')], untilMs: 2_000 },
    { name: 'one rate limit with a time', outcomes: [failed('rate_limited', 30_000)], untilMs: 30_000 },
    { name: 'a rate limit with an absurd time', outcomes: [failed('rate_limited', 86_400_000)], untilMs: 600_000 },
    { name: 'five silences', outcomes: repeat(failed('no_answer'), 5), untilMs: 5_000 },
  ])('of a credential rests after $name', ({ outcomes, untilMs }) => {
    expect(after(outcomes, 'credential')).toMatchObject({ state: 'open', untilMs });
  });

  it('forgets failures that lie far enough back', () => {
    const mixed = everyNth(2, 20);
    expect(after(mixed, 'channel', 100).state).toBe('open');
    expect(after(mixed, 'channel', 10_000).state).toBe('closed');
  });

  it('lets one call find out, and closes after its answer', () => {
    const open = after(repeat(failed('no_answer'), 5));
    expect([4_999, 5_000].map((at) => mayCall(open, at))).toEqual([false, true]);
    const probing = afterCall(open, 5_000);
    expect([5_001, 64_999, 65_000].map((at) => mayCall(probing, at))).toEqual([false, false, true]);
    expect(afterOutcome(probing, 'channel', GOOD, 6_000)).toEqual(CLOSED);
    expect(mayCall(afterNoCall(probing, 5_500), 5_500)).toBe(true);
  });

  it('rests longer each time, up to a bound', () => {
    let breaker = after(repeat(failed('no_answer'), 5));
    const rests: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const at = breaker.untilMs;
      breaker = afterOutcome(afterCall(breaker, at), 'channel', failed('no_answer'), at);
      rests.push((breaker.untilMs - at) / 1_000);
    }
    expect(rests).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
  });

  it('is not moved by calls that were under way when it opened', () => {
    const open = after(repeat(failed('no_answer'), 5));
    expect(afterOutcome(open, 'channel', failed('no_answer'), 1_000)).toMatchObject({ untilMs: 5_000, openings: 1 });
  });

  it('closes when a task is found, unless new tasks were what was refused', () => {
    expect(after([FOUND], 'channel', 0, after(repeat(failed('no_answer'), 5))).state).toBe('closed');
    expect(after([FOUND], 'credential', 0, after([failed('rate_limited')], 'credential')).state).toBe('open');
    expect(after([FOUND], 'credential', 0, after([failed('upstream_credential')], 'credential')).state).toBe('open');
  });

  it('does not rest longer for a rate limit because looks at tasks fail now and then', () => {
    let breaker = after([failed('rate_limited', 1_000)], 'credential');
    for (let nowMs = 1_000; nowMs < 60_000; nowMs += 100) {
      const outcome = nowMs % 1_000 === 0 ? failed('no_answer') : FOUND;
      breaker = afterOutcome(breaker, 'credential', outcome, nowMs);
      expect([mayCall(breaker, nowMs), breaker.cause]).toEqual([true, 'rate_limited']);
    }
    const probed = afterOutcome(afterCall(breaker, 60_000), 'credential', failed('no_answer'), 60_100);
    expect(probed).toMatchObject({ state: 'open', cause: 'rate_limited', untilMs: 62_100 });
    for (const silence of repeat(failed('no_answer'), 5))
      breaker = afterOutcome(breaker, 'credential', silence, 60_000);
    expect(breaker).toMatchObject({ state: 'open', cause: 'no_answer' });
  });

  it('always reopens by itself within bounds, whatever happened', () => {
    const cause = fc.constantFrom<Cause>(
      'no_answer',
      'upstream_unavailable',
      'rate_limited',
      'upstream_credential',
      'content_rejected',
    );
    const outcome = fc.oneof(
      fc.constantFrom(GOOD, FOUND),
      fc
        .record({ cause, retryAfterMs: fc.option(fc.nat(10_000_000)) })
        .map(({ cause: of, retryAfterMs }) => failed(of, retryAfterMs)),
    );
    const steps = fc.array(fc.record({ outcome, waitMs: fc.nat(100_000), called: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.constantFrom<Subject>('channel', 'credential'), (taken, subject) => {
        let [breaker, nowMs] = [CLOSED, 0];
        for (const step of taken) {
          nowMs += step.waitMs;
          if (step.called && mayCall(breaker, nowMs)) breaker = afterCall(breaker, nowMs);
          breaker = afterOutcome(breaker, subject, step.outcome, nowMs);
          expect(mayCall(breaker, nowMs + 1_800_000)).toBe(true);
          expect(goodShare(breaker)).toBeGreaterThanOrEqual(0);
          expect(goodShare(breaker)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('the book of breakers', () => {
  it('keeps a channel in use when one of its credentials is bad', () => {
    const health = createHealth(() => 0);
    health.report('channel', 'bad', failed('upstream_credential'));
    expect(health.standing('credential', 'bad')).toMatchObject({
      callable: false,
      cause: 'upstream_credential',
      untilMs: 60_000,
    });
    expect(health.standing('credential', 'good').callable).toBe(true);
    expect(health.standing('channel', 'channel').callable).toBe(true);
  });

  it('sees a vendor that is down through all of its credentials together', () => {
    const health = createHealth(() => 0);
    for (const key of ['a', 'b', 'c', 'd', 'e']) health.report('channel', key, failed('no_answer'));
    expect(health.standing('channel', 'channel').callable).toBe(false);
    expect(health.standing('credential', 'a').callable).toBe(true);
  });

  it('sends one probe, however many ask', () => {
    let nowMs = 0;
    const health = createHealth(() => nowMs);
    for (let n = 0; n < 5; n += 1) health.report('channel', 'key', failed('no_answer'));
    nowMs = 5_000;
    const asked = Array.from({ length: 10 }, () => {
      const { callable } = health.standing('channel', 'channel');
      if (callable) health.begin('channel', 'key');
      return callable;
    });
    expect(asked.filter(Boolean)).toHaveLength(1);
  });
});
