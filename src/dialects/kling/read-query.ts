/** Reads the calls under `/v1/videos` that have no body: one task, and a page of a kind's tasks. */

import type { Incoming, ReadResult } from '../dialect.ts';
import { place, readPageNumber } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import type { Kind } from './kinds.ts';
import { writeList } from './write.ts';

const MAX_PAGE = 1_000;
const MAX_PAGE_TASKS = 500;
const USUAL_PAGE_TASKS = 30;

/** By our id, or by the client's own. */
export function readTask({ params }: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: params['id'] ?? '', by: 'any' } };
}

export function readList({ modes }: Kind, incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const page = prefer(into, [readPageNumber(at, 'pageNum', MAX_PAGE)])?.value ?? 1;
  const limit = prefer(into, [readPageNumber(at, 'pageSize', MAX_PAGE_TASKS)])?.value ?? USUAL_PAGE_TASKS;
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const query = { after: null, limit, order: 'desc', skip: (page - 1) * limit, filter: { modes } } as const;
  return { ok: true, command: { kind: 'list', query, write: writeList } };
}
