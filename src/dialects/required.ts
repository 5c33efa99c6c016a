/** Fields without which a request means nothing. */

import type { RequestField } from '../model/request.ts';
import { readText } from './fields.ts';
import type { Place } from './fields.ts';
import { blame, missing, take } from './findings.ts';
import type { Findings } from './findings.ts';

/** The text of a field that must be there; blamed, and empty, where it is not. */
export function requireText(at: Place, key: string, name: RequestField, into: Findings): string {
  const field = readText(at, key);
  if (field.kind === 'absent') blame(into, missing(`${at.path}${key}`));
  return take(into, name, [field]) ?? '';
}
