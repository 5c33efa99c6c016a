/** Which channel gets a job. */

import { describe, expect, it } from 'vitest';

import { chooseChannel, judge } from '../../src/engine/route.ts';
import type { RouteQuestion } from '../../src/engine/route.ts';
import { findModel } from '../../src/catalogue/index.ts';
import { createSandbox } from '../../src/providers/sandbox/sandbox.ts';
import type { Channel } from '../../src/store/channels.ts';

const sandbox = createSandbox({ start: () => '', status: () => ({ state: 'absent' }), cancel: () => undefined });

function channel(id: string, over: Partial<Channel> = {}): Channel {
  return {
    id,
    name: id,
    provider: 'sandbox',
    mode: 'live',
    baseUrl: null,
    credentialSealed: Buffer.alloc(0),
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
    state: 'enabled',
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
    inFlight: new Map(),
    tried: new Set(),
    chance: 0,
    ...over,
  };
}

function chosen(asked: RouteQuestion): string {
  const route = chooseChannel(asked);
  return route.kind === 'channel' ? route.channel.id : route.kind;
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

  it('passes over a channel that refused this job before', () => {
    expect(chosen(question([channel('a', { priority: 1 }), channel('b')], { tried: new Set(['a']) }))).toBe('b');
  });

  it('waits while every channel that could serve is at its limit', () => {
    const full = channel('full', { maxConcurrency: 2 });
    expect(chosen(question([full], { inFlight: new Map([['full', 2]]) }))).toBe('busy');
    expect(chosen(question([full], { inFlight: new Map([['full', 1]]) }))).toBe('full');
  });

  it('keeps test jobs off live channels and live jobs off the sandbox', () => {
    expect(chosen(question([channel('live')], { mode: 'test' }))).toBe('none');
    expect(chosen(question([channel('test', { mode: 'test' })]))).toBe('none');
  });

  it.each([
    ['not_enabled', channel('c', { state: 'draining' })],
    ['model_not_listed', channel('c', { models: ['viduq3-pro'] })],
    ['not_served', channel('c', { provider: 'nobody' })],
    ['can', channel('c', { models: ['kling-3.0-OMNI'] })],
  ] as const)('says why: %s', (verdict, candidate) => {
    expect(judge(question([candidate]), candidate)).toBe(verdict);
  });
});
