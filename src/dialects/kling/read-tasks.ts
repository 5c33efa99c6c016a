/** Reads the queries of the task API: tasks by their ids, and pages of all tasks. */

import { parseJobId } from '../../model/id.ts';
import type { JobFilter, JobState } from '../../model/job.ts';
import type { ModeName } from '../../model/spec.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { IdKind, Incoming, ReadResult } from '../dialect.ts';
import { EXPECTED, map, place, readChoice, readInteger, readRaw, readText, wrongType } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readItems } from './places.ts';
import { TASK_KINDS } from './task-kinds.ts';
import { TASK_STATUSES, writeTaskPage, writeTasks } from './write-task.ts';
import type { TaskStatus } from './write-task.ts';

const MAX_IDS = 100;
/** Repeated ids count once; beyond this nobody counts. */
const MAX_ID_TEXTS = 1_000;
const USUAL_LIMIT = 100;
const MAX_LIMIT = 500;
const MAX_FILTERS = 8;
/** The last millisecond that a date can be. */
const MAX_TIME_MS = 8.64e15;

const ID_KEYS: readonly (readonly [key: string, by: IdKind])[] = [
  ['task_ids', 'own'],
  ['external_task_ids', 'external'],
];

/** `task_ids` or `external_task_ids`, with commas between them. An id alone is one that must exist. */
export function readTasks(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const found = ID_KEYS.flatMap(([key, by]) => {
    const ids = prefer(into, [map(readText(at, key), idsOf)]);
    return ids === null ? [] : [{ ids: ids.value, by, key }];
  });
  const [asked, other] = found;
  if (asked !== undefined && other !== undefined) {
    const because = { en: `'${asked.key}' is given as well; send one of the two`, zh: '两个参数只能选一' };
    blame(into, violation('contradiction', other.key, other.ids.join(','), null, because));
  }
  if (asked === undefined && into.violations.length === 0) blame(into, missing('task_ids'));
  if (asked === undefined || into.violations.length > 0) return { ok: false, violations: into.violations };
  const { ids, by } = asked;
  const [id] = ids;
  if (id === undefined || ids.length > 1) {
    return { ok: true, command: { kind: 'batch', ids, by, write: writeTasks } };
  }
  return {
    ok: true,
    command: { kind: 'get', id, by, write: (view, language) => writeTasks({ views: [view] }, language) },
  };
}

function idsOf(text: string, param: string): Field<readonly string[]> {
  const ids = [...new Set(text.split(',', MAX_ID_TEXTS).map((id) => id.trim()))].filter((id) => id !== '');
  if (ids.length >= 1 && ids.length <= MAX_IDS) return { kind: 'value', value: ids, param };
  const code = ids.length > MAX_IDS ? 'too_many' : 'too_few';
  return { kind: 'violation', violation: violation(code, param, ids.length, { min: 1, max: MAX_IDS, unit: 'ids' }) };
}

/** `POST /tasks`: newest first, by a cursor, between two times, with filters. */
export function readTaskPage(incoming: Incoming): ReadResult {
  const into = findings();
  const at = bodyPlace(incoming, into);
  if (at === null) return { ok: false, violations: into.violations };
  const after = prefer(into, [map(readText(at, 'cursor'), cursorOf)])?.value ?? null;
  const limit = prefer(into, [map(readInteger(at, 'limit'), within(1, MAX_LIMIT))])?.value ?? USUAL_LIMIT;
  const from = prefer(into, [map(readInteger(at, 'start_time'), within(0, MAX_TIME_MS))]);
  const to = prefer(into, [map(readInteger(at, 'end_time'), within(0, MAX_TIME_MS))]);
  const filter: JobFilter = {
    ...readFilters(at, into),
    ...(from === null ? {} : { createdFrom: new Date(from.value) }),
    ...(to === null ? {} : { createdTo: new Date(to.value) }),
  };
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  return { ok: true, command: { kind: 'list', query: { after, limit, order: 'desc', filter }, write: writeTaskPage } };
}

function cursorOf(text: string, param: string): Field<string> {
  const id = parseJobId(text);
  if (id !== null) return { kind: 'value', value: id, param };
  return wrongType(param, text, { en: 'the next_cursor of an earlier page', zh: '上一页返回的 next_cursor' });
}

function within(min: number, max: number): (value: number, param: string) => Field<number> {
  return (value, param) =>
    value >= min && value <= max
      ? { kind: 'value', value, param }
      : { kind: 'violation', violation: violation('out_of_range', param, value, { min, max }) };
}

/** What each word of a filter leaves in the list. */
const STATES_OF: Readonly<Record<TaskStatus, readonly JobState[]>> = {
  submitted: statesOf('submitted'),
  processing: statesOf('processing'),
  succeeded: statesOf('succeeded'),
  failed: statesOf('failed'),
};
const MODES_OF: Readonly<Record<string, readonly ModeName[]>> = Object.fromEntries(
  TASK_KINDS.map(({ path, modes }) => [path, modes]),
);

function statesOf(status: TaskStatus): readonly JobState[] {
  const entries = Object.entries(TASK_STATUSES) as [JobState, TaskStatus][];
  return entries.flatMap(([state, shown]) => (shown === status ? [state] : []));
}

/** The values of one filter are alternatives; of two filters both must fit. */
function readFilters(top: Place, into: Findings): JobFilter {
  let filter: JobFilter = {};
  for (const item of readItems(top, 'filters', into, MAX_FILTERS)) {
    const key = prefer(into, [readChoice(item, 'key', ['status', 'product_type'])]);
    if (key === null) blame(into, missing(`${item.path}key`));
    else if (key.value === 'status') filter = { ...filter, states: meant(item, STATES_OF, into) };
    else filter = { ...filter, modes: meant(item, MODES_OF, into) };
  }
  return filter;
}

function meant<T>(item: Place, table: Readonly<Record<string, readonly T[]>>, into: Findings): readonly T[] {
  const values = prefer(into, [
    map(readRaw(item, 'values'), (value, param): Field<readonly T[]> => {
      if (!Array.isArray(value)) return wrongType(param, value, EXPECTED.list);
      const found = value.map((word) =>
        typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined,
      );
      const bad = found.indexOf(undefined);
      if (bad === -1) return { kind: 'value', value: [...new Set(found.flatMap((one) => one ?? []))], param };
      const subject = { en: 'this API', zh: '本接口' };
      const allowed = { values: Object.keys(table) };
      return {
        kind: 'violation',
        violation: violation('not_offered', `${param}[${bad}]`, value[bad], allowed, subject),
      };
    }),
  ]);
  if (values === null && !item.used.has('values')) blame(into, missing(`${item.path}values`));
  return values?.value ?? [];
}
