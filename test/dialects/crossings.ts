/** How a client of each dialect makes a video and reads one, for tests that cross them. */

import { isObject, property } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

export type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: JsonObject;
};

export type Crossing = {
  readonly dialect: string;
  readonly create: Call;
  /** The id in the answer of a create. */
  readonly idAt: readonly (string | number)[];
  read(id: string): Call;
  /** Where the answer of a read has its status, and its word for a video that is there. */
  readonly statusAt: readonly (string | number)[];
  readonly done: Json;
  /** Where it has the address of the video; null where that is asked for by a call of its own. */
  readonly urlAt: readonly (string | number)[] | null;
};

const PROMPT = 'a paper boat';
const get = (path: string): Call => ({ method: 'GET', path });
const post = (path: string, body: JsonObject, headers: Record<string, string> = {}): Call => ({
  method: 'POST',
  path,
  headers,
  body,
});

const JIMENG = '/jimeng/?Version=2022-08-31&Action=';

export const CROSSINGS: readonly Crossing[] = [
  {
    dialect: 'openai',
    create: post('/v1/videos', { model: 'Kling-3.0-Omni', prompt: PROMPT, seconds: '3', size: '1280x720' }),
    idAt: ['id'],
    read: (id) => get(`/v1/videos/${id}`),
    statusAt: ['status'],
    done: 'completed',
    urlAt: ['video_url'],
  },
  {
    dialect: 'generations',
    create: post('/v1/video/generations', { model: 'viduq3p-720p', prompt: PROMPT, duration: 3, aspect_ratio: '16:9' }),
    idAt: ['task_id'],
    read: (id) => get(`/v1/video/generations/${id}`),
    statusAt: ['status'],
    done: 'succeeded',
    urlAt: ['url'],
  },
  {
    dialect: 'unified',
    create: post('/v1/video/create', {
      model: 'veo3.1-fast',
      prompt: PROMPT,
      duration: 4,
      aspect_ratio: '16:9',
      size: '1280x720',
    }),
    idAt: ['id'],
    read: (id) => get(`/v1/video/query?id=${id}`),
    statusAt: ['status'],
    done: 'completed',
    urlAt: ['video_url'],
  },
  {
    dialect: 'vidu',
    create: post('/vidu/ent/v2/text2video', { model: 'viduq3-pro', prompt: PROMPT, duration: 3, resolution: '720p' }),
    idAt: ['task_id'],
    read: (id) => get(`/ent/v2/tasks/${id}/creations`),
    statusAt: ['state'],
    done: 'success',
    urlAt: ['creations', 0, 'url'],
  },
  {
    dialect: 'kling',
    create: post('/kling/v1/videos/text2video', { model_name: 'kling-v3', prompt: PROMPT, duration: '3' }),
    idAt: ['data', 'task_id'],
    read: (id) => get(`/v1/videos/text2video/${id}`),
    statusAt: ['data', 'task_status'],
    done: 'succeed',
    urlAt: ['data', 'task_result', 'videos', 0, 'url'],
  },
  {
    dialect: 'kling-tasks',
    create: post('/text-to-video/kling-3.0', { prompt: PROMPT, settings: { resolution: '720p', duration: 3 } }),
    idAt: ['data', 'id'],
    read: (id) => get(`/tasks?task_ids=${id}`),
    statusAt: ['data', 0, 'status'],
    done: 'succeeded',
    urlAt: ['data', 0, 'outputs', 0, 'url'],
  },
  {
    dialect: 'ark',
    create: post('/api/v3/contents/generations/tasks', {
      model: 'doubao-seedance-1-0-pro-250528',
      content: [{ type: 'text', text: PROMPT }],
      resolution: '480p',
      ratio: '16:9',
      duration: 3,
    }),
    idAt: ['id'],
    read: (id) => get(`/doubao/api/v3/contents/generations/tasks/${id}`),
    statusAt: ['status'],
    done: 'succeeded',
    urlAt: ['content', 'video_url'],
  },
  {
    dialect: 'jimeng',
    create: post(`${JIMENG}CVSync2AsyncSubmitTask`, { req_key: 'jimeng_t2v_v30', prompt: PROMPT, frames: 121 }),
    idAt: ['data', 'task_id'],
    read: (id) => post(`${JIMENG}CVSync2AsyncGetResult`, { req_key: 'jimeng_t2v_v30', task_id: id }),
    statusAt: ['data', 'status'],
    done: 'done',
    urlAt: ['data', 'video_url'],
  },
  {
    dialect: 'dashscope',
    create: post('/api/v1/services/aigc/video-generation/video-synthesis', {
      model: 'wan2.6-t2v',
      input: { prompt: PROMPT },
      parameters: { size: '1280*720', duration: 3 },
    }),
    idAt: ['output', 'task_id'],
    read: (id) => get(`/ali/api/v1/tasks/${id}`),
    statusAt: ['output', 'task_status'],
    done: 'SUCCEEDED',
    urlAt: ['output', 'video_url'],
  },
  {
    dialect: 'minimax',
    create: post('/v1/video_generation', { model: 'MiniMax-Hailuo-2.3', prompt: PROMPT, duration: 6 }),
    idAt: ['task_id'],
    read: (id) => get(`/v1/query/video_generation?task_id=${id}`),
    statusAt: ['status'],
    done: 'Success',
    urlAt: null,
  },
  {
    dialect: 'minimax-v2',
    create: post('/v2/video_generation', {
      model: 'MiniMax-H3',
      content: [{ type: 'text', text: PROMPT }],
      resolution: '768P',
      ratio: '16:9',
      duration: 4,
    }),
    idAt: ['task_id'],
    read: (id) => get(`/v2/query/video_generation/${id}`),
    statusAt: ['task', 'status'],
    done: 'succeeded',
    urlAt: ['task', 'content', 'url'],
  },
  {
    dialect: 'veo',
    create: post('/v1beta/models/veo-3.1-fast-generate-001:predictLongRunning', {
      instances: [{ prompt: PROMPT }],
      parameters: { durationSeconds: 4, aspectRatio: '16:9', resolution: '720p' },
    }),
    idAt: ['name'],
    read: (id) => get(`/v1beta/operations/${id.split('/').at(-1) ?? ''}`),
    statusAt: ['done'],
    done: true,
    urlAt: ['response', 'generateVideoResponse', 'generatedSamples', 0, 'video', 'uri'],
  },
  {
    dialect: 'gateway',
    create: post(
      '/video-model/start',
      { prompt: PROMPT, duration: 5, resolution: '1280x720' },
      { 'ai-model-id': 'klingai/kling-v2-6' },
    ),
    idAt: ['operation', 'id'],
    read: (id) => post('/video-model/status', { operation: { id } }),
    statusAt: ['status'],
    done: 'completed',
    urlAt: ['videos', 0, 'url'],
  },
  {
    dialect: 'native',
    create: post('/api/v1/videos', { model: 'Kling-3.0-Omni', prompt: PROMPT, seconds: 3, size: '1280x720' }),
    idAt: ['id'],
    read: (id) => get(`/api/v1/videos/${id}`),
    statusAt: ['state'],
    done: 'succeeded',
    urlAt: ['video', 'url'],
  },
];

/** The value at a path; undefined where there is none. */
export function valueAt(body: Json, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = body;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined;
    else value = isObject(value ?? null) ? property(value as JsonObject, step) : undefined;
  }
  return value;
}
