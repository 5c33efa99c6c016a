/**
 * Servers of OpenAI's `/v1/videos` as their pages describe them: OpenAI itself, vLLM-Omni, SGLang Diffusion, a resale gateway
 * and another Reelgate. Each is strict about what it takes, and keeps finished videos where its page says.
 */

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

export type Flavour = 'openai' | 'resale' | 'vllm' | 'sglang' | 'reelgate';

const PATH = '/v1/videos';
const SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024', '1920x1080', '1080x1920'];
const FILE = /^\(file [^,]+, (?:image|video)\/[a-z0-9]+, \d+ bytes\)$/;
const MEDIA = /^(?:https?:\/\/|data:image\/)/;

type Task = FakeTask & {
  readonly request: JsonObject;
  readonly madeAt: number;
  status: string;
  error: JsonObject | null;
};

export type VideosServer = Fake & { readonly tasks: readonly Task[] };

type Rule = (body: JsonObject, isForm: boolean) => string | null;

const text = (body: JsonObject, key: string): string => String(property(body, key) ?? '');

/** The name of the field that is wrong. */
const RULES: Readonly<Record<Flavour, Rule>> = {
  openai: (body) => {
    if (!['4', '8', '12', '16', '20'].includes(property(body, 'seconds') as string)) return 'seconds';
    if (!SIZES.includes(text(body, 'size'))) return 'size';
    const picture = property(body, 'input_reference');
    const url = isObject(picture) ? text(picture, 'image_url') : '';
    return picture === undefined || MEDIA.test(url) ? null : 'input_reference';
  },
  resale: (body) => {
    if (typeof property(body, 'seconds') !== 'string') return 'seconds';
    if (typeof property(body, 'watermark') !== 'boolean') return 'watermark';
    const picture = property(body, 'input_reference');
    return picture === undefined || MEDIA.test(String(picture)) ? null : 'input_reference';
  },
  vllm: (body, isForm) => {
    if (!isForm) return 'body';
    if (!/^[1-9]\d*$/.test(text(body, 'seconds'))) return 'seconds';
    if (!/^\d+x\d+$/.test(text(body, 'size'))) return 'size';
    if (!/^\d+$/.test(text(body, 'fps'))) return 'fps';
    if (!/^(?:true|false)$/.test(text(body, 'generate_sound'))) return 'generate_sound';
    const picture = property(body, 'input_reference');
    return picture === undefined || FILE.test(String(picture)) ? null : 'input_reference';
  },
  sglang: (body, isForm) => {
    if (isForm ? !/^\d+$/.test(text(body, 'seconds')) : typeof property(body, 'seconds') !== 'number') return 'seconds';
    const extra = isForm ? parsed(text(body, 'extra_body')) : property(body, 'extra_body');
    if (extra !== undefined && !isObject(extra)) return 'extra_body';
    // As JSON it would be opened as a path on the server.
    const picture = property(body, 'input_reference');
    return picture === undefined || (isForm && FILE.test(String(picture))) ? null : 'input_reference';
  },
  reelgate: (body) => (isObject(property(body, 'metadata')) ? null : 'metadata'),
};

const EDITS: Readonly<Record<string, readonly string[]>> = {
  [`${PATH}/edits`]: ['prompt', 'video'],
  [`${PATH}/extensions`]: ['prompt', 'seconds', 'video'],
};

