/** Reelgate's own dialect: the canonical job as JSON, the fullest form of everything. */

import type { Dialect, Incoming, ReadResult, Route } from '../dialect.ts';
import { readCreate, readEstimate } from './read-create.ts';
import { readContent, readList } from './read-query.ts';
import { CONTENT_QUERY, CREATE_BODY, LIST_QUERY } from './schema.ts';
import { writeEvent } from './write-event.ts';
import { writeFailure } from './write-failure.ts';
import { writeModel, writeModels } from './write-model.ts';
import { writeJob } from './write.ts';

const BASE = '/api/v1/videos';
const NO_CONTENT = 204;

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: BASE,
    summary: 'Create a video',
    limitClass: 'submit',
    bodySchema: CREATE_BODY,
    read: readCreate,
  },
  {
    method: 'POST',
    path: `${BASE}/estimate`,
    summary: 'Say what a video would cost',
    limitClass: 'read',
    bodySchema: CREATE_BODY,
    read: readEstimate,
  },
  {
    method: 'GET',
    path: BASE,
    summary: 'List videos',
    limitClass: 'read',
    bodySchema: null,
    querySchema: LIST_QUERY,
    read: readList,
  },
  {
    method: 'GET',
    path: `${BASE}/events`,
    summary: 'Follow all videos',
    limitClass: 'read',
    bodySchema: null,
    read: readAllEvents,
  },
  {
    method: 'GET',
    path: `${BASE}/:id`,
    summary: 'Read a video with its attempts and its history',
    limitClass: 'read',
    bodySchema: null,
    read: readGet,
  },
  {
    method: 'DELETE',
    path: `${BASE}/:id`,
    summary: 'Delete a video',
    limitClass: 'read',
    bodySchema: null,
    read: readDelete,
  },
  {
    method: 'POST',
    path: `${BASE}/:id/cancel`,
    summary: 'Cancel a video that is being made',
    limitClass: 'read',
    bodySchema: {},
    bodyOptional: true,
    read: readCancel,
  },
  {
    method: 'GET',
    path: `${BASE}/:id/content`,
    summary: 'Download a video, its thumbnail or its spritesheet',
    limitClass: 'read',
    bodySchema: null,
    querySchema: CONTENT_QUERY,
    read: readContent,
  },
  {
    method: 'GET',
    path: `${BASE}/:id/events`,
    summary: 'Follow a video',
    limitClass: 'read',
    bodySchema: null,
    read: readEvents,
  },
  {
    method: 'GET',
    path: '/api/v1/models',
    summary: 'List models',
    limitClass: 'read',
    bodySchema: null,
    read: readModels,
  },
  {
    method: 'GET',
    path: '/api/v1/models/:name',
    summary: 'Read a model',
    limitClass: 'read',
    bodySchema: null,
    read: readModel,
  },
];

export const native: Dialect = {
  name: 'native',
  title: 'Reelgate',
  idPrefix: 'video_',
  prefixes: ['/api/v1/videos', '/api/v1/models'],
  routes: ROUTES,
  writeJob: (view, _command, language) => writeJob(view, language),
  writeFailure,
};

function idOf({ params }: Incoming): string {
  return params['id'] ?? '';
}

/** By our id, or by the one that the client gave the job. */
function readGet(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: idOf(incoming), by: 'any', withHistory: true } };
}

function readCancel(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'cancel', id: idOf(incoming), ended: 'answer', write: writeJob } };
}

function readDelete(incoming: Incoming): ReadResult {
  const write = () => ({ status: NO_CONTENT, headers: {}, body: null, text: '' });
  return { ok: true, command: { kind: 'delete', id: idOf(incoming), write } };
}

function readEvents(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'events', id: idOf(incoming), write: writeEvent } };
}

function readAllEvents(): ReadResult {
  return { ok: true, command: { kind: 'events', id: null, write: writeEvent } };
}

function readModels(): ReadResult {
  return { ok: true, command: { kind: 'models', write: writeModels } };
}

function readModel({ params }: Incoming): ReadResult {
  return { ok: true, command: { kind: 'model', name: params['name'] ?? '', write: writeModel } };
}
