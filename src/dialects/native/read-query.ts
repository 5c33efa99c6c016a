/** Reads the calls that have no body: lists, and the files of a video. */

import { ASSET_VARIANTS, JOB_STATES } from '../../model/job.ts';
import type { JobFilter } from '../../model/job.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { place, readChoice, readCursor, readPageNumber, readText } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { writeList } from './write.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const after = prefer(into, [readCursor(at, 'after')]);
  const limit = prefer(into, [readPageNumber(at, 'limit', MAX_LIMIT)])?.value ?? DEFAULT_LIMIT;
  const order = prefer(into, [readChoice<'asc' | 'desc'>(at, 'order', ['asc', 'desc'])])?.value ?? 'desc';
  const state = prefer(into, [readChoice(at, 'state', JOB_STATES)]);
  const model = prefer(into, [readText(at, 'model')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const filter: JobFilter = {
    ...(state === null ? {} : { states: [state.value] }),
    ...(model === null ? {} : { model: model.value }),
  };
  const query = { after: after?.value ?? null, limit, order, filter };
  return { ok: true, command: { kind: 'list', query, write: writeList } };
}

export function readContent(incoming: Incoming): ReadResult {
  const into = findings();
  const variant = prefer(into, [readChoice(place(incoming.query, '', true), 'variant', ASSET_VARIANTS)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const id = incoming.params['id'] ?? '';
  return { ok: true, command: { kind: 'content', id, variant: variant?.value ?? 'video' } };
}
