/** The OpenAI dialect: `/v1/videos` with OpenAI's Video object, JSON or multipart. */

import type { Dialect, Incoming, ReadResult, Route } from '../dialect.ts';
import { readCreate } from './read-create.ts';
import { readEdit, readExtension, readRemix, refuseCharacters } from './read-derived.ts';
import { idOf, readContent, readList } from './read-query.ts';
import {
  CHARACTER_BODY,
  CONTENT_QUERY,
  CREATE_BODY,
  EDIT_BODY,
  EXTENSION_BODY,
  LIST_QUERY,
  REMIX_BODY,
} from './schema.ts';
import { writeEstimate } from './write-estimate.ts';
import { writeEvent } from './write-event.ts';
import { writeFailure } from './write-failure.ts';
import { writeModel, writeModels, writeVideoModels } from './write-models.ts';
import { writeDeleted, writeJob } from './write.ts';

export const openai: Dialect = {
  name: 'openai',
  title: 'OpenAI Videos',
  idPrefix: 'video_',
  prefixes: ['/v1/'],
  routes: [
    post('/v1/videos', 'Create a video', CREATE_BODY, readCreate),
    { ...get('/v1/videos', 'List videos', readList), querySchema: LIST_QUERY },
    look('/v1/videos/estimate', 'Say what a create would cost', CREATE_BODY, readEstimate),
    post('/v1/videos/edits', 'Make a video again with another prompt', EDIT_BODY, readEdit),
    post('/v1/videos/extensions', 'Make what comes after a video', EXTENSION_BODY, readExtension),
    look('/v1/videos/characters', 'Not offered: keep a character', CHARACTER_BODY, refuseCharacters),
    get('/v1/videos/characters/:id', 'Not offered: read a character', refuseCharacters),
    get('/v1/videos/models', 'List models with what they can do', readVideoModels),
    get('/v1/videos/events', 'Follow all videos', readAllEvents),
    get('/v1/videos/:id', 'Retrieve a video', readGet),
    { ...get('/v1/videos/:id', 'Delete a video', readDelete), method: 'DELETE' },
    post('/v1/videos/:id/remix', 'Make a video again with another prompt', REMIX_BODY, readRemix),
    {
      ...get('/v1/videos/:id/content', 'Download a video, its thumbnail or its spritesheet', readContent),
      querySchema: CONTENT_QUERY,
    },
    get('/v1/videos/:id/events', 'Follow a video', readEvents),
    get('/v1/models', 'List models', readModels),
    get('/v1/models/:id', 'Retrieve a model', readModel),
  ],
  writeJob: (view, _command, language) => writeJob(view, language),
  writeFailure,
};

function get(path: string, summary: string, read: Route['read']): Route {
  return { method: 'GET', path, summary, limitClass: 'read', bodySchema: null, read };
}

function post(path: string, summary: string, bodySchema: object, read: Route['read']): Route {
  return { method: 'POST', path, summary, limitClass: 'submit', bodySchema, read };
}

/** A request as large as a create that makes nothing. */
function look(path: string, summary: string, bodySchema: object, read: Route['read']): Route {
  return { ...post(path, summary, bodySchema, read), limitClass: 'read' };
}

function readEstimate(incoming: Incoming): ReadResult {
  const result = readCreate(incoming);
  if (!result.ok || result.command.kind !== 'create') return result;
  return { ok: true, command: { kind: 'estimate', read: result.command.read, write: writeEstimate } };
}

function readModels(): ReadResult {
  return { ok: true, command: { kind: 'models', write: writeModels } };
}

function readVideoModels(): ReadResult {
  return { ok: true, command: { kind: 'models', write: writeVideoModels } };
}

function readModel(incoming: Incoming): ReadResult {
  const name = idOf(incoming);
  return { ok: true, command: { kind: 'model', name, write: (card) => writeModel(card, name) } };
}

function readGet(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: idOf(incoming) } };
}

function readEvents(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'events', id: idOf(incoming), write: writeEvent } };
}

function readAllEvents(): ReadResult {
  return { ok: true, command: { kind: 'events', id: null, write: writeEvent } };
}

function readDelete(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'delete', id: idOf(incoming), write: writeDeleted } };
}
