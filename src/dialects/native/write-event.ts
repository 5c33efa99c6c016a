/** Writes what happens to a job by the names of its history. */

import type { PastEvent } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { EventView, StreamEvent } from '../dialect.ts';
import { eventMessage } from '../event-messages.ts';
import { publicId } from '../job-words.ts';
import { jobBody } from './write.ts';

export function writeEvent(event: EventView, language: Language): StreamEvent {
  const data = { id: publicId('video_', event.jobId), ...eventData(event, language), progress: event.progress };
  return {
    name: event.type,
    data: event.view === null ? data : { ...data, job: jobBody(event.view, language) },
  };
}

/** One entry of the history. */
export function eventData({ type, state, at }: PastEvent, language: Language): JsonObject {
  return { type, state, at: at.toISOString(), message: eventMessage(type, language) };
}
