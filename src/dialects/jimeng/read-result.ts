/** Reads CVSync2AsyncGetResult: which task is asked for. */

import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { map, parseJson, readText } from '../fields.ts';
import type { Field } from '../fields.ts';
import { blame, findings, missing, prefer } from '../findings.ts';
import { writeMissing } from './write.ts';

/** The key is not compared: a task made through another API has none. */
export function readResult(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  prefer(into, [readText(top, 'req_key')]);
  prefer(into, [map(readText(top, 'req_json'), jsonText)]);
  const id = prefer(into, [readText(top, 'task_id')]);
  if (id !== null && into.violations.length === 0) {
    return { ok: true, command: { kind: 'get', id: id.value, writeMissing } };
  }
  if (into.violations.length === 0) blame(into, missing('task_id'));
  return { ok: false, violations: into.violations };
}

function jsonText(text: string, param: string): Field<string> {
  if (parseJson(text) !== undefined) return { kind: 'value', value: text, param };
  const subject = { en: 'it must be JSON text', zh: '必须为 JSON 字符串' };
  return { kind: 'violation', violation: violation('unreadable', param, text, null, subject) };
}
