/** Writes what happens to a job as events named like OpenAI's: `video.updated` until `video.completed` or `video.failed`. */

import type { EventType } from '../../model/job.ts';
import type { Language } from '../../model/violation.ts';
import type { EventView, StreamEvent } from '../dialect.ts';
import { eventMessage } from '../event-messages.ts';
import { publicId, shownProgress, unixSeconds } from '../job-words.ts';
import { STATUSES, videoObject } from './write.ts';

const UPDATED = 'video.updated';

const NAMES: Readonly<Record<EventType, string>> = {
  created: 'video.created',
  submitting: UPDATED,
  accepted: UPDATED,
  refused: UPDATED,
  vendor_failed: UPDATED,
  outcome_unknown: UPDATED,
  progress: UPDATED,
  finished: UPDATED,
  copy_failed: UPDATED,
  succeeded: 'video.completed',
  failed: 'video.failed',
  cancelled: 'video.failed',
  expired: 'video.failed',
  deleted: 'video.deleted',
};

export function writeEvent(event: EventView, language: Language): StreamEvent {
  const name = NAMES[event.type];
  const data = {
    object: 'event',
    type: name,
    id: publicId('video_', event.jobId),
    status: STATUSES[event.state],
    progress: shownProgress(event.state, event.progress),
    created_at: unixSeconds(event.at),
    message: eventMessage(event.type, language),
  };
  return { name, data: event.view === null ? data : { ...data, video: videoObject(event.view, language) } };
}
