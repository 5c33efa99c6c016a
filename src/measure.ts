/** Makes metrics of what the engine tells. */

import { onJobEnd } from './engine/watch.ts';
import type { Deed, JobEnd, Watch } from './engine/watch.ts';
import type { Metrics } from './metrics.ts';
import { readChannel } from './store/channels.ts';
import type { Queryable } from './store/database.ts';

const SECOND_MS = 1_000;
const MICROS = 1e6;
const NONE = 'none';
/** Channels whose provider is remembered; operators have few. */
const MAX_CHANNELS = 10_000;

export type Measuring = Watch & { stop(): void };

export function startMeasuring(metrics: Metrics, db: Queryable): Measuring {
  const providerOf = rememberedProviders(db);
  const stop = onJobEnd((end) => {
    void providerOf(end.job.channelId).then((provider) => measureEnd(metrics, end, provider));
  });
  return { deed: (deed) => measureDeed(metrics, deed), stop };
}

function measureDeed(metrics: Metrics, { what, outcome, facts, startedMs, endedMs }: Deed): void {
  const seconds = Math.max(0, endedMs - startedMs) / SECOND_MS;
  const { lagMs } = facts;
  const provider = String(facts['provider'] ?? NONE);
  switch (what) {
    case 'create':
      metrics.count('reelgate_jobs_created_total', { model: String(facts['model']), mode: String(facts['mode']) });
      break;
    case 'submit':
      metrics.count('reelgate_attempts_total', { provider, outcome });
      metrics.observe('reelgate_upstream_call_seconds', { provider, call: what }, seconds);
      break;
    case 'check':
      metrics.count('reelgate_checks_total', { provider, outcome });
      metrics.observe('reelgate_upstream_call_seconds', { provider, call: what }, seconds);
      if (typeof lagMs === 'number')
        metrics.observe('reelgate_completion_lag_seconds', { provider }, lagMs / SECOND_MS);
      break;
    case 'find':
      metrics.observe('reelgate_upstream_call_seconds', { provider, call: what }, seconds);
      break;
    case 'collect':
      metrics.count('reelgate_collects_total', { outcome });
      metrics.observe('reelgate_collect_seconds', {}, seconds);
      break;
    case 'notify':
      metrics.count('reelgate_webhook_tries_total', { outcome });
      if (typeof lagMs === 'number') metrics.observe('reelgate_webhook_lag_seconds', {}, lagMs / SECOND_MS);
      break;
    case 'cancel':
      break;
  }
}

function measureEnd(metrics: Metrics, { job, state, failure, chargeMicros, endedMs }: JobEnd, provider: string): void {
  const { model } = job.spec;
  metrics.count('reelgate_jobs_ended_total', { model, provider, state, failure: failure?.kind ?? NONE });
  if (job.checks > 0) metrics.observe('reelgate_checks_per_job', { provider }, job.checks);
  if (state === 'succeeded') {
    const seconds = (endedMs - job.createdAt.getTime()) / SECOND_MS;
    metrics.observe('reelgate_time_to_video_seconds', { model }, Math.max(0, seconds));
  }
  if (job.mode !== 'live') return;
  metrics.count('reelgate_charged_usd_total', { model }, Number(chargeMicros) / MICROS);
  metrics.count('reelgate_released_usd_total', { model }, Number(job.holdMicros - chargeMicros) / MICROS);
}

/** A channel never changes its provider. */
function rememberedProviders(db: Queryable): (channelId: string | null) => Promise<string> {
  const known = new Map<string, string>();
  return async (channelId) => {
    if (channelId === null) return NONE;
    const remembered = known.get(channelId);
    if (remembered !== undefined) return remembered;
    const channel = await readChannel(db, channelId).catch(() => null);
    if (channel === null) return NONE;
    if (known.size < MAX_CHANNELS) known.set(channelId, channel.provider);
    return channel.provider;
  };
}