/** `video`: what every finished file is made of. */
export async function startVideosServer(
  key: string,
  flavour: Flavour,
  video: Buffer = Buffer.from('mp4'),
): Promise<VideosServer> {
  const tasks: Task[] = [];
  const server = await startFakeServer(answer);
  const { url } = server;

  function answer(asked: Asked): FakeAnswer {
    if (asked.headers['authorization'] !== `Bearer ${key}`) return failure(401, 'invalid_api_key', null);
    const { pathname } = asked.url;
    if (asked.method === 'POST') return create(asked, pathname);
    if (asked.method === 'GET' && pathname === PATH) return list();
    const [, id = '', rest] = /^\/v1\/videos\/([^/]+)(\/content)?$/.exec(pathname) ?? [];
    const task = tasks.find((one) => one.id === decodeURIComponent(id));
    if (task === undefined) return failure(404, 'not_found', null);
    if (rest !== undefined) return content(task);
    return asked.method === 'DELETE' ? remove(task) : reply(200, shown(task));
  }

  function create({ body, headers }: Asked, path: string): FakeAnswer {
    const needed = path === PATH ? ['model', 'prompt'] : flavour === 'openai' ? EDITS[path] : undefined;
    if (needed === undefined) return failure(404, 'not_found', null);
    if (!isObject(body)) return failure(400, 'invalid_value', null);
    const missing = needed.find((name) => property(body, name) === undefined);
    if (missing !== undefined) return failure(400, 'missing_required_parameter', missing);
    const isForm = (headers['content-type'] ?? '').startsWith('multipart/');
    const wrong = path === PATH ? RULES[flavour](body, isForm) : wrongVideo(body);
    if (wrong !== null) return failure(400, 'invalid_value', wrong);
    const task: Task = {
      id: `video_${flavour === 'vllm' ? 'gen_' : ''}${tasks.length + 1}`,
      token: headers['idempotency-key'] ?? null,
      request: body,
      madeAt: Math.floor(Date.now() / 1_000),
      status: 'queued',
      error: null,
    };
    const known = flavour === 'reelgate' ? tasks.find(({ token }) => token === task.token) : undefined;
    if (known !== undefined)
      return JSON.stringify(known.request) === JSON.stringify(body)
        ? reply(200, shown(known))
        : failure(422, 'idempotency_mismatch', null);
    tasks.push(task);
    return reply(200, shown(task));
  }

  function wrongVideo(body: JsonObject): string | null {
    const video = property(body, 'video');
    const isKnown = isObject(video) && tasks.some(({ id }) => id === property(video, 'id'));
    return isKnown || FILE.test(String(video)) ? null : 'video';
  }

  function shown(task: Task): JsonObject {
    const { request } = task;
    const isDone = task.status === 'completed';
    return {
      id: task.id,
      object: 'video',
      model: text(request, 'model'),
      status: task.status,
      progress: isDone ? 100 : 0,
      created_at: task.madeAt,
      completed_at: null,
      expires_at: null,
      prompt: text(request, 'prompt'),
      size: text(request, 'size') === '' ? null : text(request, 'size'),
      seconds: text(request, 'seconds'),
      remixed_from_video_id: null,
      ...extrasOf(task, isDone),
    };
  }

  function extrasOf(task: Task, isDone: boolean): JsonObject {
    switch (flavour) {
      case 'openai':
        return { error: task.error };
      case 'resale':
        return {
          error: task.error ?? { code: '', message: '' },
          video_url: isDone ? `${url}/cdn/${task.id}.mp4` : null,
        };
      case 'vllm':
        return { error: task.error, quality: 'default', media_type: 'video/mp4', stage_durations: {} };
      case 'sglang':
        return { error: task.error, url: isDone ? null : '', file_path: isDone ? '/tmp/out.mp4' : null };
      case 'reelgate':
        return {
          error: task.error,
          video_url: isDone ? `${url}/files/${task.id}` : null,
          cost: { currency: 'USD', quote: '0.40', hold: '0.40', charge: isDone ? '0.40' : null, test: false },
        };
    }
  }

  function content(task: Task): FakeAnswer {
    if (task.status !== 'completed') return failure(404, 'not_found', null);
    return { status: 200, body: video.toString('latin1'), headers: { 'content-type': 'video/mp4' } };
  }

  function list(): FakeAnswer {
    const data = tasks.slice(-100).toReversed().map(shown);
    return reply(200, { object: 'list', data, ...(flavour === 'sglang' ? {} : { has_more: false }) });
  }

  function remove(task: Task): FakeAnswer {
    const isOver = task.status === 'completed' || task.status === 'failed';
    if (flavour === 'openai' && !isOver) return failure(409, 'conflict', null);
    task.status = flavour === 'sglang' ? 'deleted' : 'cancelled';
    if (flavour === 'sglang') return reply(200, shown(task));
    return reply(200, { id: task.id, object: 'video.deleted', deleted: true });
  }

  function failure(status: number, code: string, param: string | null): FakeAnswer {
    if (flavour === 'sglang' || (flavour === 'vllm' && code === 'not_found'))
      return reply(status, { detail: `${code} ${param ?? ''}`.trim() });
    const error = { message: `the fake says ${code} of ${param ?? 'it'}`, type: 'invalid_request_error', param, code };
    return reply(status, { error });
  }

  return {
    url,
    seen: server.seen,
    books: tasks,
    tasks,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = tasks.find((one) => one.id === id);
      if (task === undefined) throw new Error(`there is no task ${id}`);
      task.status = state;
      task.error = code === undefined ? null : { code, message: `the fake says ${code}` };
    },
    close: server.close,
  };
}

function parsed(value: string): Json | undefined {
  return value === '' ? undefined : (JSON.parse(value) as Json);
}
