/** The registry of providers: adding one is its folder and its line here. */

import type { Provider } from './provider.ts';
import { ark } from './ark/ark.ts';
import { hailuo } from './hailuo/hailuo.ts';
import { jimeng } from './jimeng/jimeng.ts';
import { kling } from './kling/kling.ts';
import { RESELLERS } from './resellers.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import type { SandboxStudio } from './sandbox/sandbox.ts';
import { tencentVod } from './tencent-vod/tencent-vod.ts';
import { veo } from './veo/veo.ts';
import { vidu } from './vidu/vidu.ts';
import { wan } from './wan/wan.ts';

export function createProviders(tools: { readonly studio: SandboxStudio }): ReadonlyMap<string, Provider> {
  const vendors = [kling, tencentVod, ark, hailuo, vidu, jimeng, wan, veo, ...RESELLERS];
  return new Map([createSandbox(tools.studio), ...vendors].map((provider) => [provider.name, provider]));
}
