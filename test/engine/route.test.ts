/** Which channel and which credential get a job, and what is said of those that do not. */

import { describe, expect, it } from 'vitest';

import { createHealth } from '../../src/engine/health.ts';
import type { Cause, Health } from '../../src/engine/health.ts';
import { chooseChannel, judge } from '../../src/engine/route.ts';
import type { RouteQuestion } from '../../src/engine/route.ts';
import { findModel } from '../../src/catalogue/index.ts';
import { createSandbox } from '../../src/providers/sandbox/sandbox.ts';
import type { Channel } from '../../src/store/channels.ts';
import type { Credential } from '../../src/store/credentials.ts';

const sandbox = createSandbox({ start: () => '', status: () => ({ state: 'absent' }), cancel: () => undefined });

function credential(id: string, channelId: string, state: Credential['state'] = 'enabled'): Credential {
  return { id, channelId, sealed: Buffer.alloc(0), tail: null, state };
}

function channel(id: string, over: Partial<Channel> = {}): Channel {
  return {
    id,
    name: id,
    provider: 'sandbox',
    mode: 'live',
    baseUrl: null,
    credentials: [credential(`${id}-key`, id)],
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
    state: 'enabled',
    costs: [],
    retryAfterFailure: false,
    fitInputs: false,
    ...over,
  };
}

function question(channels: readonly Channel[], over: Partial<RouteQuestion> = {}): RouteQuestion {
  const match = findModel('Kling-3.0-Omni');
  if (match === null) throw new Error('the model is in the catalogue');
  return {
    spec: { model: match.row.id, mode: 'text' },
    mode: 'live',
    row: match.row,
    channels,
    providers: new Map([['sandbox', sandbox]]),
    standing: createHealth(() => 0).standing,
    loads: new Map(),
    yields: false,
    tried: new Set(),
    full: new Set(),
    chance: 0,
    credentialChance: 0,
    ...over,
  };
}

function chosen(asked: RouteQuestion): string {
  const route = chooseChannel(asked);
  return route.kind === 'channel' ? route.channel.id : route.kind;
}

/** A book in which so many calls of each credential failed. */
function afterFailures(
  failures: readonly (readonly [channelId: string, key: string, cause: Cause, times: number])[],
): Health {
  const health = createHealth(() => 1_000);
  for (const [channelId, key, cause, times] of failures) {
    for (let n = 0; n < times; n += 1) health.report(channelId, key, { kind: 'failed', cause, retryAfterMs: null });
  }
  return health;
}

