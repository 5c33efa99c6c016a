/** Relays of `/v1/video/create` and new-api's `/v1/video/generations`, as their pages describe them. */

import type { JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

/** `documented`: the answers of the general page; `envelope`: those that new-api itself gives. */
export type RelayKind = 'unified' | 'documented' | 'envelope';

const GENERATIONS = '/v1/video/generations';
/** new-api says these states in words of its own. */
const ENVELOPE: Readonly<Record<string, string>> = {
  queued: 'QUEUED',
  processing: 'IN_PROGRESS',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
};

type Task = FakeTask & { readonly request: JsonObject; status: string; code: string | null };

export type RelayVendor = Fake & { readonly tasks: readonly Task[] };

/** `videoUrl`: where finished videos lie; without it, at addresses of this server where nothing is. */
export async function startRelayVendor(
  key: string,
  kind: RelayKind,
  videoUrl: string | null = null,
): Promise<RelayVendor> {
  const tasks: Task[] = [];
  const server = await startFakeServer(answer);
  const fileOf = (task: Task): string => videoUrl ?? `${server.url}/cdn/${tasks.indexOf(task) + 1}.mp4`;

  function answer(asked: Asked): FakeAnswer {
    if (asked.headers['authorization'] !== `Bearer ${key}`) return failure(401, 'invalid token');
    const { pathname, searchParams } = asked.url;
    if (asked.method === 'POST') return pathname === createPath() ? create(asked) : failure(404, 'Invalid URL');
    const id = kind === 'unified' ? searchParams.get('id') : decodeURIComponent(pathname.slice(GENERATIONS.length + 1));
    const task = tasks.find((one) => one.id === id);
    if (task === undefined) return failure(400, 'task_not_exist');
    return reply(200, kind === 'unified' ? unified(task) : kind === 'documented' ? documented(task) : envelope(task));
  }

  function createPath(): string {
    return kind === 'unified' ? '/v1/video/create' : GENERATIONS;
  }

  function create({ body }: Asked): FakeAnswer {
    const wrong = isObject(body) ? (kind === 'unified' ? wrongUnified(body) : wrongGeneration(body)) : 'body';
    if (wrong !== null || !isObject(body)) return failure(400, `invalid field ${wrong}`);
    const id = kind === 'unified' ? `veo3.1-fast:${1770350082 + tasks.length}-trii` : `task_${tasks.length + 1}`;
    const task: Task = {
      id,
      token: null,
      request: body,
      status: kind === 'unified' ? 'pending' : 'queued',
      code: null,
    };
    tasks.push(task);
    if (kind === 'unified') return reply(200, { id, status: 'pending', status_update_time: 1, enhanced_prompt: '' });
    return reply(200, kind === 'documented' ? { task_id: id, status: 'queued' } : { id, task_id: id, object: 'video' });
  }

  /** Its states with and without the channel's prefix in the id, and errors of tries that came before. */
  function unified(task: Task): JsonObject {
    const isDone = task.status === 'completed';
    return {
      id: task.id.replace(/^[^:]*:/, ''),
      status: task.status,
      video_url: isDone || task.status === 'video_upsampling_completed' ? fileOf(task) : null,
      enhanced_prompt: '',
      progress: '50',
      status_update_time: 1_770_350_329_098,
      ...(task.code === null ? {} : { error: { code: 'video_generation_failed', message: task.code } }),
      detail: { status: task.status, error_message: '[403] an earlier try: unsafe', retry_count: 1 },
    };
  }

  function documented(task: Task): JsonObject {
    const isDone = task.status === 'succeeded';
    return {
      task_id: task.id,
      status: task.status,
      format: 'mp4',
      url: isDone ? fileOf(task) : '',
      metadata: { duration: property(task.request, 'duration') ?? 5, fps: 24, width: 1280, height: 720, seed: 1 },
      error: task.code === null ? null : { code: 'failed', message: task.code },
    };
  }

  /** Older ones put the address where the reason of a failure stands. */
  function envelope(task: Task): JsonObject {
    const isDone = task.status === 'succeeded';
    return {
      code: 'success',
      message: '',
      data: {
        task_id: task.id,
        action: 'textGenerate',
        status: ENVELOPE[task.status] ?? task.status,
        fail_reason: isDone ? fileOf(task) : (task.code ?? ''),
        progress: isDone ? '100%' : '30%',
        data: null,
      },
    };
  }

  function failure(status: number, message: string): FakeAnswer {
    const error = { message: `${message} (request id: 1)`, type: 'new_api_error', param: '', code: '' };
    return kind === 'unified' ? reply(status, { error }) : reply(status, { code: '', message, data: null });
  }

  return {
    url: server.url,
    seen: server.seen,
    books: tasks,
    tasks,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = tasks.find((one) => one.id === id);
      if (task === undefined) throw new Error(`there is no task ${id}`);
      task.status = state;
      task.code = code ?? null;
    },
    close: server.close,
  };
}

function wrongUnified(body: JsonObject): string | null {
  for (const key of ['model', 'prompt']) if (typeof property(body, key) !== 'string') return key;
  const images = property(body, 'images') ?? [];
  if (!Array.isArray(images) || images.some((one) => !/^(?:https?:\/\/|data:image\/)/.test(String(one))))
    return 'images';
  if (!Number.isInteger(property(body, 'duration') ?? 1)) return 'duration';
  return ['portrait', 'landscape', undefined].includes(property(body, 'orientation') as string) ? null : 'orientation';
}

function wrongGeneration(body: JsonObject): string | null {
  for (const key of ['model', 'prompt']) if (typeof property(body, key) !== 'string') return key;
  for (const key of ['duration', 'width', 'height', 'fps', 'seed'])
    if (typeof (property(body, key) ?? 1) !== 'number') return key;
  return isObject(property(body, 'metadata') ?? {}) ? null : 'metadata';
}
