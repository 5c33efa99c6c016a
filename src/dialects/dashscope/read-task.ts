/** Reads the calls about tasks: one, a page of them, and the cancelling of one. */

import type { JobFilter, JobState } from '../../model/job.ts';
import { violation } from '../../model/violation.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { map, place, readPageNumber, readText } from '../fields.ts';
import type { Field } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { writeCancelled, writeList, STATUSES } from './write.ts';
import type { Status } from './write.ts';

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;
const MAX_PAGE = 1_000;

export function readTask({ params }: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: params['id'] ?? '' } };
}

/** A task that has ended cannot be cancelled. */
export function readCancel({ params }: Incoming): ReadResult {
  return { ok: true, command: { kind: 'cancel', id: params['id'] ?? '', ended: 'refuse', write: writeCancelled } };
}

export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const page = prefer(into, [readPageNumber(at, 'page_no', MAX_PAGE)])?.value ?? 1;
  const limit = prefer(into, [readPageNumber(at, 'page_size', MAX_PAGE_SIZE)])?.value ?? DEFAULT_PAGE_SIZE;
  const states = prefer(into, [map(readText(at, 'status'), statesOf)]);
  const model = prefer(into, [readText(at, 'model_name')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const filter: JobFilter = {
    ...(states === null ? {} : { states: states.value }),
    ...(model === null ? {} : { model: model.value }),
  };
  const query = { after: null, limit, order: 'desc', skip: (page - 1) * limit, filter, counted: true } as const;
  return {
    ok: true,
    command: { kind: 'list', query, write: (found, language) => writeList(found, { page, limit }, language) },
  };
}

function statesOf(text: string, param: string): Field<readonly JobState[]> {
  const entries = Object.entries(STATUSES) as [JobState, Status][];
  const states = entries.filter(([, status]) => status === text.toUpperCase()).map(([state]) => state);
  if (states.length > 0) return { kind: 'value', value: states, param };
  const values = [...new Set(Object.values(STATUSES))];
  return { kind: 'violation', violation: violation('not_offered', param, text, { values }) };
}
