/** A vendor for tests of what comes before and after the making: it takes everything, and the video is there at once. */

import type { Provider } from '../../src/providers/provider.ts';

const CHECK_AFTER_MS = 10;

/** Delivers the file at `path`, whatever was asked for. Under the name of the sandbox it serves test keys. */
export function quickVendor(path: string, name = 'sandbox'): Provider {
  return {
    name,
    baseUrl: `${name}:`,
    servesEveryModel: true,
    credentialFault: () => null,
    errors: {},
    submit: async (_spec, _upstream, io) => ({
      kind: 'accepted',
      task: { id: io.attemptToken, data: {} },
      checkAfterMs: CHECK_AFTER_MS,
    }),
    check: async () => ({ kind: 'done', video: { from: 'file', path }, usage: { seconds: null, tokens: null } }),
  };
}
