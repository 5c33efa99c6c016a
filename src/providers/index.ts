/** The registry of providers: adding one is its folder and its line here. */

import type { Provider } from './provider.ts';
import { openaiVideo } from './openai-video/openai-video.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import type { SandboxStudio } from './sandbox/sandbox.ts';

export function createProviders(tools: { readonly studio: SandboxStudio }): ReadonlyMap<string, Provider> {
  const providers = [createSandbox(tools.studio), openaiVideo];
  return new Map(providers.map((provider) => [provider.name, provider]));
}
