/** The MiniMax dialects: version 1, whose errors come with status 200, and version 2 of the H3 models. */

import { violation } from '../../model/violation.ts';
import type { Dialect, Incoming, JobWriter, ReadResult } from '../dialect.ts';
import { place, readText } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { readCreate } from './read-create.ts';
import { readCreateV2, readRegeneration } from './read-create-v2.ts';
import { readList } from './read-list.ts';
import { CREATE_BODY, CREATE_BODY_V2, FILE_QUERY, LIST_QUERY, TASK_QUERY } from './schema.ts';
import { writeFailure, writeFailureV2 } from './write-failure.ts';
import { writeCallback, writeCreated, writeFile, writeTask } from './write.ts';
import { writeCallbackV2, writeCreatedV2, writeTaskV2 } from './write-v2.ts';

export const minimax: Dialect = {
  name: 'minimax',
  title: 'MiniMax',
  idPrefix: '',
  prefixes: ['/v1/video_generation', '/v1/query/', '/v1/files/'],
  routes: [
    {
      method: 'POST',
      path: '/v1/video_generation',
      summary: 'Create a video',
      limitClass: 'submit',
      bodySchema: CREATE_BODY,
      read: readCreate,
    },
    {
      method: 'GET',
      path: '/v1/query/video_generation',
      summary: 'Query a task',
      limitClass: 'read',
      bodySchema: null,
      querySchema: TASK_QUERY,
      read: (incoming) => readById(incoming, 'task_id', writeTask),
    },
    {
      method: 'GET',
      path: '/v1/files/retrieve',
      summary: 'Find where the video of a task lies',
      limitClass: 'read',
      bodySchema: null,
      querySchema: FILE_QUERY,
      read: (incoming) => readById(incoming, 'file_id', writeFile),
    },
  ],
  writeJob: (view, command, language) => (command === 'create' ? writeCreated(view) : writeTask(view, language)),
  writeCallback,
  writeFailure,
};

export const minimaxV2: Dialect = {
  name: 'minimax-v2',
  title: 'MiniMax v2',
  idPrefix: '',
  prefixes: ['/v2/'],
  routes: [
    {
      method: 'POST',
      path: '/v2/video_generation',
      summary: 'Create a video',
      limitClass: 'submit',
      bodySchema: CREATE_BODY_V2,
      read: readCreateV2,
    },
    {
      method: 'POST',
      path: '/v2/video_regeneration',
      summary: 'Make a video larger',
      limitClass: 'submit',
      bodySchema: CREATE_BODY_V2,
      read: readRegeneration,
    },
    {
      method: 'GET',
      path: '/v2/query/video_generation',
      summary: 'List tasks',
      limitClass: 'read',
      bodySchema: null,
      querySchema: LIST_QUERY,
      read: readList,
    },
    {
      method: 'GET',
      path: '/v2/query/video_generation/:id',
      summary: 'Query a task',
      limitClass: 'read',
      bodySchema: null,
      read: ({ params }) => ({ ok: true, command: { kind: 'get', id: params['id'] ?? '' } }),
    },
  ],
  writeJob: (view, command, language) => (command === 'create' ? writeCreatedV2(view) : writeTaskV2(view, language)),
  writeCallback: writeCallbackV2,
  writeFailure: writeFailureV2,
};

function readById(incoming: Incoming, key: 'task_id' | 'file_id', write: JobWriter): ReadResult {
  const into = findings();
  const id = prefer(into, [readText(place(incoming.query, '', true), key)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  if (id === null) return { ok: false, violations: [violation('missing', key, null)] };
  return { ok: true, command: { kind: 'get', id: id.value, write } };
}
