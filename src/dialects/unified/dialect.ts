/** The unified dialect of resale gateways: `/v1/video/create` and `/v1/video/query`. */

import { violation } from '../../model/violation.ts';
import type { Dialect, Incoming, ReadResult } from '../dialect.ts';
import { place, readText } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { readCreate } from './read-create.ts';
import { CREATE_BODY, QUERY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeJob } from './write.ts';

export const unified: Dialect = {
  name: 'unified',
  title: 'Unified video',
  idPrefix: 'video_',
  prefixes: ['/v1/video/create', '/v1/video/query'],
  routes: [
    {
      method: 'POST',
      path: '/v1/video/create',
      summary: 'Create a video',
      limitClass: 'submit',
      bodySchema: CREATE_BODY,
      read: readCreate,
    },
    {
      method: 'GET',
      path: '/v1/video/query',
      summary: 'Query a video',
      limitClass: 'read',
      bodySchema: null,
      querySchema: QUERY,
      read: readQuery,
    },
  ],
  writeJob: (view, _command, language) => writeJob(view, language),
  writeFailure,
};

/** Some clients name the id `task_id`. */
function readQuery(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const id = prefer(into, [readText(at, 'id'), readText(at, 'task_id')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  if (id === null) return { ok: false, violations: [violation('missing', 'id', null)] };
  return { ok: true, command: { kind: 'get', id: id.value } };
}
