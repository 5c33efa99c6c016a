/** Reads the calls that have no body: one task, a list of them, and what a delete means in each state. */

import { parseJobId } from '../../model/id.ts';
import type { JobFilter, JobState } from '../../model/job.ts';
import { violation } from '../../model/violation.ts';
import type { DeleteStep, Incoming, ReadResult } from '../dialect.ts';
import { place, readChoice, readPageNumber, readText } from '../fields.ts';
import { blame, findings, prefer } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { STATE_WORDS, STATUSES, writeList } from './write.ts';

const MAX_PAGE = 500;
const MAX_PAGE_SIZE = 500;
const DEFAULT_PAGE_SIZE = 20;
const MAX_IDS = 500;

/** A task that is being made runs on; one cancelled before goes by itself, and is not deleted. */
const DELETE_STEPS: Readonly<Record<JobState, DeleteStep>> = {
  queued: 'cancel',
  submitting: 'cancel',
  running: 'refuse',
  collecting: 'refuse',
  succeeded: 'delete',
  failed: 'delete',
  cancelled: 'refuse',
  expired: 'delete',
};

export function readGet(incoming: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: idOf(incoming) } };
}

export function readDelete(incoming: Incoming): ReadResult {
  const write = () => ({ status: 200, headers: {}, body: {} });
  return { ok: true, command: { kind: 'delete', id: idOf(incoming), steps: DELETE_STEPS, write } };
}

export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const page = prefer(into, [readPageNumber(at, 'page_num', MAX_PAGE)])?.value ?? 1;
  const limit = prefer(into, [readPageNumber(at, 'page_size', MAX_PAGE_SIZE)])?.value ?? DEFAULT_PAGE_SIZE;
  const filter = readFilter(incoming, into);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const query = { after: null, limit, order: 'desc', skip: (page - 1) * limit, filter, counted: true } as const;
  return { ok: true, command: { kind: 'list', query, write: writeList } };
}

function readFilter(incoming: Incoming, into: Findings): JobFilter {
  const at = place(incoming.query, '', true);
  const status = prefer(into, [readChoice(at, 'filter.status', STATE_WORDS)])?.value ?? null;
  const tier = prefer(into, [readChoice(at, 'filter.service_tier', ['default', 'flex'])])?.value ?? 'default';
  const model = prefer(into, [readText(at, 'filter.model')])?.value ?? null;
  const ids = (incoming.queryAll['filter.task_ids'] ?? []).filter((id) => id !== '');
  if (ids.length > MAX_IDS) {
    blame(into, violation('too_many', 'filter.task_ids', ids.length, { min: 0, max: MAX_IDS, unit: 'ids' }));
  }
  const states = Object.entries(STATUSES).flatMap(([state, word]) => (word === status ? [state as JobState] : []));
  return {
    offPeak: tier === 'flex',
    ...(status === null ? {} : { states }),
    ...(model === null ? {} : { model }),
    // What is no id of ours is nobody's task.
    ...(ids.length === 0 ? {} : { ids: ids.map(parseJobId).filter((id) => id !== null) }),
  };
}

function idOf(incoming: Incoming): string {
  return incoming.params['id'] ?? '';
}
