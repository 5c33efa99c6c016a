/** Writes jobs as the AI SDK's gateway client reads them. */

import type { JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureOf, publicId } from '../job-words.ts';
import { statusOf, TYPES } from './write-failure.ts';

const MP4 = 'video/mp4';

export function writeStarted(view: JobView, language: Language): HttpReply {
  return {
    status: 200,
    headers: {},
    body: { operation: { id: idOf(view) }, warnings: warningsOf(view, language), ...metadata(view) },
  };
}

export function writeStatus(view: JobView, language: Language): HttpReply {
  return { status: 200, headers: {}, body: { ...verdict(view, language), ...metadata(view) } };
}

/** The one event that a waiting client reads. */
export function writeResult(view: JobView, language: Language): string {
  return `data: ${JSON.stringify(resultOf(view, language))}\n\n`;
}

function verdict(view: JobView, language: Language): JsonObject {
  const { job } = view;
  const warnings = warningsOf(view, language);
  if (job.state === 'succeeded') return { status: 'completed', videos: videosOf(view), warnings };
  if (job.state === 'cancelled') return { status: 'cancelled' };
  const failure = failureOf(job, language);
  return failure === null ? { status: 'pending', warnings } : { status: 'error', error: failure.message };
}

function resultOf(view: JobView, language: Language): JsonObject {
  const { job } = view;
  if (job.state === 'succeeded') {
    return { type: 'result', videos: videosOf(view), warnings: warningsOf(view, language), ...metadata(view) };
  }
  const failure = failureOf(job, language);
  const kind = failure?.kind ?? 'expired';
  const later = {
    en: `The video is still being made: ask about ${idOf(view)}.`,
    zh: `视频仍在生成,请查询 ${idOf(view)}。`,
  };
  const message = failure?.message ?? later[language];
  return { type: 'error', message, errorType: TYPES[kind], statusCode: statusOf(kind), param: null };
}

function videosOf({ links }: JobView): JsonObject[] {
  return links.video === null ? [] : [{ type: 'url', url: links.video, mediaType: MP4 }];
}

function warningsOf({ job }: JobView, language: Language): JsonObject[] {
  return job.notes.map(({ param, because }) => ({ type: 'unsupported', feature: param, details: because[language] }));
}

function metadata(view: JobView): JsonObject {
  const { job } = view;
  return { providerMetadata: { reelgate: { id: idOf(view), state: job.state, progress: job.progress } } };
}

function idOf({ job }: JobView): string {
  return publicId('video_', job.id);
}
