/** Reads `GET /v2/query/video_generation`: a page of tasks. */

import type { Incoming, ReadResult } from '../dialect.ts';
import { place, readPageNumber } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { writeListV2 } from './write-v2.ts';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
const MAX_PAGE = 1_000;

export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const page = prefer(into, [readPageNumber(at, 'page_num', MAX_PAGE)])?.value ?? 1;
  const limit = prefer(into, [readPageNumber(at, 'page_size', MAX_PAGE_SIZE)])?.value ?? DEFAULT_PAGE_SIZE;
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const query = { after: null, limit, order: 'desc', skip: (page - 1) * limit, counted: true } as const;
  return { ok: true, command: { kind: 'list', query, write: writeListV2 } };
}
