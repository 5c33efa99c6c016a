/** Providers by their name in the registry. */

import { createProviders } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';

const ALL = createProviders({
  studio: { start: () => '', status: () => ({ state: 'absent' }), cancel: () => undefined },
});

export function providerNamed(name: string): Provider {
  const provider = ALL.get(name);
  if (provider === undefined) throw new Error(`there is no provider ${name}`);
  return provider;
}
