/** Writes one entry of a job's history. */

import type { PastEvent } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import { eventMessage } from '../event-messages.ts';

export function eventData({ type, state, at }: PastEvent, language: Language): JsonObject {
  return { type, state, at: at.toISOString(), message: eventMessage(type, language) };
}
