/** What receivers are told of a job's end: the words of `/v1/videos`, whose webhooks these are. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Job, JobState } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Notice } from '../../model/notice.ts';

/** OpenAI's word for it; all other kinds go by their own name. */
const REJECTED: FailureKind = 'content_rejected';
const REJECTED_CODE = 'moderation_blocked';

const ENDS = {
  failed: 'The video could not be made.',
  cancelled: 'The job was cancelled.',
  expired: 'The job did not finish before its deadline.',
} as const;

/** Null for a state that is no end. OpenAI has two ends only, so that all but success are `video.failed`, told apart by the code. */
export function noticeOf(job: Pick<Job, 'id' | 'spec'>, state: JobState, failure: Failure | null): Notice | null {
  const id = `video_${job.id}`;
  const callback = callbackOf(job.spec.callbackUrl);
  switch (state) {
    case 'queued':
    case 'submitting':
    case 'running':
    case 'collecting':
      return null;
    case 'succeeded':
      return { type: 'video.completed', data: { id, status: 'completed' }, callback };
    case 'failed':
    case 'cancelled':
    case 'expired': {
      const error: JsonObject = { code: codeOf(state, failure), message: failure?.message ?? ENDS[state] };
      return { type: 'video.failed', data: { id, status: 'failed', error }, callback };
    }
  }
}

function codeOf(state: 'failed' | 'cancelled' | 'expired', failure: Failure | null): string {
  if (state !== 'failed') return state;
  const kind = failure?.kind ?? 'generation_failed';
  return kind === REJECTED ? REJECTED_CODE : kind;
}

/** A URL that nothing can be sent to was refused when the job was made; one that slipped through is left out. */
function callbackOf(url: string | null): Notice['callback'] {
  const parsed = url === null ? null : URL.parse(url);
  return url === null || parsed === null ? null : { url, host: parsed.host };
}
