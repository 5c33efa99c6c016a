/** What vendors say is kept for the operator and told to clients, without keys, markup or length. */

import { describe, expect, it } from 'vitest';

import type { FailureKind } from '../../src/model/failure.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { vendorFailure } from '../../src/providers/replies.ts';
import { fitWords, withFitWords } from '../../src/providers/vendor-words.ts';
import { SPEC } from '../support/rows.ts';

const KEY = 'AKIDcanary1|secret-canary-2|ap';

function speaking(kind: FailureKind, said: string): Provider {
  return {
    name: 'speaking',
    baseUrl: 'http://127.0.0.1:9',
    servesEveryModel: false,
    credentialFault: () => null,
    errors: {},
    submit: async () => ({ kind: 'refused', failure: vendorFailure(kind, said) }),
    check: async () => ({ kind: 'failed', failure: vendorFailure(kind, said) }),
  };
}

const IO = {
  http: () => Promise.reject(new Error('not asked')),
  baseUrl: 'http://127.0.0.1:9',
  credential: KEY,
  now: () => new Date(0),
  attemptToken: 'a',
  callbackUrl: null,
  files: { path: () => Promise.reject(new Error('none')), link: () => null },
  taskOf: async () => null,
  signal: new AbortController().signal,
  checksBefore: 0,
};

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

  it('is told to whoever asked for what cannot be made', async () => {
    const provider = withFitWords(
      speaking('invalid_request', '400 1201 duration must be 5 or 10 (key secret-canary-2)'),
    );
    expect(await provider.submit(SPEC, {}, IO)).toEqual({
      kind: 'refused',
      failure: {
        kind: 'invalid_request',
        message: 'The provider refused the request as invalid. It said: 1201 duration must be 5 or 10 (key (key))',
        detail: '400 1201 duration must be 5 or 10 (key (key))',
      },
    });
  });

  it('of the operator’s account is for the operator alone', async () => {
    const provider = withFitWords(speaking('upstream_credential', '402 balance of AKIDcanary1 is used up'));
    const result = await provider.submit(SPEC, {}, IO);
    expect(result).toMatchObject({ failure: { message: 'The provider refused our account.' } });
    expect(result).toMatchObject({ failure: { detail: '402 balance of (key) is used up' } });
    expect(await provider.check({ id: '1', data: {} }, IO)).toEqual({ ...result, kind: 'failed' });
  });
});
