/** What each kind of event means to the owner of a job, in both languages. */

import type { EventType } from '../model/job.ts';
import type { Language } from '../model/violation.ts';

const MESSAGES: Readonly<Record<EventType, Readonly<Record<Language, string>>>> = {
  created: { en: 'The job was accepted.', zh: '任务已受理。' },
  submitting: { en: 'The job is being handed to a provider.', zh: '正在提交给服务商。' },
  accepted: { en: 'A provider is making the video.', zh: '服务商正在生成视频。' },
  refused: {
    en: 'A provider could not take the job; another one is asked.',
    zh: '服务商未受理,正在尝试其他服务商。',
  },
  vendor_failed: {
    en: 'A provider failed to make the video; another one is asked.',
    zh: '服务商生成失败,正在尝试其他服务商。',
  },
  outcome_unknown: {
    en: 'The provider has not confirmed the job yet; this is being found out.',
    zh: '服务商尚未确认任务,正在核实。',
  },
  progress: { en: 'The video is being made.', zh: '视频生成中。' },
  finished: { en: 'The video is finished and being saved.', zh: '视频已生成,正在保存。' },
  copy_failed: {
    en: 'The finished video could not be saved yet; this is tried again.',
    zh: '视频保存失败,正在重试。',
  },
  succeeded: { en: 'The video is ready.', zh: '视频已就绪。' },
  failed: { en: 'The video could not be made.', zh: '视频生成失败。' },
  cancelled: { en: 'The job was cancelled.', zh: '任务已取消。' },
  expired: { en: 'The job did not finish before its deadline.', zh: '任务未能在期限内完成。' },
  deleted: { en: 'The video was deleted.', zh: '视频已删除。' },
};

export function eventMessage(type: EventType, language: Language): string {
  return MESSAGES[type][language];
}
