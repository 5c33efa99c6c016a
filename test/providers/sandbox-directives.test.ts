/** The words that script the sandbox. */

import { describe, expect, it } from 'vitest';

import { readDirectives } from '../../src/providers/sandbox/directives.ts';

describe('a scripted prompt', () => {
  it.each([
    ['a cat [delay:3s]', { delayMs: 3_000 }],
    ['[DELAY:250ms] a cat', { delayMs: 250 }],
    ['a cat [fail:content_rejected]', { fail: 'content_rejected' }],
    ['a cat [refuse:rate_limited]', { refuse: 'rate_limited' }],
    ['a cat [lost]', { lost: true }],
    ['a cat [stuck]', { stuck: true }],
    ['a cat [flaky:3]', { flaky: 3 }],
    ['[delay:1s] a cat [fail:generation_failed]', { delayMs: 1_000, fail: 'generation_failed' }],
  ])('%s', (prompt, expected) => {
    expect(readDirectives(prompt)).toMatchObject({ prompt: 'a cat', directives: expected });
  });

  it('leaves other brackets alone', () => {
    expect(readDirectives('[Push in] a cat [图1]')).toMatchObject({
      prompt: '[Push in] a cat [图1]',
      directives: { delayMs: 0, stuck: false },
    });
  });

  it.each(['[delay:soon]', '[delay]', '[delay:48h]', '[fail:banana]', '[refuse:internal]', '[flaky:1000]'])(
    'says what is wrong with %s',
    (prompt) => {
      expect(readDirectives(prompt)).toMatchObject({ fault: expect.stringContaining(prompt) });
    },
  );
});
