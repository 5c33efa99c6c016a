/** Every provider that the catalogue names, each with a fake of its vendor that was written from the vendor's pages. */

import type { JsonObject } from '../../src/model/json.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { startAigcGateway } from '../fakes/aigc-gateway-vendor.ts';
import { startArkVendor } from '../fakes/ark-vendor.ts';
import { startHailuoVendor } from '../fakes/hailuo-vendor.ts';
import { startJimengVendor } from '../fakes/jimeng-vendor.ts';
import { startKlingVendor } from '../fakes/kling-vendor.ts';
import { startRelayVendor } from '../fakes/relay-vendor.ts';
import { startTencentVod } from '../fakes/tencent-vod-vendor.ts';
import { startVeoVendor } from '../fakes/veo-vendor.ts';
import { startVideosServer } from '../fakes/videos-server.ts';
import { startViduVendor } from '../fakes/vidu-vendor.ts';
import { startWanVendor } from '../fakes/wan-vendor.ts';
import { providerNamed } from '../support/providers.ts';
import type { Fake } from './suite.ts';

const KEY = 'key-of-a-fake-0000';
const SECRETS = { secretId: 'AKIDcanary0000000001', secretKey: 'secret-key-canary' };
/** Of both generations, which a pair is not. */
const API_KEY = 'api-key-canary';
const PAIR = { accessKey: 'ak-canary-123', secretKey: 'sk/with+canary=' };
const SUB_APP_ID = 1_500_000_001;
const VOLCENGINE = 'AKLTtest0000|c2VjcmV0LXRlc3Q/+=';

type Started = {
  readonly fake: Fake;
  /** The key by which the vendor lets in whoever asks for the model. */
  readonly credential: (upstream: JsonObject) => string;
};

/** One wire of a provider: some speak several, depending on the channel's address or key. */
export type Vendor = {
  readonly name: string;
  readonly provider: Provider;
  /** A gateway, where anybody's models may be. */
  readonly resells?: true;
  start(): Promise<Started>;
};

function vendor(name: string, provider: string, credential: string, start: () => Promise<Fake>): Vendor {
  const begin = async (): Promise<Started> => ({ fake: await start(), credential: () => credential });
  return { name, provider: providerNamed(provider), start: begin };
}

export const VENDORS: readonly Vendor[] = [
  vendor('kling', 'kling', API_KEY, () => startKlingVendor({ ...PAIR, apiKey: API_KEY })),
  vendor('tencent-vod', 'tencent-vod', `${SUB_APP_ID}|${SECRETS.secretId}|${SECRETS.secretKey}`, () =>
    startTencentVod({ subAppId: SUB_APP_ID, ...SECRETS }),
  ),
  vendor('tencent-gateway', 'tencent-vod', KEY, () =>
    startAigcGateway({ subAppId: String(SUB_APP_ID), ...SECRETS, bearer: KEY }),
  ),
  vendor('ark', 'ark', KEY, () => startArkVendor(KEY)),
  vendor('hailuo', 'hailuo', KEY, () => startHailuoVendor(KEY)),
  vendor('vidu', 'vidu', KEY, () => startViduVendor(KEY)),
  vendor('jimeng', 'jimeng', VOLCENGINE, () => startJimengVendor(VOLCENGINE)),
  vendor('wan', 'wan', KEY, () => startWanVendor(KEY)),
  {
    name: 'veo',
    provider: providerNamed('veo'),
    start: async () => {
      const fake = await startVeoVendor(KEY);
      return { fake, credential: (upstream) => ('api' in upstream ? KEY : fake.account) };
    },
  },
  vendor('veo-gemini', 'veo', KEY, () => startVeoVendor(KEY)),
  vendor('openai-video', 'openai-video', KEY, () => startVideosServer(KEY, 'openai')),
  ...[
    vendor('openai-resale', 'openai-resale', KEY, () => startVideosServer(KEY, 'resale')),
    vendor('unified-video', 'unified-video', KEY, () => startRelayVendor(KEY, 'unified')),
    vendor('generations', 'generations', KEY, () => startRelayVendor(KEY, 'documented')),
  ].map((gateway) => ({ ...gateway, resells: true }) as const),
];
