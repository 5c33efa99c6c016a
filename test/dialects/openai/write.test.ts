/** How jobs in every state, lists, and failures of every kind are written. */

import { describe, expect, test } from 'vitest';

import { DIALECTS } from '../../../src/dialects/index.ts';
import { openai } from '../../../src/dialects/openai/dialect.ts';
import { writeAddress, writeDeleted, writeList } from '../../../src/dialects/openai/write.ts';
import { FAILURES, isFailureKind } from '../../../src/model/failure.ts';
import type { Failure, FailureKind } from '../../../src/model/failure.ts';
import { JOB_STATES } from '../../../src/model/job.ts';
import type { Job, JobView } from '../../../src/model/job.ts';
import { note, violation } from '../../../src/model/violation.ts';
import { SPEC, UUID, viewIn } from '../job-views.ts';

const ID = `video_${UUID}`;
const LINKS = viewIn('succeeded').links;
const EXPIRES_AT = 1_760_025_300;

function view(job: Partial<Job> = {}): JobView {
  const spec = { ...SPEC, audio: false, payload: null, inputs: [], mode: 'text' as const };
  return viewIn(job.state ?? 'queued', { dialect: 'openai', spec, notes: [], ...job });
}

const FACTS = { durationMs: 5042, width: 1280, height: 720, fps: 30, videoCodec: 'avc', audioCodec: 'aac' };
const QUEUED = {
  id: ID,
  object: 'video',
  model: 'kling-3.0-omni-720p',
  status: 'queued',
  progress: 0,
  created_at: 1759938772,
  completed_at: null,
  expires_at: null,
  prompt: 'a cat',
  size: '1280x720',
  seconds: '5',
  remixed_from_video_id: null,
  error: null,
  task_id: ID,
  quality: 'standard',
  video_url: null,
  thumbnail_url: null,
  metadata: {
    url: null,
    duration: 5,
    width: 1280,
    height: 720,
    resolution: '720p',
    ratio: '16:9',
    fps: 24,
    audio: false,
    seed: 0,
    payload: null,
  },
  cost: { currency: 'USD', quote: '0.50', hold: '0.50', charge: null, test: false },
  warnings: [],
};

