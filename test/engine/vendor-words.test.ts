/** What vendors say is kept for the operator and told to clients, without keys, markup or length. */

import { describe, expect, it } from 'vitest';

import { vendorFailure } from '../../src/providers/replies.ts';
import { fitAnswer, fitError, fitWords } from '../../src/engine/vendor-words.ts';

const KEY = 'AKIDcanary1|secret-canary-2|ap';

describe('what a vendor said', () => {
  it.each([
    ['login fail: AKIDcanary1 and secret-canary-2', 'login fail: (key) and (key)'],
    ['<html><body>502 Bad\n\tGateway</body></html>', '502 Bad Gateway'],
    ['no: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc123', 'no: (key)'],
    ['Signature=0123456789abcdef0123 differs', '(key) differs'],
    ['in ap-guangzhou all is well', 'in ap-guangzhou all is well'],
    ['a\u0000b', 'a b'],
    ['中'.repeat(600), '中'.repeat(500)],
  ])('is kept fit: %j', (said, kept) => {
    expect(fitWords(said, KEY)).toBe(kept);
  });

  it('is told to whoever asked for what cannot be made', () => {
    const failure = vendorFailure('invalid_request', '400 1201 duration must be 5 or 10 (key secret-canary-2)');
    expect(fitAnswer({ kind: 'refused', failure }, KEY)).toEqual({
      kind: 'refused',
      failure: {
        kind: 'invalid_request',
        message: 'The provider refused the request as invalid. It said: 1201 duration must be 5 or 10 (key (key))',
        detail: '400 1201 duration must be 5 or 10 (key (key))',
      },
    });
  });

  it('of the operator’s account is for the operator alone', () => {
    const failure = vendorFailure('upstream_credential', '402 balance of AKIDcanary1 is used up');
    expect(fitAnswer({ kind: 'failed', failure }, KEY)).toMatchObject({
      failure: { message: 'The provider refused our account.', detail: '402 balance of (key) is used up' },
    });
  });

  it('of many tasks at once is made fit for each', () => {
    const failure = vendorFailure('generation_failed', '<b>busy</b> secret-canary-2');
    const answers = fitAnswer(new Map([['1', { kind: 'failed', failure }]]), KEY);
    expect(answers.get('1')).toMatchObject({ failure: { detail: 'busy (key)' } });
  });

  it('about a credential that is tried does not repeat it', () => {
    expect(fitAnswer({ ok: false, message: 'secret-canary-2 is unknown' }, KEY).message).toBe('(key) is unknown');
  });

  it('in an error that ends the call is kept too, and the error its kind', () => {
    const error = fitError(new RangeError('<b>busy</b> secret-canary-2'), KEY);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toHaveProperty('message', 'busy (key)');
  });
});
