/** One job in every state, as dialects are given it to write. */

import type { FailureKind } from '../../src/model/failure.ts';
import type { Job, JobState, JobView } from '../../src/model/job.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { note } from '../../src/model/violation.ts';

export const UUID = '0197f0f0-0000-7000-8000-000000000001';

export const SPEC: VideoSpec = {
  model: 'Kling-3.0-Omni',
  requestedModel: 'kling-3.0-omni-720p',
  mode: 'first_frame',
  scene: null,
  prompt: 'a cat',
  negativePrompt: null,
  seconds: 5,
  resolution: '720p',
  ratio: '16:9',
  fps: 24,
  audio: true,
  bgm: false,
  seed: 0,
  count: 1,
  offPeak: false,
  motionLevel: null,
  watermark: false,
  callbackUrl: null,
  payload: 'order 7',
  user: null,
  externalId: 'mine-1',
  vendor: {},
  inputs: [
    {
      role: 'first_frame',
      assetId: '0197f0f0-0000-7000-8000-0000000000aa',
      sha256: 'aa',
      mime: 'image/png',
      bytes: 10,
      width: 1280,
      height: 720,
      durationMs: null,
      url: 'https://a.example/1.png',
    },
  ],
  width: 1280,
  height: 720,
  billedSeconds: 5,
};

const JOB: Job = {
  id: UUID,
  accountId: 'a',
  keyId: 'k',
  mode: 'live',
  dialect: 'native',
  state: 'queued',
  version: 1,
  spec: SPEC,
  notes: [note('unknown_field', 'hairstyle', 'this API has no such field', '本接口没有该字段')],
  progress: 0,
  failure: null,
  quoteMicros: 500_000n,
  holdMicros: 500_000n,
  chargeMicros: null,
  facts: null,
  createdAt: new Date(1_759_938_772_900),
  updatedAt: new Date(1_759_938_772_900),
  completedAt: null,
  deadlineAt: new Date(1_760_025_172_900),
};

const NO_LINKS = { video: null, thumbnail: null, spritesheet: null };
const LINKS = { video: 'https://r.example/v', thumbnail: 'https://r.example/t', spritesheet: 'https://r.example/s' };
const FACTS = { durationMs: 5_042, width: 1280, height: 720, fps: 24, videoCodec: 'avc', audioCodec: 'aac' };
const ENDED_AT = new Date(1_759_938_900_999);

const CHANGES: Readonly<Record<JobState, Partial<Job>>> = {
  queued: {},
  submitting: {},
  running: { progress: 33, updatedAt: new Date(1_759_938_800_000) },
  collecting: { progress: 99, updatedAt: new Date(1_759_938_890_000) },
  succeeded: { progress: 100, facts: FACTS, chargeMicros: 420_000n },
  failed: { failure: { kind: 'generation_failed', message: 'The vendor could not make it.' }, chargeMicros: 0n },
  cancelled: { failure: null, chargeMicros: 0n },
  expired: { failure: null, chargeMicros: 0n },
};

/** The job in this state; one that has ended did so 128 seconds after it was made. */
export function viewIn(state: JobState, change: Partial<Job> = {}): JobView {
  const hasEnded = CHANGES[state].chargeMicros !== undefined;
  const ended = hasEnded ? { completedAt: ENDED_AT, updatedAt: ENDED_AT } : {};
  const job: Job = { ...JOB, state, ...CHANGES[state], ...ended, ...change };
  const isThere = state === 'succeeded';
  return {
    job,
    links: isThere ? LINKS : NO_LINKS,
    linksExpireAt: isThere ? new Date(1_760_025_300_000) : null,
    pollAfterMs: hasEnded ? null : 1500,
  };
}

/** A job that failed in this way. */
export function failedView(kind: FailureKind): JobView {
  return viewIn('failed', { failure: { kind, message: `It failed: ${kind}.` } });
}
