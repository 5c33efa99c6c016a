/** Writes what happens to a job by the names of its history. */

import type { Language } from '../../model/violation.ts';
import type { EventView, StreamEvent } from '../dialect.ts';
import { publicId } from '../job-words.ts';
import { eventData } from './event-data.ts';
import { jobBody } from './write.ts';

export function writeEvent(event: EventView, language: Language): StreamEvent {
  const data = { id: publicId('video_', event.jobId), ...eventData(event, language), progress: event.progress };
  return {
    name: event.type,
    data: event.view === null ? data : { ...data, job: jobBody(event.view, language) },
  };
}
