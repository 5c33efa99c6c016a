/** Reads the calls that have no body: lists, and the files of a video. */

import { parseJobId } from '../../model/id.ts';
import { ASSET_VARIANTS, JOB_STATES } from '../../model/job.ts';
import type { JobFilter } from '../../model/job.ts';
import { violation } from '../../model/violation.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { map, place, readChoice, readPageNumber, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { writeList } from './write.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const after = prefer(into, [readCursor(at)]);
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

function readCursor(at: Place): Field<string> {
  return map(readText(at, 'after'), (text, param) => {
    const id = parseJobId(text);
    if (id !== null) return { kind: 'value', value: id, param };
    const expected = { en: 'the id of a video', zh: '视频 ID' };
    return { kind: 'violation', violation: violation('wrong_type', param, text, { values: [expected.en] }, expected) };
  });
}
