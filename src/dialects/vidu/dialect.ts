/** Vidu's own API, `/ent/v2/…`, at the root and under `/vidu`. */

import { violation } from '../../model/violation.ts';
import type { Dialect, Incoming, ReadResult, Route } from '../dialect.ts';
import { place, readBoolean } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { KINDS } from './kinds.ts';
import { readCreate } from './read-create.ts';
import { readList } from './read-list.ts';
import { CANCEL_BODY, CREDITS_QUERY, LIST_QUERY, schemaOf } from './schema.ts';
import { writeCallback } from './write-callback.ts';
import { writeFailure } from './write-failure.ts';
import { writeCredits, writeCreations, writeTask } from './write.ts';

const BASES = ['/vidu/ent/v2', '/ent/v2'] as const;

export const vidu: Dialect = {
  name: 'vidu',
  title: 'Vidu',
  idPrefix: '',
  prefixes: BASES,
  auth: ['token'],
  routes: BASES.flatMap(routesAt),
  writeJob: (view, command) => (command === 'create' ? writeTask(view) : writeCreations(view)),
  writeCallback,
  writeFailure,
};

function routesAt(base: string): readonly Route[] {
  const creates = KINDS.map((kind): Route => ({
    method: 'POST',
    path: `${base}/${kind.path}`,
    summary: kind.summary,
    limitClass: 'submit',
    bodySchema: schemaOf(kind),
    read: (incoming) => readCreate(kind, incoming),
  }));
  return [
    ...creates,
    {
      method: 'GET',
      path: `${base}/tasks`,
      summary: 'List tasks',
      limitClass: 'read',
      bodySchema: null,
      querySchema: LIST_QUERY,
      read: readList,
    },
    {
      method: 'GET',
      path: `${base}/tasks/:id/creations`,
      summary: 'Query a task and what it made',
      limitClass: 'read',
      bodySchema: null,
      read: ({ params }) => ({ ok: true, command: { kind: 'get', id: params['id'] ?? '' } }),
    },
    {
      method: 'POST',
      path: `${base}/tasks/:id/cancel`,
      summary: 'Cancel a task',
      limitClass: 'read',
      bodySchema: CANCEL_BODY,
      bodyOptional: true,
      read: readCancel,
    },
    {
      method: 'GET',
      path: `${base}/credits`,
      summary: 'Query the credits',
      limitClass: 'read',
      bodySchema: null,
      querySchema: CREDITS_QUERY,
      read: readCredits,
    },
  ];
}

/** The body only repeats the id of the address. */
function readCancel({ params, body }: Incoming): ReadResult {
  const { id = '' } = params;
  const repeated = typeof body === 'object' && body !== null && 'id' in body ? body.id : id;
  if (repeated !== id) {
    const because = { en: 'the address names another task', zh: '与路径中的任务不一致' };
    return { ok: false, violations: [violation('contradiction', 'id', repeated, null, because)] };
  }
  const write = () => ({ status: 200, headers: {}, body: {} });
  return { ok: true, command: { kind: 'cancel', id, ended: 'refuse', write } };
}

/** `show_detail` lists the packages that were bought; a balance here has none. */
function readCredits({ query }: Incoming): ReadResult {
  const into = findings();
  prefer(into, [readBoolean(place(query, '', true), 'show_detail')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  return { ok: true, command: { kind: 'balance', write: writeCredits } };
}
