/** The AI SDK's gateway protocol for videos: made while the client waits, or started and asked about. */

import type { Dialect, Incoming, ReadResult } from '../dialect.ts';
import { bodyPlace } from '../body.ts';
import { readPlace, readText } from '../fields.ts';
import { findings, missing, prefer } from '../findings.ts';
import { readCreate } from './read-create.ts';
import { CREATE_BODY, STATUS_BODY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeResult, writeStarted, writeStatus } from './write.ts';

export const gateway: Dialect = {
  name: 'gateway',
  title: 'AI SDK gateway',
  idPrefix: 'video_',
  prefixes: ['/video-model'],
  routes: [
    {
      method: 'POST',
      path: '/video-model',
      summary: 'Create a video and wait for it',
      limitClass: 'submit',
      bodySchema: CREATE_BODY,
      read: (incoming) => readCreate(incoming, { untilEnded: writeResult }),
    },
    {
      method: 'POST',
      path: '/video-model/start',
      summary: 'Start a video',
      limitClass: 'submit',
      bodySchema: CREATE_BODY,
      read: (incoming) => readCreate(incoming, { write: writeStarted }),
    },
    {
      method: 'POST',
      path: '/video-model/status',
      summary: 'Ask about a video that was started',
      limitClass: 'read',
      bodySchema: STATUS_BODY,
      read: readStatus,
    },
  ],
  writeJob: (view, command, language) =>
    command === 'create' ? writeStarted(view, language) : writeStatus(view, language),
  writeFailure,
};

/** The operation is given back as it was answered. */
function readStatus(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  const operation = top === null ? null : prefer(into, [readPlace(top, 'operation')]);
  const id = operation === null ? null : prefer(into, [readText(operation.value, 'id')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  if (id === null) return { ok: false, violations: [missing(operation === null ? 'operation' : 'operation.id')] };
  return { ok: true, command: { kind: 'get', id: id.value } };
}
