/**
 * Vidu's API as its pages describe it: a field that an endpoint does not know is refused, queued tasks can be cancelled, every
 * change of a task is called back with a signature to addresses on this machine, and credits are kept.
 */

import { createHmac, randomUUID } from 'node:crypto';

import { isObject, property } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import { reply, startFakeServer } from './fake-server.ts';
import type { Asked } from './fake-server.ts';
import { ENDPOINTS, faultIn, isIn, isText } from './vidu-rules.ts';
import type { Endpoint } from './vidu-rules.ts';

const MAX_BODY_BYTES = 20 * 1024 * 1024;

export type ViduTask = FakeTask & {
  readonly type: string;
  readonly request: JsonObject;
  readonly createdAt: Date;
  readonly credits: number;
  state: string;
  code: string;
};

export type ViduVendor = Fake & {
  readonly books: readonly ViduTask[];
  /** Whether the list of tasks shows the payload, which the page leaves open. */
  listsPayload: boolean;
  /** Takes the next submit, and lets its reply be lost in a proxy. */
  losesNext: boolean;
  /** Every callback sent so far has been answered. */
  settled(): Promise<void>;
};

type Options = {
  /** Where the finished videos lie. */
  readonly videoUrl?: string;
  /** Each look takes a task one state further. */
  readonly walks?: boolean;
  /** How a callback address is reached from here. */
  readonly reach?: (url: string) => string;
};

