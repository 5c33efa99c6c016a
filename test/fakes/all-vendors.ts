/** Every fake vendor at once, each at work by itself, with a channel that leads to it and a request that it serves. */

import type { JsonObject } from '../../src/model/json.ts';
import type { Fake } from '../providers/suite.ts';
import { startArkVendor } from './ark-vendor.ts';
import { startHailuoVendor } from './hailuo-vendor.ts';
import { startJimengVendor } from './jimeng-vendor.ts';
import { startKlingVendor } from './kling-vendor.ts';
import { startRelayVendor } from './relay-vendor.ts';
import { startTencentVod } from './tencent-vod-vendor.ts';
import { startVeoVendor } from './veo-vendor.ts';
import { startVideosServer } from './videos-server.ts';
import { startViduVendor } from './vidu-vendor.ts';
import { walkTasks } from './walk-tasks.ts';
import { startWanVendor } from './wan-vendor.ts';

/** A finished video, also at an address; how a callback address is reached; and how long a task takes. */
export type VendorSettings = {
  readonly video: Buffer;
  readonly videoUrl: string;
  readonly reach: (url: string) => string;
  readonly workMs: number;
};

/** `channel`: the body of `POST /channels`. Of the examples each is served by this channel alone, or by it first. */
export type VendorAtWork = {
  readonly channel: JsonObject & { readonly name: string; readonly provider: string; readonly base_url: string };
  readonly example: { readonly model: string; readonly seconds: string };
};

export type AllVendors = { readonly vendors: readonly VendorAtWork[]; close(): Promise<void> };

const KEY = 'fake-vendor-key-0000';
const PAIR = { accessKey: 'fake-access-key', secretKey: 'fake-secret-key' } as const;
const KLING_KEYS = { apiKey: KEY, ...PAIR } as const;
const VOD_KEYS = { subAppId: 1500000001, secretId: PAIR.accessKey, secretKey: PAIR.secretKey } as const;
/** Channels for what only they are asked. */
const FIRST = { priority: 10 } as const;

export async function startAllVendors({ workMs, ...around }: VendorSettings): Promise<AllVendors> {
  const kling = await startKlingVendor(KLING_KEYS, around);
  const vod = await startTencentVod({ ...VOD_KEYS, videoUrl: around.videoUrl });
  const ark = await startArkVendor(KEY, around);
  const hailuo = await startHailuoVendor(KEY, around);
  const vidu = await startViduVendor(KEY, around);
  const jimeng = await startJimengVendor(`${PAIR.accessKey}|${PAIR.secretKey}`, around.videoUrl);
  const wan = await startWanVendor(KEY, around);
  const google = await startVeoVendor(KEY, around);
  const videos = await startVideosServer(KEY, 'openai', around.video);
  const unified = await startRelayVendor(KEY, 'unified', around.videoUrl);
  const generations = await startRelayVendor(KEY, 'documented', around.videoUrl);

  const walks = [
    walkTasks(kling, workMs, ({ home }) => ['processing', home === 'tasks' ? 'succeeded' : 'succeed']),
    walkTasks(vod, workMs, () => ['PROCESSING', 'FINISH']),
    walkTasks(ark, workMs, () => ['running', 'succeeded']),
    walkTasks(hailuo, workMs, ({ api }) => (api === 'v1' ? ['Processing', 'Success'] : ['running', 'succeeded'])),
    walkTasks(vidu, workMs, () => ['queueing', 'processing', 'success']),
    walkTasks(jimeng, workMs, () => ['generating', 'done']),
    walkTasks(wan, workMs, () => ['RUNNING', 'SUCCEEDED']),
    walkTasks(google, workMs, ({ api }) => [api === 'omni' ? 'completed' : 'done']),
    walkTasks(videos, workMs, () => ['in_progress', 'completed']),
    walkTasks(unified, workMs, () => ['processing', 'completed']),
    walkTasks(generations, workMs, () => ['processing', 'succeeded']),
  ];
  const at = (name: string, provider: string, fake: Fake, credentials: string, more: JsonObject = {}) =>
    ({ name: `fake ${name}`, provider, base_url: fake.url, credentials, ...more }) as const;
  const vodKey = `${VOD_KEYS.subAppId}|${VOD_KEYS.secretId}|${VOD_KEYS.secretKey}`;
  const only = (...models: string[]) => ({ ...FIRST, models });
  return {
    vendors: [
      { channel: at('Kling', 'kling', kling, KEY), example: { model: 'Kling-2.6', seconds: '5' } },
      {
        channel: at('Tencent VOD', 'tencent-vod', vod, vodKey, only('Kling-3.0-Omni', 'Kling-2.0', 'Vidu-q2-turbo')),
        example: { model: 'Kling-3.0-Omni', seconds: '5' },
      },
      { channel: at('Ark', 'ark', ark, KEY), example: { model: 'SV-1.5-pro', seconds: '5' } },
      { channel: at('MiniMax', 'hailuo', hailuo, KEY), example: { model: 'Hailuo-H3', seconds: '5' } },
      { channel: at('Vidu', 'vidu', vidu, KEY), example: { model: 'Vidu-q3-pro', seconds: '5' } },
      {
        channel: at('Jimeng', 'jimeng', jimeng, `${PAIR.accessKey}|${PAIR.secretKey}`),
        example: { model: 'jimeng-video-3.0', seconds: '5' },
      },
      { channel: at('Model Studio', 'wan', wan, KEY), example: { model: 'wan3.0', seconds: '5' } },
      {
        channel: at('Vertex AI', 'veo', google, google.account, only('GV-3.1')),
        example: { model: 'GV-3.1', seconds: '8' },
      },
      {
        channel: at('Gemini API', 'veo', google, KEY, only('gemini-omni-1.1-flash')),
        example: { model: 'gemini-omni-1.1-flash', seconds: '5' },
      },
      { channel: at('OpenAI', 'openai-video', videos, KEY), example: { model: 'OS-2.0', seconds: '4' } },
      {
        channel: at('unified relay', 'unified-video', unified, KEY, only('GV-3.1-fast')),
        example: { model: 'GV-3.1-fast', seconds: '8' },
      },
      {
        channel: at('generations relay', 'generations', generations, KEY, only('Hailuo-2.3')),
        example: { model: 'Hailuo-2.3', seconds: '6' },
      },
    ],
    close: async () => {
      for (const stop of walks) stop();
      const fakes = [kling, vod, ark, hailuo, vidu, jimeng, wan, google, videos, unified, generations];
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}
