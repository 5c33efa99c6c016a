/**
 * A vendor that speaks OpenAI's `/v1/videos` and keeps books of its own: what it accepted is what it would bill. Written from
 * the wire reference, not from our adapter. Faults ride in prompts as `{{fault}}`, or come at a given rate from a seed.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { dripInto, pourInto } from './bad-answers.ts';

/** Ways to spoil the answer to a request that was understood. */
const WAYS = ['html', 'empty', 'error_body', 'types', 'truncated', 'cut', 'drop', 'hang', 'drip', 'huge'] as const;
type Way = (typeof WAYS)[number];

/** `_before`: the vendor has no task; `_after`: it has one. */
export const SUBMIT_FAULTS = [
  'refuse_400',
  'refuse_429',
  'error_before',
  'hang_before',
  'error_after',
  ...WAYS.map((way) => `${way}_after` as const),
] as const;
/** While a task is looked at; `other` answers for another task, `back` goes back to `queued`. */
export const CHECK_FAULTS = [
  'check_429',
  'check_500',
  'check_404',
  'check_word',
  'check_other',
  'check_back',
  ...WAYS.map((way) => `check_${way}` as const),
] as const;
/** While a finished file is fetched. */
export const FILE_FAULTS = ['file_403', 'file_html', 'file_cut', 'file_noise'] as const;

/** Faults that last as long as the other side has patience. */
export const SLOW_FAULTS: readonly string[] = ['hang_before', 'hang_after', 'drip_after', 'check_hang', 'check_drip'];

export type VendorTask = {
  readonly id: string;
  readonly prompt: string;
  readonly model: string;
  readonly seconds: string;
  readonly size: string;
  readonly token: string | null;
  readonly createdMs: number;
  checks: number;
  fetches: number;
};

/** Where a test may step in: a submit's headers are here but not its body, a task was accepted or is looked at, half a file was sent. */
export type VendorMoment = 'headers' | 'accepted' | 'check' | 'half_file';

export type FakeVendor = {
  readonly url: string;
  /** Every task that was accepted, in order: the final oracle. */
  readonly books: readonly VendorTask[];
  /** Submits that came in, accepted or not. */
  readonly submits: () => number;
  /** Whether the key is refused. */
  lockOut(isLockedOut: boolean): void;
  close(): Promise<void>;
};

export type FakeVendorOptions = {
  readonly video: Buffer;
  readonly key: string;
  /** How long a task takes. */
  readonly workMs?: number;
  /** What the vendor asks its clients to wait between two looks; it says nothing by default. */
  readonly pollAfterMs?: number;
  /** Share of submits and of checks that meet a fault, drawn from `seed`. */
  readonly faultRate?: number;
  readonly seed?: number;
  /** The first so many checks of a task, and fetches of its file, meet the fault its prompt names. */
  readonly faultyChecks?: number;
  /** True: the vendor says nothing more about this request. */
  readonly stepIn?: (moment: VendorMoment) => boolean;
};

