/** The OpenAI dialect: `/v1/videos` with OpenAI's Video object, JSON or multipart. */

import type { Dialect, Incoming, ReadResult } from '../dialect.ts';
import { readCreate } from './read-create.ts';
import { idOf, readContent, readList } from './read-query.ts';
import { CREATE_BODY } from './schema.ts';
import { writeEvent } from './write-event.ts';
import { writeFailure } from './write-failure.ts';
import { writeDeleted, writeJob } from './write.ts';

export const openai: Dialect = {
  name: 'openai',
  title: 'OpenAI Videos',
  idPrefix: 'video_',
  prefixes: ['/v1/'],
  routes: [
    { method: 'POST', path: '/v1/videos', summary: 'Create a video', bodySchema: CREATE_BODY, read: readCreate },
    { method: 'GET', path: '/v1/videos', summary: 'List videos', bodySchema: null, read: readList },
    { method: 'GET', path: '/v1/videos/events', summary: 'Follow all videos', bodySchema: null, read: readAllEvents },
    { method: 'GET', path: '/v1/videos/:id', summary: 'Retrieve a video', bodySchema: null, read: readGet },
    { method: 'DELETE', path: '/v1/videos/:id', summary: 'Delete a video', bodySchema: null, read: readDelete },
    {
      method: 'GET',
      path: '/v1/videos/:id/content',
      summary: 'Download a video, its thumbnail or its spritesheet',
      bodySchema: null,
      read: readContent,
    },
    { method: 'GET', path: '/v1/videos/:id/events', summary: 'Follow a video', bodySchema: null, read: readEvents },
  ],
  writeJob: (view, _command, language) => writeJob(view, language),
  writeFailure,
};

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
