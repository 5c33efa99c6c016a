/** What a security case says: what is sent, what the answer is, and what must hold besides. Data only; the tests run it. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { Json } from '../../../src/model/json.ts';

/** A status and the canonical failure, which each dialect writes in its own words; or a status alone. */
export type Answer = `${number} ${FailureKind}` | `${number}`;

type Tested =
  | { readonly by: 'here' }
  /** `says`: the beginning of the title of a test in `test/<file>.test.ts`. */
  | { readonly by: 'elsewhere'; readonly file: string; readonly says: string }
  | { readonly by: 'nobody'; readonly because: string };

export type Case = {
  readonly id: string;
  readonly input: string;
  /** Null where it is not the answer that counts. */
  readonly answer: Answer | null;
  /** What holds besides the answer. */
  readonly holds: string;
  /** What is sent, one after the other, where it is more than can be said in words. */
  readonly values: readonly Json[];
  readonly tested: Tested;
};

export function here(
  id: string,
  input: string,
  answer: Answer | null,
  holds: string,
  values: readonly Json[] = [],
): Case {
  return { id, input, answer, holds, values, tested: { by: 'here' } };
}

export function elsewhere(id: string, input: string, holds: string, file: string, says: string): Case {
  return { id, input, answer: null, holds, values: [], tested: { by: 'elsewhere', file, says } };
}

export function notApplicable(id: string, input: string, because: string): Case {
  return { id, input, answer: null, holds: '', values: [], tested: { by: 'nobody', because } };
}
