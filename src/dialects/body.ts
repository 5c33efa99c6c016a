/** The body of a request as a place to read fields from. */

import { isObject } from '../model/json.ts';
import { violation } from '../model/violation.ts';
import type { Incoming } from './dialect.ts';
import { depthFault, EXPECTED, place } from './fields.ts';
import type { Place } from './fields.ts';
import { blame } from './findings.ts';
import type { Findings } from './findings.ts';

/** The body's own keys; null, with a violation, for a body that is no object or is nested too deep. An absent body is empty. */
export function bodyPlace(
  incoming: Pick<Incoming, 'body' | 'multipart'>,
  into: Findings,
  anyCase = false,
): Place | null {
  const { body, multipart } = incoming;
  const fault = depthFault(body, 'body');
  if (fault !== null) {
    blame(into, fault);
    return null;
  }
  if (body === null) return place({}, '', multipart, anyCase);
  if (isObject(body)) return place(body, '', multipart, anyCase);
  blame(into, violation('wrong_type', 'body', body, { values: [EXPECTED.object.en] }, EXPECTED.object));
  return null;
}
