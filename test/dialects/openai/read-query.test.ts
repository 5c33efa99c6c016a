/** The calls of `/v1/videos` without a body. */

import { describe, expect, test } from 'vitest';

import { openai } from '../../../src/dialects/openai/dialect.ts';
import { call, commandOf, faultsOf } from './support.ts';

const UUID = '0197f0f0-0000-7000-8000-000000000001';

test('the routes are those of the API, two to follow events and two of the catalogue; only what makes or quotes has a body', () => {
  expect(
    openai.routes.map((route) =>
      `${route.method} ${route.path} ${route.bodySchema === null ? '' : 'with a body'}`.trim(),
    ),
  ).toEqual([
    'POST /v1/videos with a body',
    'GET /v1/videos',
    'POST /v1/videos/estimate with a body',
    'POST /v1/videos/edits with a body',
    'POST /v1/videos/extensions with a body',
    'POST /v1/videos/characters with a body',
    'GET /v1/videos/characters/:id',
    'GET /v1/videos/models',
    'GET /v1/videos/events',
    'GET /v1/videos/:id',
    'DELETE /v1/videos/:id',
    'POST /v1/videos/:id/remix with a body',
    'GET /v1/videos/:id/content',
    'GET /v1/videos/:id/events',
    'GET /v1/models',
    'GET /v1/models/:id',
  ]);
});

describe('a list', () => {
  const list = (query: Record<string, string>) => call('GET', '/v1/videos', { query });

  test('is by default the twenty newest', () => {
    expect(commandOf(list({}))).toMatchObject({ kind: 'list', query: { after: null, limit: 20, order: 'desc' } });
  });

  test('takes after, limit and order', () => {
    expect(commandOf(list({ after: `video_${UUID}`, limit: '1', order: 'asc' }))).toMatchObject({
      kind: 'list',
      query: { after: UUID, limit: 1, order: 'asc' },
    });
    expect(commandOf(list({ limit: '100', after: '', order: '' }))).toMatchObject({ query: { limit: 100 } });
  });

  test('of ids asks for these, each once and in their order', () => {
    expect(commandOf(list({ ids: `video_${UUID}, b,,video_${UUID}` }))).toMatchObject({
      kind: 'batch',
      ids: [`video_${UUID}`, 'b'],
    });
    const many = Array.from({ length: 101 }, (_, at) => `id${at}`);
    expect(commandOf(list({ ids: many.slice(1).join(',') }))).toMatchObject({ kind: 'batch' });
    expect(faultsOf(list({ ids: many.join(',') }))).toEqual(['too_many ids']);
    expect(faultsOf(list({ ids: ',' }))).toEqual(['too_few ids']);
    expect(faultsOf(list({ ids: 'a', limit: '5' }))).toEqual(['contradiction limit']);
  });

  test.each<[Record<string, string>, string]>([
    [{ limit: '0' }, 'out_of_range limit'],
    [{ limit: '101' }, 'out_of_range limit'],
    [{ limit: '-1' }, 'out_of_range limit'],
    [{ limit: '5.5' }, 'out_of_range limit'],
    [{ limit: 'ten' }, 'out_of_range limit'],
    [{ limit: '1e1' }, 'out_of_range limit'],
    [{ order: 'newest' }, 'not_offered order'],
    [{ after: 'video_1' }, 'wrong_type after'],
  ])('is refused for %j', (query, fault) => expect(faultsOf(list(query))).toEqual([fault]));
});

describe('one video', () => {
  test.each([UUID, `video_${UUID}`, 'nonsense', '../x', ''])('is asked for by its id as it came: %j', (id) => {
    expect(commandOf(call('GET', '/v1/videos/:id', { params: { id } }))).toEqual({ kind: 'get', id });
    expect(commandOf(call('DELETE', '/v1/videos/:id', { params: { id } }))).toMatchObject({ kind: 'delete', id });
  });
});

describe('content', () => {
  const content = (query: Record<string, string>, accept?: string) =>
    call('GET', '/v1/videos/:id/content', {
      params: { id: UUID },
      query,
      headers: accept === undefined ? {} : { accept },
    });

  test('is the video unless a variant is named', () => {
    expect(commandOf(content({}))).toEqual({ kind: 'content', id: UUID, variant: 'video' });
    expect(commandOf(content({ variant: 'thumbnail' }))).toMatchObject({ variant: 'thumbnail' });
    expect(commandOf(content({ variant: 'spritesheet' }))).toMatchObject({ variant: 'spritesheet' });
    expect(content({ variant: 'gif' })).toMatchObject({
      violations: [
        { code: 'not_offered', param: 'variant', allowed: { values: ['video', 'thumbnail', 'spritesheet'] } },
      ],
    });
  });

  test.each([
    ['application/json', 'address'],
    ['Application/JSON; charset=utf-8', 'address'],
    ['application/json, text/plain', 'address'],
    ['application/json, */*;q=0.5', 'address'],
    ['application/json, text/plain, */*', 'content'],
    ['application/binary', 'content'],
    ['application/octet-stream', 'content'],
    ['*/*', 'content'],
    ['', 'content'],
    ['video/mp4, application/json;q=0.1', 'content'],
    ['application/json;q=0', 'content'],
    ['application/json;q=x', 'content'],
    ['text/html', 'content'],
  ])('with Accept %j is given as %s', (accept, as) => {
    expect(commandOf(content({}, accept))).toMatchObject({ kind: as });
  });
});
