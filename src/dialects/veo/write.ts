/** Writes jobs as Google's long-running operations, and their videos as files. */

import type { JobView } from '../../model/job.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureOf } from '../job-words.ts';
import { RPC_CODES } from './write-failure.ts';

const GEMINI_TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse';
const VERTEX_TYPE = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';
const MP4 = 'video/mp4';
const HEX_ID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;
const VERTEX_PREFIX = /^projects\/[^/]{1,100}\/locations\/[^/]{1,100}\//;

/** The Gemini API's shape, whose video is fetched with the key. */
export function writeGeminiOperation(view: JobView, language: Language): HttpReply {
  const name = `models/${view.job.spec.requestedModel}/operations/${view.job.id}`;
  const response = (filtered: JsonObject, uri: string | null): JsonObject => ({
    '@type': GEMINI_TYPE,
    generateVideoResponse: { ...filtered, ...(uri === null ? {} : { generatedSamples: [{ video: { uri } }] }) },
  });
  return operation(view, name, language, response, fileUri(view));
}

/** Vertex AI's shape; `prefix` is the project and location of the client's address. The video is a signed link. */
export function writeVertexOperation(view: JobView, prefix: string, language: Language): HttpReply {
  const name = `${prefix}publishers/google/models/${view.job.spec.requestedModel}/operations/${view.job.id}`;
  const response = (filtered: JsonObject, uri: string | null): JsonObject => ({
    '@type': VERTEX_TYPE,
    ...filtered,
    videos: uri === null ? [] : [{ gcsUri: uri, mimeType: MP4 }],
  });
  return operation(view, name, language, response, view.links.video);
}

/** The project and location before `publishers/`; empty where there are none. */
export function prefixOf(operationName: string): string {
  return VERTEX_PREFIX.exec(operationName)?.[0] ?? '';
}

/** What is known of a finished video. */
export function writeFile(view: JobView): HttpReply {
  const { job } = view;
  const body = {
    name: `files/${fileName(job.id)}`,
    mimeType: MP4,
    state: job.state === 'succeeded' ? 'ACTIVE' : 'PROCESSING',
    createTime: job.createdAt.toISOString(),
    updateTime: job.updatedAt.toISOString(),
    ...(job.state === 'succeeded' ? { uri: fileUri(view), downloadUri: fileUri(view) } : {}),
  };
  return { status: 200, headers: {}, body };
}

/** The job of a file's name, which has no dashes; anything else stays as it is and is found nowhere. */
export function idOfFile(name: string): string {
  const parts = HEX_ID.exec(name)?.slice(1);
  return parts === undefined ? name : parts.join('-');
}

type ResponseWriter = (filtered: JsonObject, uri: string | null) => JsonObject;

/** Google shows no queue: an operation is under way until it is done. Content that was refused is a result without a video. */
function operation(
  view: JobView,
  name: string,
  language: Language,
  response: ResponseWriter,
  uri: string | null,
): HttpReply {
  const { job } = view;
  const failure = failureOf(job, language);
  let body: Json = { name };
  if (failure?.kind === 'content_rejected') {
    const filtered = { raiMediaFilteredCount: job.spec.count, raiMediaFilteredReasons: [failure.message] };
    body = { name, done: true, response: response(filtered, null) };
  } else if (failure !== null) {
    body = { name, done: true, error: { code: RPC_CODES[failure.kind].code, message: failure.message } };
  } else if (job.state === 'succeeded') {
    body = { name, done: true, response: response({ raiMediaFilteredCount: 0 }, uri) };
  }
  return { status: 200, headers: {}, body };
}

/** Where the signed link lies tells where this server is. */
function fileUri({ job, links }: JobView): string | null {
  if (links.video === null) return null;
  const base = links.video.slice(0, Math.max(0, links.video.lastIndexOf('/files/')));
  return `${base}/v1beta/files/${fileName(job.id)}:download?alt=media`;
}

/** Clients take only letters and digits for the name of a file. */
function fileName(id: string): string {
  return id.replaceAll('-', '');
}