describe('a job is written', () => {
  test('queued, with when to ask again', () => {
    const reply = openai.writeJob(view(), 'create', 'en');
    expect(reply).toEqual({ status: 200, headers: { 'openai-poll-after-ms': '1500' }, body: QUEUED });
    expect(openai.writeJob(view(), 'get', 'en')).toEqual(reply);
  });

  test('submitting, as queued', () => {
    expect(openai.writeJob(view({ state: 'submitting' }), 'get', 'en').body).toEqual(QUEUED);
  });

  test('running, with whole percents that never say it is done', () => {
    const body = { ...QUEUED, status: 'in_progress', progress: 33 };
    expect(openai.writeJob(view({ state: 'running', progress: 33.7 }), 'get', 'en').body).toEqual(body);
    expect(openai.writeJob(view({ state: 'collecting', progress: 100 }), 'get', 'en').body).toEqual({
      ...body,
      progress: 99,
    });
  });

  test('succeeded, with the links and what was measured, and nothing to wait for', () => {
    const reply = openai.writeJob(view({ state: 'succeeded', facts: FACTS, chargeMicros: 495_500n }), 'get', 'en');
    expect(reply.headers).toEqual({});
    expect(reply.body).toEqual({
      ...QUEUED,
      status: 'completed',
      progress: 100,
      completed_at: 1759938900,
      expires_at: EXPIRES_AT,
      video_url: LINKS.video,
      thumbnail_url: LINKS.thumbnail,
      metadata: { ...QUEUED.metadata, url: LINKS.video, duration: 5.042, fps: 30, audio: true },
      cost: { ...QUEUED.cost, charge: '0.4955' },
    });
  });

  test('failed, for each reason', () => {
    const failed = (failure: Failure | null) =>
      openai.writeJob(view({ state: 'failed', progress: 40, failure }), 'get', 'en').body;
    expect(failed({ kind: 'content_rejected', message: 'Blocked.' })).toEqual({
      ...QUEUED,
      status: 'failed',
      progress: 40,
      error: { code: 'moderation_blocked', message: 'Blocked.' },
      cost: { ...QUEUED.cost, charge: '0.00' },
    });
    expect(failed({ kind: 'generation_failed', message: 'm' })).toMatchObject({ error: { code: 'generation_failed' } });
    expect(failed({ kind: 'upstream_unavailable', message: 'm' })).toMatchObject({
      error: { code: 'upstream_unavailable' },
    });
    expect(failed(null)).toMatchObject({
      error: { code: 'generation_failed', message: 'The video could not be made.' },
    });
    const violations = [violation('too_large', 'image', null, { min: 1, max: 10, unit: 'MB' })];
    expect(failed({ kind: 'invalid_request', message: 'm', violations })).toMatchObject({
      error: { code: 'invalid_request', message: "'image' is too large. Allowed: 1 to 10 MB." },
    });
  });

  test('cancelled and expired, as failed with a code of their own', () => {
    const cancelled = view({ state: 'cancelled', failure: { kind: 'cancelled', message: 'You cancelled it.' } });
    expect(openai.writeJob(cancelled, 'get', 'en').body).toMatchObject({
      status: 'failed',
      error: { code: 'cancelled', message: 'You cancelled it.' },
    });
    expect(openai.writeJob(view({ state: 'expired' }), 'get', 'zh').body).toMatchObject({
      status: 'failed',
      error: { code: 'expired', message: '任务未能在期限内完成。' },
    });
  });

  test('in every state with the same keys and one of the four words that pollers know', () => {
    for (const state of JOB_STATES) {
      const { body } = openai.writeJob(view({ state }), 'get', 'en');
      expect(Object.keys(body ?? {})).toEqual(Object.keys(QUEUED));
      expect(['queued', 'in_progress', 'completed', 'failed']).toContain(Object(body).status);
    }
  });

  test('with its notes in the language of the client', () => {
    const notes = [note('not_used', 'seed', 'no seeds here', '不支持种子')];
    expect(openai.writeJob(view({ notes }), 'get', 'zh').body).toMatchObject({
      warnings: [{ code: 'not_used', param: 'seed', message: '不支持种子' }],
    });
  });

  test('of a test key or without a price, as such', () => {
    const free = view({ mode: 'test', quoteMicros: null, holdMicros: 0n });
    expect(openai.writeJob(free, 'get', 'en').body).toMatchObject({
      cost: { currency: 'USD', quote: null, hold: '0.00', charge: null, test: true },
    });
  });
});

test('a list tells its ends and whether there is more', () => {
  const second = `video_${UUID.replace(/1$/, '2')}`;
  const views = [view(), view({ id: second.slice('video_'.length) })];
  expect(writeList({ views, hasMore: true }, 'en').body).toEqual({
    object: 'list',
    data: [QUEUED, { ...QUEUED, id: second, task_id: second }],
    first_id: ID,
    last_id: second,
    has_more: true,
  });
  const empty = { object: 'list', data: [], first_id: null, last_id: null, has_more: false };
  expect(writeList({ views: [], hasMore: false }, 'en')).toEqual({ status: 200, headers: {}, body: empty });
});

test('a deletion is confirmed under the id of this dialect, whatever it was asked by', () => {
  for (const id of [UUID, ID, `task_${UUID}`]) {
    expect(writeDeleted(id)).toEqual({
      status: 200,
      headers: {},
      body: { id: ID, object: 'video.deleted', deleted: true },
    });
  }
});

test('an address says which file it is and how long it works', () => {
  expect(writeAddress(view({ state: 'succeeded' }), 'thumbnail', LINKS.thumbnail ?? '').body).toEqual({
    id: ID,
    object: 'video.content',
    variant: 'thumbnail',
    url: LINKS.thumbnail,
    expires_at: EXPIRES_AT,
  });
});

