/** Version 1: flat requests, errors with status 200, and a finished file whose address is asked for by its id. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpRequest, ProviderIo, UpstreamTask } from '../provider.ts';
import { urlOrDataUri } from '../replies.ts';
import { PASSED_ON, STATES } from './tables.ts';
import { idOf, label, look, modelName, taskFailure } from './wire.ts';

export async function createRequest1(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<HttpRequest> {
  const passedOn = Object.entries(spec.vendor).filter(([key]) => PASSED_ON.includes(key));
  const json = {
    model: modelName(spec, upstream),
    ...(spec.prompt === null ? {} : { prompt: spec.prompt }),
    ...(spec.mode === 'reference' ? {} : { duration: spec.seconds, resolution: label(spec) }),
    ...(await pictures(spec, io)),
    ...Object.fromEntries(passedOn),
    ...(spec.watermark ? { aigc_watermark: true } : {}),
    ...(io.callbackUrl === null ? {} : { callback_url: io.callbackUrl }),
  };
  return { method: 'POST', path: '/v1/video_generation', json };
}

/** References are pictures of one person, for the model that keeps to a subject. */
async function pictures(spec: VideoSpec, io: ProviderIo): Promise<JsonObject> {
  const frames: Record<string, Json> = {};
  const subject: string[] = [];
  for (const input of spec.inputs) {
    const picture = await urlOrDataUri(input, io);
    if (input.role === 'first_frame' || input.role === 'last_frame') frames[`${input.role}_image`] = picture;
    else subject.push(picture);
  }
  return subject.length === 0 ? frames : { ...frames, subject_reference: [{ type: 'character', image: subject }] };
}

export async function check1(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const record = await look(io, `/v1/query/video_generation?task_id=${encodeURIComponent(task.id)}`);
  if (idOf(property(record, 'task_id')) !== task.id) throw new Error('the vendor did not answer for this task');
  const state = property(record, 'status');
  if (typeof state !== 'string' || state === '') throw new Error('the vendor did not say how the task is');
  switch (property(STATES, state) ?? 'waiting') {
    case 'done': {
      const url = await fileUrl(idOf(property(record, 'file_id')), io);
      return { kind: 'done', video: { from: 'url', url }, usage: { seconds: null, tokens: null } };
    }
    case 'failed':
      return { kind: 'failed', failure: taskFailure(record, state) };
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

/** A fresh address each time: it works for an hour or a few. */
async function fileUrl(fileId: string | null, io: ProviderIo): Promise<string> {
  if (fileId === null) throw new Error('the vendor says that the video is done, but not which file it is');
  const file = property(await look(io, `/v1/files/retrieve?file_id=${encodeURIComponent(fileId)}`), 'file');
  if (!isObject(file) || idOf(property(file, 'file_id')) !== fileId)
    throw new Error('the vendor did not answer for this file');
  const url = property(file, 'download_url');
  if (typeof url !== 'string' || !/^https?:\/\//.test(url))
    throw new Error('the vendor did not say where the file lies');
  return url;
}