export async function startFakeVendor(options: FakeVendorOptions): Promise<FakeVendor> {
  const { video, stepIn = () => false, faultyChecks = 3 } = options;
  const books: VendorTask[] = [];
  const tasks = new Map<string, VendorTask>();
  const chance = seeded(options.seed ?? 1);
  /** Prompts that were refused once as too many: the next time they are taken. */
  const putOff = new Set<string>();
  let submits = 0;
  let isLockedOut = false;
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', url);
    if (path.startsWith('/files/')) return file(response, path.slice('/files/'.length, -'.mp4'.length));
    if (isLockedOut || request.headers.authorization !== `Bearer ${options.key}`)
      return error(response, 401, 'invalid_api_key');
    if (request.method === 'POST' && path === '/v1/videos') {
      submits += 1;
      if (stepIn('headers')) return;
      return create(request, response, await bodyOf(request));
    }
    if (request.method === 'GET' && path === '/v1/videos') return list(response, query.get('after'));
    const task = tasks.get(path.slice('/v1/videos/'.length));
    if (task === undefined) return error(response, 404, 'not_found');
    if (request.method === 'GET') return show(response, task);
    return error(response, 405, 'method_not_allowed');
  }

  function create(request: IncomingMessage, response: ServerResponse, body: Record<string, unknown>): void {
    if (typeof body['model'] !== 'string' || typeof body['prompt'] !== 'string')
      return error(response, 400, 'missing_required_parameter');
    const fault = faultOf(String(body['prompt']), SUBMIT_FAULTS);
    if (fault === 'refuse_400') return error(response, 400, 'moderation_blocked');
    if (fault === 'refuse_429' && !putOff.has(body['prompt'])) {
      putOff.add(body['prompt']);
      return error(response.setHeader('retry-after', '1'), 429, 'rate_limit_exceeded');
    }
    if (fault === 'error_before') return error(response, 500, 'server_error');
    if (fault === 'hang_before') return;
    const token = request.headers['idempotency-key'];
    const task: VendorTask = {
      id: `video_gen_${books.length + 1}`,
      prompt: String(body['prompt']),
      model: String(body['model']),
      seconds: String(body['seconds']),
      size: String(body['size']),
      token: typeof token === 'string' ? token : null,
      createdMs: Date.now(),
      checks: 0,
      fetches: 0,
    };
    books.push(task);
    tasks.set(task.id, task);
    if (stepIn('accepted')) return;
    if (fault === 'error_after') return error(response, 502, 'server_error');
    const way = WAYS.find((candidate) => fault === `${candidate}_after`);
    return way === undefined ? sendTask(response, videoOf(task)) : spoil(way, response, videoOf(task));
  }

  function show(response: ServerResponse, task: VendorTask): void {
    if (stepIn('check')) return;
    task.checks += 1;
    const fault = task.checks <= faultyChecks ? faultOf(task.prompt, CHECK_FAULTS) : null;
    const way = WAYS.find((candidate) => fault === `check_${candidate}`);
    if (way !== undefined) return spoil(way, response, videoOf(task));
    switch (fault) {
      case 'check_429':
        return error(response.setHeader('retry-after', '1'), 429, 'rate_limit_exceeded');
      case 'check_500':
        return error(response, 500, 'server_error');
      case 'check_404':
        return error(response, 404, 'not_found');
      case 'check_word':
        return sendTask(response, { ...videoOf(task), status: 'dreaming' });
      case 'check_other':
        return sendTask(response, { ...videoOf(task), id: 'video_gen_0', status: 'failed' });
      case 'check_back':
        return sendTask(response, { ...videoOf(task), status: 'queued', progress: Math.max(0, 50 - task.checks) });
      default:
        return sendTask(response, videoOf(task));
    }
  }

  function file(response: ServerResponse, taskId: string): void {
    const task = tasks.get(taskId);
    if (task === undefined) return void response.writeHead(404).end();
    task.fetches += 1;
    const fault = task.fetches <= faultyChecks ? faultOf(task.prompt, FILE_FAULTS) : null;
    if (fault === 'file_403') return void response.writeHead(403).end('this link has expired');
    if (fault === 'file_html') return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    const bytes = fault === 'file_noise' ? Buffer.alloc(video.length, 7) : video;
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (fault === 'file_cut') response.destroy();
      else if (!stepIn('half_file')) response.end(bytes.subarray(bytes.length / 2));
    });
  }

  /** Newest first, a hundred at a time. */
  function list(response: ServerResponse, after: string | null): void {
    const end = after === null ? books.length : books.findIndex(({ id }) => id === after);
    const start = Math.max(0, end - 100);
    const data = books.slice(start, end).toReversed().map(videoOf);
    send(response, 200, {
      object: 'list',
      data,
      first_id: data[0]?.['id'] ?? null,
      last_id: data.at(-1)?.['id'] ?? null,
      has_more: start > 0,
    });
  }

  function sendTask(response: ServerResponse, task: Record<string, unknown>): void {
    const hint = options.pollAfterMs;
    send(hint === undefined ? response : response.setHeader('openai-poll-after-ms', String(hint)), 200, task);
  }

  function videoOf(task: VendorTask): Record<string, unknown> {
    const ready = Date.now() - task.createdMs >= (options.workMs ?? 0);
    const failed = ready && task.prompt.includes('{{fail}}');
    return {
      id: task.id,
      object: 'video',
      model: task.model,
      prompt: task.prompt,
      status: failed ? 'failed' : ready ? 'completed' : 'in_progress',
      progress: ready ? 100 : 50,
      created_at: Math.floor(task.createdMs / 1_000),
      seconds: task.seconds,
      size: task.size,
      error: failed ? { code: 'server_error', message: 'the graphics card is on fire' } : null,
      video_url: ready && !failed ? `${url}/files/${task.id}.mp4` : null,
    };
  }

  function faultOf<Name extends string>(prompt: string, names: readonly Name[]): Name | null {
    const named = names.find((name) => prompt.includes(`{{${name}}}`));
    if (named !== undefined) return named;
    if (options.faultRate === undefined || chance() >= options.faultRate) return null;
    return names[Math.floor(chance() * names.length)] ?? null;
  }

  return {
    url,
    books,
    submits: () => submits,
    lockOut: (locked) => {
      isLockedOut = locked;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const PAGE = '<!doctype html><h1>proxy</h1>';
const HUGE_BYTES = 100 * 1024 * 1024;

function spoil(way: Way, response: ServerResponse, task: Record<string, unknown>): void {
  const text = JSON.stringify(task);
  const json = { 'content-type': 'application/json' };
  const half = text.slice(0, text.length / 2);
  switch (way) {
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    case 'empty':
      return void response.writeHead(200).end();
    case 'error_body':
      return error(response, 200, 'server_error');
    case 'types':
      return send(response, 200, { id: [task['id']], status: { completed: true }, progress: 'half', video_url: 7 });
    case 'truncated':
      return void response.writeHead(200, json).end(half);
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(text) });
      return void response.write(half, () => response.destroy());
    case 'drop':
      return void response.destroy();
    case 'hang':
      return;
    case 'drip':
      return dripInto(response.writeHead(200, json), text);
    case 'huge':
      return pourInto(response.writeHead(200, json), HUGE_BYTES);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function error(response: ServerResponse, status: number, code: string): void {
  send(response, status, {
    error: { message: `the fake says ${code}`, type: 'invalid_request_error', param: null, code },
  });
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
