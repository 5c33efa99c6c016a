/**
 * Kling's API in both its generations, written from the reference page, not from our adapter: keys and tokens are verified,
 * bodies held against the page's tables, states walked, and every accepted task is in the books.
 */

import { createHmac } from 'node:crypto';

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import { reply, startFakeServer } from './fake-server.ts';
import type { Asked } from './fake-server.ts';
import { faultOfTask, faultOfVideo, TASK_PATHS, VIDEO_KINDS } from './kling-rules.ts';

export type KlingKeys = { readonly apiKey: string; readonly accessKey: string; readonly secretKey: string };

export type KlingOptions = {
  /** Where the videos that it makes lie. */
  readonly videoUrl?: string;
  /** Where a callback address leads from here. */
  readonly reach?: (url: string) => string;
  /** Signs callbacks; without it they are not signed. */
  readonly webhookSecret?: string;
};

export type KlingVendor = Fake & {
  readonly books: readonly KlingTask[];
  /** Resolves when the callbacks so far were answered, with their HTTP statuses. */
  settled(): Promise<readonly number[]>;
  /** Sets the vendor's clock so far ahead of ours. */
  setClock(aheadMs: number): void;
  /** Faces that the next search in a video finds. */
  readonly faces: JsonObject[];
};

export type KlingTask = FakeTask & {
  /** The kind under `/v1/videos`, or `tasks`. */
  readonly home: string;
  readonly body: JsonObject;
  readonly createdMs: number;
  state: string;
  message: string;
};

/** HTTP status of each code of the page. */
const STATUS_OF: Readonly<Record<number, number>> = {
  1000: 401,
  1001: 401,
  1002: 401,
  1003: 401,
  1004: 401,
  1103: 403,
  1201: 400,
  1202: 404,
  1203: 404,
};
const LAST_STATES = ['succeed', 'succeeded', 'failed'];

