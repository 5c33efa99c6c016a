/** Reads the calls about operations and files. */

import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { readText } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { idOfFile, prefixOf, writeFile, writeVertexOperation } from './write.ts';

const DOWNLOAD = ':download';

export function readOperation({ params }: Incoming): ReadResult {
  return { ok: true, command: { kind: 'get', id: params['id'] ?? '' } };
}

/** An operation is named by its whole path, whose last step is the job. */
export function readFetch(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  const name = top === null ? null : prefer(into, [readText(top, 'operationName')]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  if (name === null) return { ok: false, violations: [violation('missing', 'operationName', null)] };
  const prefix = prefixOf(name.value);
  const id = name.value.split('/').at(-1) ?? '';
  return {
    ok: true,
    command: { kind: 'get', id, write: (view, language) => writeVertexOperation(view, prefix, language) },
  };
}

/** `{file}:download` is the video itself, `{file}` what is known of it. */
export function readFile({ params }: Incoming): ReadResult {
  const file = params['file'] ?? '';
  if (file.endsWith(DOWNLOAD)) {
    return { ok: true, command: { kind: 'content', id: idOfFile(file.slice(0, -DOWNLOAD.length)), variant: 'video' } };
  }
  return { ok: true, command: { kind: 'get', id: idOfFile(file), write: writeFile } };
}
