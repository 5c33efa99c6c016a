/** The Jimeng dialect of Volcengine's visual API: one address, where the query says what is to be done. */

import type { Dialect, Incoming, ReadResult } from '../dialect.ts';
import { place, readChoice } from '../fields.ts';
import { blame, findings, missing, prefer } from '../findings.ts';
import { readResult } from './read-result.ts';
import { readSubmit } from './read-submit.ts';
import { ACTIONS, BODY, QUERY, VERSION } from './schema.ts';
import type { Action } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeSubmitted, writeTask } from './write.ts';

/** The vendor's own libraries call the root of its host; clients of relays, a folder. */
const PATHS = ['/jimeng', '/jimeng/', '/'];

const READERS: Readonly<Record<Action, (incoming: Incoming) => ReadResult>> = {
  CVSync2AsyncSubmitTask: readSubmit,
  CVSync2AsyncGetResult: readResult,
};

export const jimeng: Dialect = {
  name: 'jimeng',
  title: 'Volcengine Jimeng',
  idPrefix: '',
  prefixes: ['/jimeng', '/?Action='],
  auth: ['signed'],
  routes: PATHS.map((path) => ({
    method: 'POST',
    path,
    summary: 'Submit a task, or ask for its result',
    limitClass: ({ query }) => (query['Action'] === ('CVSync2AsyncGetResult' satisfies Action) ? 'read' : 'submit'),
    bodySchema: BODY,
    querySchema: QUERY,
    // Also without a body there is an action to be judged.
    bodyOptional: true,
    read: readAction,
  })),
  writeJob: (view, command, language) => (command === 'create' ? writeSubmitted(view) : writeTask(view, language)),
  writeFailure,
};

function readAction(incoming: Incoming): ReadResult {
  const into = findings();
  const at = place(incoming.query, '', true);
  const action = prefer(into, [readChoice(at, 'Action', ACTIONS)]);
  prefer(into, [readChoice(at, 'Version', [VERSION])]);
  if (action !== null && into.violations.length === 0) return READERS[action.value](incoming);
  if (into.violations.length === 0) blame(into, missing('Action'));
  return { ok: false, violations: into.violations };
}