describe('routing', () => {
  it('takes the highest priority', () => {
    expect(chosen(question([channel('low'), channel('high', { priority: 5 })]))).toBe('high');
  });

  it('shares among equals by weight', () => {
    const equals = [channel('one', { weight: 1 }), channel('three', { weight: 3 })];
    const picks = [0, 0.24, 0.26, 0.99].map((chance) => chosen(question(equals, { chance })));
    expect(picks).toEqual(['one', 'one', 'three', 'three']);
  });

  it('gives the equal that fails now and then less, but never nothing', () => {
    const health = createHealth(() => 1_000);
    for (let n = 0; n < 4; n += 1) {
      health.report('shaky', 'shaky-key', { kind: 'answered', by: 'submit' });
      health.report('shaky', 'shaky-key', { kind: 'failed', cause: 'no_answer', retryAfterMs: null });
    }
    const equals = [channel('shaky'), channel('steady')];
    const at = (chance: number): string => chosen(question(equals, { chance, standing: health.standing }));
    expect([0.3, 0.34, 0.9].map(at)).toEqual(['shaky', 'steady', 'steady']);
  });

  it('passes over a channel that refused this job before', () => {
    expect(chosen(question([channel('a', { priority: 1 }), channel('b')], { tried: new Set(['a']) }))).toBe('b');
  });

  it('waits while every channel that could serve is at its limit', () => {
    const full = channel('full', { maxConcurrency: 2 });
    const at = (inFlight: number): string =>
      chosen(question([full], { loads: new Map([['full', { inFlight, awaited: false }]]) }));
    expect([1, 2, 3].map(at)).toEqual(['full', 'busy', 'busy']);
    expect(chosen(question([full], { full: new Set(['full']) }))).toBe('busy');
  });

  it('lets those who wait for a channel go before a new job', () => {
    const loads = new Map([['wanted', { inFlight: 0, awaited: true }]]);
    const wanted = channel('wanted', { maxConcurrency: 2 });
    expect(chosen(question([wanted], { loads, yields: true }))).toBe('busy');
    expect(chosen(question([wanted], { loads, yields: false }))).toBe('wanted');
    expect(chosen(question([wanted, channel('other')], { loads, yields: true }))).toBe('other');
  });

  it('keeps test jobs off live channels and live jobs off the sandbox', () => {
    expect(chosen(question([channel('live')], { mode: 'test' }))).toBe('none');
    expect(chosen(question([channel('test', { mode: 'test' })]))).toBe('none');
  });

  it('passes over credentials that are disabled, were refused, or rest', () => {
    const keys = ['off', 'refused', 'resting', 'good'].map((id) =>
      credential(id, 'pool', id === 'off' ? 'disabled' : 'enabled'),
    );
    const { standing } = afterFailures([['pool', 'resting', 'upstream_credential', 1]]);
    for (const credentialChance of [0, 0.5, 0.99]) {
      const asked = question([channel('pool', { credentials: keys })], {
        standing,
        tried: new Set(['refused']),
        credentialChance,
      });
      const route = chooseChannel(asked);
      expect(route.kind === 'channel' && route.credential.id).toBe('good');
    }
  });

  it('says since when and why nobody may be called when all rest', () => {
    const { standing } = afterFailures([
      ['a', 'a-key', 'no_answer', 5],
      ['b', 'b-key', 'rate_limited', 1],
    ]);
    const route = chooseChannel(question([channel('a'), channel('b')], { standing }));
    expect(route).toMatchObject({ kind: 'unhealthy', untilMs: 3_000 });
    expect(route.kind === 'unhealthy' && [...route.causes]).toEqual(['no_answer', 'rate_limited']);
  });

  it.each([
    ['not_enabled', channel('c', { state: 'draining' }), {}],
    ['model_not_listed', channel('c', { models: ['viduq3-pro'] }), {}],
    ['not_served', channel('c', { provider: 'nobody' }), {}],
    ['no_credential', channel('c', { credentials: [] }), {}],
    ['no_credential', channel('c', { credentials: [credential('k', 'c', 'disabled')] }), {}],
    ['already_refused', channel('c'), { tried: new Set(['c-key']) }],
    ['unhealthy', channel('c'), { standing: afterFailures([['c', 'c-key', 'upstream_unavailable', 5]]).standing }],
    ['unhealthy', channel('c'), { standing: afterFailures([['c', 'c-key', 'upstream_credential', 1]]).standing }],
    ['can', channel('c'), { standing: afterFailures([['c', 'c-key', 'content_rejected', 50]]).standing }],
    ['can', channel('c', { models: ['kling-3.0-OMNI'] }), {}],
  ] as const)('judges a channel: %s (%#)', (verdict, candidate, over) => {
    expect(judge(question([candidate], over), candidate).verdict).toBe(verdict);
  });

  it('explains every candidate, chosen or not', () => {
    const channels = [
      channel('best', { priority: 2 }),
      channel('equal', { priority: 2 }),
      channel('worse'),
      channel('full', { priority: 9, maxConcurrency: 3 }),
    ];
    const loads = new Map([['full', { inFlight: 3, awaited: true }]]);
    const { explanation } = chooseChannel(question(channels, { loads }));
    expect(explanation.map(({ channel: name, verdict, because }) => [name, verdict, because])).toEqual([
      ['best', 'chosen', 'drawn by weight and health from the 2 in the highest priority that can (2)'],
      ['equal', 'not_drawn', 'best, of the same priority, was drawn by weight and health'],
      ['worse', 'lower_priority', 'its priority 0 is below 2'],
      ['full', 'busy', '3 of its 3 places are taken'],
    ]);
  });
});