export async function startKlingVendor(keys: KlingKeys, options: KlingOptions = {}): Promise<KlingVendor> {
  const told: Promise<number>[] = [];
  const videoUrl = options.videoUrl ?? 'https://cdn.klingai.com/a.mp4';
  const books: KlingTask[] = [];
  const faces: JsonObject[] = [{ face_id: 'f-1', face_image: 'https://cdn/f.png', start_time: 200, end_time: 5000 }];
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const server = await startFakeServer((asked) => dated(answer(asked)));

  const dated = (given: FakeAnswer): FakeAnswer => ({
    ...given,
    headers: { ...given.headers, date: new Date(nowMs()).toUTCString() },
  });

  function answer(asked: Asked): FakeAnswer {
    const steps = asked.url.pathname.split('/').filter((step) => step !== '');
    const isFirst = steps[0] === 'v1' || steps[0] === 'account';
    const wrong = faultOfKey(asked.headers['authorization'] ?? '', isFirst);
    if (wrong !== null) return failed(wrong, 'Authorization failed');
    if (steps[0] === 'account') return costs(asked.url);
    return isFirst ? firstGeneration(asked, steps.slice(2)) : secondGeneration(asked, steps);
  }

  function faultOfKey(header: string, takesTokens: boolean): number | null {
    if (header === '') return 1001;
    const token = header.replace(/^Bearer /, '');
    if (token === keys.apiKey) return null;
    const [head = '', claims = '', signature = ''] = token.split('.');
    const expected = createHmac('sha256', keys.secretKey).update(`${head}.${claims}`).digest('base64url');
    if (!takesTokens || signature !== expected || !isExactly(head, '{"alg":"HS256","typ":"JWT"}')) return 1002;
    const { iss, exp, nbf } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    if (iss !== keys.accessKey) return 1002;
    if (Number(nbf) * 1000 > nowMs()) return 1003;
    return Number(exp) * 1000 < nowMs() ? 1004 : null;
  }

  function firstGeneration({ method, body }: Asked, steps: readonly string[]): FakeAnswer {
    const path = steps.join('/');
    const kind = VIDEO_KINDS.find((name) => path === name || path.startsWith(`${name}/`));
    if (method === 'POST' && path === 'identify-face') return search(body);
    if (kind === undefined) return failed(1202, `no such method: ${path}`);
    if (method === 'POST' && path === kind) {
      const fault = isObject(body) ? faultOfVideo(kind, body) : 'the body is no object';
      if (fault !== null) return failed(1201, fault);
      return succeed(firstView(accept(kind, body, isObject(body) ? body['external_task_id'] : null)));
    }
    const id = path.slice(kind.length + 1);
    const task = books.find((one) => one.home === kind && (one.id === id || one.token === id));
    return task === undefined ? failed(1203, `no such task: ${id}`) : succeed(firstView(task));
  }

  function search(body: Json): FakeAnswer {
    if (!isObject(body) || typeof (body['video_url'] ?? body['video_id']) !== 'string')
      return failed(1201, 'video_id or video_url is required');
    return succeed({ session_id: 's-1', face_data: faces, final_unit_deduction: '0.05' });
  }

  function secondGeneration({ method, body, url }: Asked, steps: readonly string[]): FakeAnswer {
    const [path = '', model = ''] = steps;
    if (method === 'GET' && path === 'tasks') return query(url);
    if (method !== 'POST' || !TASK_PATHS.includes(path)) return failed(1202, `no such method: ${path}`);
    const fault = isObject(body) ? faultOfTask(path, model, body) : 'the body is no object';
    if (fault !== null) return failed(1201, fault);
    const options = isObject(body) ? body['options'] : null;
    return succeed(secondView(accept('tasks', body, isObject(options) ? options['external_task_id'] : null)));
  }

  function query(url: URL): FakeAnswer {
    const ids = url.searchParams.get('task_ids')?.split(',') ?? [];
    const tokens = url.searchParams.get('external_task_ids')?.split(',') ?? [];
    if ((ids.length === 0) === (tokens.length === 0)) return failed(1201, 'task_ids or external_task_ids');
    const wanted = books.filter((task) => ids.includes(task.id) || tokens.includes(task.token ?? ''));
    return succeed(wanted.filter(({ home }) => home === 'tasks').map(secondView));
  }

  function accept(home: string, body: Json, token: Json | undefined): KlingTask {
    const task: KlingTask = {
      id: String(830_000_000_000_000_001n + BigInt(books.length)),
      token: typeof token === 'string' ? token : null,
      home,
      body: isObject(body) ? body : {},
      createdMs: nowMs(),
      state: 'submitted',
      message: '',
    };
    books.push(task);
    return task;
  }

  function firstView(task: KlingTask): JsonObject {
    const isDone = task.state === 'succeed';
    const marked = JSON.stringify(task.body).includes('"enabled":true');
    const watermark = marked ? 'https://cdn.klingai.com/marked.mp4' : '';
    const video = { id: `v-${task.id}`, url: videoUrl, watermark_url: watermark, duration: '5' };
    return {
      task_id: task.id,
      task_status: task.state,
      task_status_msg: task.message,
      task_info: task.token === null ? {} : { external_task_id: task.token },
      created_at: task.createdMs,
      updated_at: nowMs(),
      ...(LAST_STATES.includes(task.state) ? { final_unit_deduction: isDone ? '1.5' : '0' } : {}),
      task_result: { videos: isDone ? [video] : [] },
    };
  }

  function secondView(task: KlingTask): JsonObject {
    const isDone = task.state === 'succeeded';
    const video = { type: 'video', id: `v-${task.id}`, url: videoUrl, duration: '5' };
    return {
      id: task.id,
      status: task.state,
      message: task.message,
      create_time: task.createdMs,
      update_time: nowMs(),
      external_id: task.token ?? '',
      outputs: isDone ? [video] : [],
      billing: isDone ? [{ charge_type: 'unit', amount: '6.0', package_type: 'video' }] : [],
    };
  }

  /** Of each change of state, signed where a webhook secret is set. */
  function tell(task: KlingTask): void {
    const { options: own } = task.body;
    const url = (isObject(own) ? own : task.body)['callback_url'];
    if (options.reach === undefined || typeof url !== 'string') return;
    const body = JSON.stringify(task.home === 'tasks' ? secondView(task) : firstView(task));
    const id = `${task.id}-${task.state}`;
    const timestamp = String(Math.floor(nowMs() / 1_000));
    const key = Buffer.from((options.webhookSecret ?? '').replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
    const headers = {
      'content-type': 'application/json',
      ...(options.webhookSecret === undefined ? {} : signed),
    };
    told.push(fetch(options.reach(url), { method: 'POST', headers, body }).then(({ status }) => status));
  }

  return {
    settled: () => Promise.all(told),
    url: server.url,
    seen: server.seen,
    answerNext: server.answerNext,
    close: server.close,
    books,
    faces,
    setClock: (ms) => {
      aheadMs = ms;
    },
    move: (id, state, code) => {
      const task = books.find((one) => one.id === id);
      if (task === undefined) throw new Error(`no task ${id}`);
      task.state = state;
      task.message = code ?? '';
      tell(task);
    },
  };
}

function costs(url: URL): FakeAnswer {
  const times = ['start_time', 'end_time'].map((key) => url.searchParams.get(key) ?? '');
  if (!times.every((time) => /^\d{13}$/.test(time))) return failed(1201, 'start_time and end_time are required');
  const pack = { resource_pack_name: 'trial', resource_pack_id: 'p', resource_pack_type: 'decreasing_total' };
  const numbers = { total_quantity: 100, remaining_quantity: 61.5, status: 'online' };
  return succeed({ code: 0, resource_pack_subscribe_infos: [{ ...pack, ...numbers }] });
}

function succeed(data: Json): FakeAnswer {
  return reply(200, { code: 0, message: 'SUCCEED', request_id: 'r-1', data });
}

function failed(code: number, message: string): FakeAnswer {
  return reply(STATUS_OF[code] ?? 400, { code, message, request_id: 'r-1' });
}

function isExactly(part: string, text: string): boolean {
  return Buffer.from(part, 'base64url').toString() === text;
}
