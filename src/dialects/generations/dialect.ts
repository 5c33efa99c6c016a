/** The generations dialect: `/v1/video/generations` of resale gateways, the general page and Vidu's old one. */

import type { Dialect, Incoming, ReadResult } from '../dialect.ts';
import { readCreate } from './read-create.ts';
import { CREATE_BODY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeCreated, writeFound } from './write.ts';

const PATH = '/v1/video/generations';

export const generations: Dialect = {
  name: 'generations',
  title: 'Video generations',
  idPrefix: 'task_',
  prefixes: [PATH],
  routes: [
    {
      method: 'POST',
      path: PATH,
      summary: 'Create a video',
      limitClass: 'submit',
      bodySchema: CREATE_BODY,
      read: readCreate,
    },
    {
      method: 'GET',
      path: `${PATH}/:id`,
      summary: 'Query a video',
      limitClass: 'read',
      bodySchema: null,
      read: readGet,
    },
  ],
  writeJob: (view, command, language) => (command === 'create' ? writeCreated : writeFound)(view, language),
  writeFailure,
};

function readGet(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: incoming.params.id ?? '' } };
}