export async function startViduVendor(
  key: string,
  { videoUrl = 'https://cdn.example/v.mp4', walks = false, reach = (url) => url }: Options = {},
): Promise<ViduVendor> {
  const books: ViduTask[] = [];
  const callbacks: Promise<unknown>[] = [];
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { method, url } = asked;
    const authorization = asked.headers['authorization'] ?? '';
    if (authorization !== `Token ${key}`) return refusal(401, 'Unauthorized', `no such key: ${authorization}`);
    const [, base, version, name = '', id, last] = url.pathname.split('/');
    if (base !== 'ent' || version !== 'v2') return refusal(404, 'NotFound', 'not found');
    if (method === 'GET' && name === 'credits')
      return reply(200, { remains: [{ type: 'metered', credit_remain: left() }] });
    if (method === 'GET' && name === 'tasks' && id === undefined) return list(url.searchParams);
    if (name === 'tasks') return one(asked, id ?? '', last ?? '');
    const endpoint = ENDPOINTS[name];
    if (method !== 'POST' || endpoint === undefined || id !== undefined) return refusal(404, 'NotFound', 'not found');
    return create(asked, name, endpoint);
  }

  function create({ body, headers, raw }: Asked, type: string, endpoint: Endpoint): FakeAnswer {
    if (headers['content-type'] !== 'application/json' || !isObject(body) || raw.length > MAX_BODY_BYTES)
      return refusal(400, 'BadRequest', 'bad request');
    const fault = faultIn(body, type, endpoint);
    if (fault !== null) return refusal(400, ...fault);
    const token = property(body, 'payload');
    const task: ViduTask = {
      id: String(916_198_342_210_367_488n + BigInt(books.length)),
      token: isText(token) ? token : null,
      type,
      request: body,
      createdAt: new Date(),
      credits: property(body, 'off_peak') === true ? 10 : 20,
      state: 'created',
      code: '',
    };
    books.push(task);
    if (vendor.losesNext) {
      vendor.losesNext = false;
      return { status: 502, body: '<html>bad gateway</html>' };
    }
    const { images: _images, ...shown } = body;
    const made = { task_id: task.id, type, state: task.state, created_at: task.createdAt.toISOString() };
    return reply(200, { ...shown, ...made, credits: task.credits });
  }

  function one({ method, body }: Asked, id: string, last: string): FakeAnswer {
    const task = books.find((candidate) => candidate.id === id);
    if (task === undefined) return refusal(404, 'TaskNotFound', 'task not found');
    if (method === 'GET' && last === 'creations') {
      const answered = reply(200, recordOf(task));
      if (walks)
        move(task, { created: 'queueing', queueing: 'processing', processing: 'success' }[task.state] ?? task.state);
      return answered;
    }
    if (method !== 'POST' || last !== 'cancel') return refusal(404, 'NotFound', 'not found');
    if (!isObject(body) || property(body, 'id') !== id)
      return refusal(400, 'FieldLacking', 'field is missing or empty: id');
    if (task.state !== 'created' && task.state !== 'queueing')
      return refusal(400, 'BadRequest', 'task state is scheduled, can not cancel');
    move(task, 'failed', 'UserCancelled');
    return reply(200, {});
  }

  function list(query: URLSearchParams): FakeAnswer {
    const size = Number(query.get('pager.pagesz') ?? 10);
    if (!isIn(size, 1, 100)) return refusal(400, 'PageSizeOutOfRange', 'page size out of range');
    const from = Date.parse(query.get('created_at.from') ?? '') || Date.now() - 7 * 24 * 3_600_000;
    const to = Date.parse(query.get('created_at.to') ?? '') || Date.now();
    const found = books
      .filter(({ createdAt }) => createdAt.getTime() >= from && createdAt.getTime() <= to)
      .toReversed();
    const start = Number(query.get('pager.page') ?? 0) * size;
    return reply(200, { tasks: found.slice(start, start + size).map(listed), next_page_token: '' });
  }

  function listed(task: ViduTask): JsonObject {
    const { id, creations, payload } = recordOf(task);
    const shown = ['model', 'template', 'prompt', 'duration', 'resolution', 'aspect_ratio'];
    return {
      id: id ?? null,
      key_id: 'k-1',
      state: task.state,
      created_at: task.createdAt.toISOString(),
      creations: creations ?? [],
      ...Object.fromEntries(shown.map((name) => [name, property(task.request, name) ?? ''])),
      ...(vendor.listsPayload ? { payload: payload ?? '' } : {}),
    };
  }

  function recordOf(task: ViduTask): JsonObject {
    const isDone = task.state === 'success';
    const marked = property(task.request, 'watermark') === true ? videoUrl.replace('.mp4', '-marked.mp4') : '';
    const creation = {
      id: `c-${task.id}`,
      url: videoUrl,
      cover_url: 'https://cdn.example/v.jpg',
      watermarked_url: marked,
    };
    return {
      id: task.id,
      state: task.state,
      err_code: task.code,
      credits: isDone ? task.credits : 0,
      payload: task.token ?? '',
      bgm: property(task.request, 'bgm') ?? false,
      off_peak: property(task.request, 'off_peak') ?? false,
      creations: isDone ? [creation] : [],
    };
  }

  /** Failed tasks cost nothing. */
  function left(): number {
    return books.reduce((sum, { state, credits }) => (state === 'failed' ? sum : sum - credits), 100_000);
  }

  function move(task: ViduTask, state: string, code = ''): void {
    if (task.state === state) return;
    task.state = state;
    task.code = code;
    const url = property(task.request, 'callback_url');
    if (isText(url) && new URL(reach(url)).hostname === '127.0.0.1') callbacks.push(callBack(url, recordOf(task)));
  }

  async function callBack(url: string, body: JsonObject): Promise<void> {
    await fetch(reach(url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(url, key, new Date()) },
      body: JSON.stringify(body),
    });
  }

  const vendor: ViduVendor = {
    url: server.url,
    seen: server.seen,
    books,
    listsPayload: true,
    losesNext: false,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = books.find((candidate) => candidate.id === id);
      if (task === undefined) throw new Error(`no task ${id}`);
      move(task, state, code);
    },
    settled: async () => void (await Promise.all(callbacks)),
    close: server.close,
  };
  return vendor;
}

/** As the vendor signs a callback to `url`. */
export function signatureHeaders(url: string, key: string, at: Date): Readonly<Record<string, string>> {
  const { pathname, search } = new URL(url);
  const [date, nonce] = [at.toUTCString(), randomUUID()];
  const text = `POST\n${pathname}\n${search.slice(1)}\nvidu\n${date}\nDate:${date}\nx-request-nonce:${nonce}\n`;
  return {
    Date: date,
    'x-request-nonce': nonce,
    'X-HMAC-SIGNED-HEADERS': 'Date;x-request-nonce',
    'X-HMAC-SIGNATURE': createHmac('sha256', key).update(text).digest('base64'),
    'X-HMAC-ALGORITHM': 'hmac-sha256',
    'X-HMAC-ACCESS-KEY': 'vidu',
  };
}

function refusal(code: number, reason: string, message: string): FakeAnswer {
  return reply(code, { code, reason, message, metadata: { trace_id: '04e5c2fe' } });
}
