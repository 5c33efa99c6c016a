/** Writes what happens to a job as events named like OpenAI's: `video.updated` until `video.completed` or `video.failed`. */

import type { Language } from '../../model/violation.ts';
import type { EventType, EventView, StreamEvent } from '../dialect.ts';
import { publicId, shownProgress, unixSeconds } from '../job-words.ts';
import { STATUSES, videoObject } from './write.ts';

type EventRow = { readonly name: string; readonly message: Readonly<Record<Language, string>> };

const update = (en: string, zh: string): EventRow => ({ name: 'video.updated', message: { en, zh } });

const EVENTS: Readonly<Record<EventType, EventRow>> = {
  created: { name: 'video.created', message: { en: 'The job was accepted.', zh: '任务已受理。' } },
  submitting: update('The job is being handed to a provider.', '正在提交给服务商。'),
  accepted: update('A provider is making the video.', '服务商正在生成视频。'),
  refused: update('A provider could not take the job; another one is asked.', '服务商未受理,正在尝试其他服务商。'),
  outcome_unknown: update(
    'The provider has not confirmed the job yet; this is being found out.',
    '服务商尚未确认任务,正在核实。',
  ),
  progress: update('The video is being made.', '视频生成中。'),
  finished: update('The video is finished and being saved.', '视频已生成,正在保存。'),
  copy_failed: update('The finished video could not be saved yet; this is tried again.', '视频保存失败,正在重试。'),
  succeeded: { name: 'video.completed', message: { en: 'The video is ready.', zh: '视频已就绪。' } },
  failed: { name: 'video.failed', message: { en: 'The video could not be made.', zh: '视频生成失败。' } },
  cancelled: { name: 'video.failed', message: { en: 'The job was cancelled.', zh: '任务已取消。' } },
  expired: {
    name: 'video.failed',
    message: { en: 'The job did not finish before its deadline.', zh: '任务未能在期限内完成。' },
  },
  deleted: { name: 'video.deleted', message: { en: 'The video was deleted.', zh: '视频已删除。' } },
};

export function writeEvent(event: EventView, language: Language): StreamEvent {
  const { name, message } = EVENTS[event.type];
  const data = {
    object: 'event',
    type: name,
    id: publicId('video_', event.jobId),
    status: STATUSES[event.state],
    progress: shownProgress(event.state, event.progress),
    created_at: unixSeconds(event.at),
    message: message[language],
  };
  return { name, data: event.view === null ? data : { ...data, video: videoObject(event.view, language) } };
}
