/**
 * A vendor that speaks OpenAI's `/v1/videos` and keeps books of its own: what it accepted is what it would bill. Written from
 * the wire reference, not from our adapter. Faults ride in prompts as `{{fault}}`, or come at a given rate from a seed.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SUBMIT_FAULTS = [
  'refuse_400',
  'refuse_429',
  'error_before',
  'error_after',
  'drop_after',
  'hang_after',
  'html_after',
] as const;
export const CHECK_FAULTS = ['check_500', 'check_html', 'check_404', 'check_word', 'check_drop', 'check_hang'] as const;

export type VendorTask = {
  readonly id: string;
  readonly prompt: string;
  readonly model: string;
  readonly seconds: string;
  readonly size: string;
  readonly token: string | null;
  readonly createdMs: number;
  checks: number;
};

export type FakeVendor = {
  readonly url: string;
  /** Every task that was accepted, in order: the final oracle. */
  readonly books: readonly VendorTask[];
  close(): Promise<void>;
};

export type FakeVendorOptions = {
  readonly video: Buffer;
  readonly key: string;
  /** How long a task takes. */
  readonly workMs?: number;
  /** Share of submits and of checks that meet a fault, drawn from `seed`. */
  readonly faultRate?: number;
  readonly seed?: number;
  /** The first so many checks of a task meet the fault its prompt names. */
  readonly faultyChecks?: number;
};

export async function startFakeVendor(options: FakeVendorOptions): Promise<FakeVendor> {
  const books: VendorTask[] = [];
  const chance = seeded(options.seed ?? 1);
  const hanging = new Set<ServerResponse>();
  /** Prompts that were refused once as too many: the next time they are taken. */
  const putOff = new Set<string>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', url).pathname;
    if (path.startsWith('/files/'))
      return void response.writeHead(200, { 'content-type': 'video/mp4' }).end(options.video);
    if (request.headers.authorization !== `Bearer ${options.key}`) return error(response, 401, 'invalid_api_key');
    if (request.method === 'POST' && path === '/v1/videos') return create(request, response, await bodyOf(request));
    if (request.method === 'GET' && path === '/v1/videos') return list(response);
    const task = books.find((candidate) => path === `/v1/videos/${candidate.id}`);
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
    };
    books.push(task);
    if (fault === 'error_after') return error(response, 502, 'server_error');
    if (fault === 'html_after')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>proxy</h1>');
    if (fault === 'drop_after') return void response.destroy();
    if (fault === 'hang_after') return void hanging.add(response);
    send(response, 200, videoOf(task));
  }

  function show(response: ServerResponse, task: VendorTask): void {
    task.checks += 1;
    const named = task.checks <= (options.faultyChecks ?? 3) ? faultOf(task.prompt, CHECK_FAULTS) : null;
    switch (named) {
      case 'check_500':
        return error(response, 500, 'server_error');
      case 'check_404':
        return error(response, 404, 'not_found');
      case 'check_html':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>proxy</h1>');
      case 'check_word':
        return send(response, 200, { ...videoOf(task), status: 'dreaming' });
      case 'check_drop':
        return void response.destroy();
      case 'check_hang':
        return void hanging.add(response);
      default:
        return send(response, 200, videoOf(task));
    }
  }

  function list(response: ServerResponse): void {
    const data = books.slice(-100).toReversed().map(videoOf);
    send(response, 200, {
      object: 'list',
      data,
      first_id: data[0]?.['id'] ?? null,
      last_id: data.at(-1)?.['id'] ?? null,
      has_more: false,
    });
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
    close: async () => {
      for (const response of hanging) response.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
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
