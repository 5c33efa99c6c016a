/** Reads and answers `GET tasks`: pages of the account's tasks, filtered by what Vidu filters by. */

import { parseJobId } from '../../model/id.ts';
import { JOB_STATES } from '../../model/job.ts';
import type { JobFilter, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import { violation } from '../../model/violation.ts';
import type { HttpReply, Incoming, ListPage, ReadResult } from '../dialect.ts';
import { map, parseJson, place, readInteger, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, prefer } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { publicId } from '../job-words.ts';
import { STATES } from './words.ts';
import { creationsBody, taskBody } from './write.ts';

const PAGE_SIZE = { usual: 10, max: 100 } as const;
const MAX_PAGES = 100_000;

/** Vidu's page spells the first two both ways. */
export function readList(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const page = number(at, 'page', 0, MAX_PAGES, into) ?? 0;
  const size = number(at, 'pagesz', 1, PAGE_SIZE.max, into) ?? PAGE_SIZE.usual;
  const after = prefer(into, [readText(at, 'pager.page_token')])?.value ?? null;
  const filter = readFilter(incoming, at, into);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const query = {
    after,
    limit: size,
    order: 'desc',
    skip: after === null ? page * size : 0,
    filter,
    counted: true,
  } as const;
  return { ok: true, command: { kind: 'list', query, write: (found) => writeList(found, page, size) } };
}

function number(at: Place, name: string, min: number, max: number, into: Findings): number | null {
  const inRange = (value: number, param: string): Field<number> =>
    value >= min && value <= max
      ? { kind: 'value', value, param }
      : { kind: 'violation', violation: violation('out_of_range', param, value, { min, max }) };
  const fields = [`pager.${name}`, `paper.${name}`].map((key) => map(readInteger(at, key), inRange));
  return prefer(into, fields)?.value ?? null;
}

/** Filters of the page that jobs here cannot be found by. */
const REFUSED_FILTERS = ['resolutions', 'templates'] as const;

function readFilter(incoming: Incoming, at: Place, into: Findings): JobFilter {
  const ids = valuesOf(incoming, 'task_ids', into);
  const words = valuesOf(incoming, 'states', into);
  const models = valuesOf(incoming, 'model_versions', into);
  const from = readTime(at, 'created_at.from', into);
  const to = readTime(at, 'created_at.to', into);
  const [model, ...others] = models;
  if (others.length > 0) blame(into, violation('too_many', 'model_versions', models.length, { min: 0, max: 1 }));
  for (const name of REFUSED_FILTERS) {
    if (valuesOf(incoming, name, into).length > 0) blame(into, violation('not_supported', name, null, null, NO_FILTER));
  }
  const known: readonly string[] = Object.values(STATES);
  for (const word of words) {
    if (!known.includes(word)) blame(into, violation('not_offered', 'states', word, { values: known }));
  }
  return {
    ...(ids.length === 0 ? {} : { ids: ids.flatMap((id) => parseJobId(id) ?? []) }),
    ...(words.length === 0 ? {} : { states: JOB_STATES.filter((state) => words.includes(STATES[state])) }),
    ...(model === undefined ? {} : { model }),
    ...(from === null ? {} : { createdFrom: from }),
    ...(to === null ? {} : { createdTo: to }),
  };
}

const NO_FILTER = { en: 'tasks cannot be listed by it', zh: '不支持按该字段筛选' };

/** A name given several times, a list with commas, or a JSON array. */
function valuesOf({ queryAll }: Incoming, name: string, into: Findings): readonly string[] {
  const values = [...(queryAll[name] ?? []), ...(queryAll[`${name}[]`] ?? [])].flatMap((text) => {
    const parsed = text.startsWith('[') ? parseJson(text) : undefined;
    return Array.isArray(parsed) ? parsed.map(String) : text.split(',');
  });
  const given = values.map((value) => value.trim()).filter((value) => value !== '');
  if (given.length > PAGE_SIZE.max)
    blame(into, violation('too_many', name, given.length, { min: 0, max: PAGE_SIZE.max }));
  return given.slice(0, PAGE_SIZE.max);
}

function readTime(at: Place, key: string, into: Findings): Date | null {
  const found = prefer(into, [readText(at, key)]);
  if (found === null) return null;
  const time = new Date(found.value);
  if (!Number.isNaN(time.getTime())) return time;
  const expected = { en: 'a time such as 2026-01-20T06:52:02Z', zh: '时间,例如 2026-01-20T06:52:02Z' };
  blame(into, violation('wrong_type', key, found.value, { values: [expected.en] }, expected));
  return null;
}

function writeList({ views, hasMore, total }: ListPage, page: number, size: number): HttpReply {
  const last = views.at(-1);
  const next = hasMore && last !== undefined ? publicId('', last.job.id) : '';
  const pager = { page, pagesz: size, total: total ?? views.length, next_page_token: next };
  return { status: 200, headers: {}, body: { tasks: views.map(listed), pager } };
}

/** A task of a list is what its create and its query answer, together. */
function listed(view: JobView): JsonObject {
  return { ...taskBody(view), ...creationsBody(view) };
}
