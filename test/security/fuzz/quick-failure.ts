/** What stands around a fuzzed server: a vendor that takes everything and makes nothing, and names that nobody knows. */

import type { Provider } from '../../../src/providers/provider.ts';

const CHECK_AFTER_MS = 50;

/** In place of the sandbox: jobs go through all their states without a video being drawn. */
export const quickFailure: Provider = {
  name: 'sandbox',
  baseUrl: 'sandbox:',
  servesEveryModel: true,
  credentialFault: () => null,
  errors: {},
  submit: async (_spec, _words, io) => ({
    kind: 'accepted',
    task: { id: io.attemptToken, data: {} },
    checkAfterMs: CHECK_AFTER_MS,
  }),
  check: async () => ({
    kind: 'failed',
    failure: { kind: 'generation_failed', message: 'Nothing is made here.' },
  }),
};

export async function nobodysNames(name: string): Promise<readonly string[]> {
  throw new Error(`nobody knows ${name}`);
}