describe('a failure', () => {
  test('of a request names the first field and says all that is wrong', () => {
    const violations = [
      violation('not_offered', 'seconds', 7, { values: [5, 10] }),
      violation('missing', 'prompt', null),
    ];
    expect(openai.writeFailure({ kind: 'invalid_request', message: 'm', violations }, 'en', 'req-1')).toEqual({
      status: 400,
      headers: {},
      body: {
        error: {
          message: "'seconds' is 7, which this model does not offer. Allowed: 5, 10. 'prompt' is required.",
          type: 'invalid_request_error',
          param: 'seconds',
          code: 'invalid_value',
          request_id: 'req-1',
        },
      },
    });
    expect(openai.writeFailure({ kind: 'invalid_request', message: 'm', violations }, 'zh', 'r').body).toMatchObject({
      error: { message: expect.stringContaining('缺少必填字段“prompt”') },
    });
  });

  test.each([
    ['missing', 'missing_required_parameter'],
    ['wrong_type', 'invalid_type'],
    ['out_of_range', 'invalid_value'],
    ['unknown_model', 'model_not_found'],
    ['too_long', 'string_above_max_length'],
    ['too_many', 'array_above_max_length'],
    ['not_supported', 'unsupported_parameter'],
    ['not_allowed_url', 'invalid_url'],
  ] as const)('by a violation %s has the code %s', (violationCode, code) => {
    const violations = [violation(violationCode, 'x', null)];
    expect(openai.writeFailure({ kind: 'invalid_request', message: 'm', violations }, 'en', 'r').body).toMatchObject({
      error: { code, param: 'x' },
    });
  });

  test.each<[FailureKind, number, string, string]>([
    ['content_rejected', 400, 'invalid_request_error', 'moderation_blocked'],
    ['unauthorized', 401, 'invalid_request_error', 'invalid_api_key'],
    ['insufficient_funds', 402, 'insufficient_quota', 'insufficient_quota'],
    ['forbidden', 403, 'permission_error', 'forbidden'],
    ['not_found', 404, 'invalid_request_error', 'not_found'],
    ['conflict', 409, 'invalid_request_error', 'conflict'],
    ['limit_exceeded', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['rate_limited', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['no_channel', 503, 'server_error', 'no_channel'],
    ['internal', 500, 'server_error', 'server_error'],
  ])('%s is %i %s %s', (kind, status, type, code) => {
    expect(openai.writeFailure({ kind, message: 'Say so.', detail: 'hidden' }, 'en', 'req-1')).toMatchObject({
      status,
      body: { error: { message: 'Say so.', type, param: null, code, request_id: 'req-1' } },
    });
  });

  test('of any kind keeps the operator’s detail to itself, and never invites a paid repetition', () => {
    for (const kind of Object.keys(FAILURES).filter(isFailureKind)) {
      const reply = openai.writeFailure({ kind, message: 'm', detail: 'hidden' }, 'en', 'r');
      expect(JSON.stringify(reply)).not.toContain('hidden');
      // What was refused at the door costs nothing to repeat.
      const forbids = (reply.status >= 500 && kind !== 'overloaded') || reply.status === 409;
      expect(reply.headers['x-should-retry']).toBe(forbids ? 'false' : undefined);
    }
  });

  test('tells how long to wait, in whole seconds, rounded up and at least one', () => {
    const after = (kind: FailureKind, wait: object = {}) =>
      openai.writeFailure({ kind, message: 'm', ...wait }, 'en', 'r').headers['retry-after'];
    expect(after('limit_exceeded', { retryAfterMs: 1001 })).toBe('2');
    expect(after('limit_exceeded', { retryAfterMs: 0 })).toBe('1');
    expect(after('rate_limited')).toBe('1');
    expect(after('unavailable', { retryAfterMs: 5000 })).toBe('5');
    expect(after('unavailable')).toBeUndefined();
  });
});

test('the dialect is registered', () => {
  expect(DIALECTS).toContain(openai);
});
