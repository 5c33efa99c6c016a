/**
 * A vendor that speaks OpenAI's `/v1/videos`, in a process of its own so that its work is not ours. It keeps books of when each
 * task ended by its own clock, and of every look at it. Its addresses stand for several vendors, one of which may hang.
 */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { callbackUrl } from '../src/engine/callback-link.ts';
import { createSecrets } from '../src/secrets.ts';

/** Where the server under test takes callbacks, and what its addresses are signed with. */
export type Callbacks = { readonly publicUrl: string; readonly secret: string; readonly channelIds: readonly string[] };

export type VendorOrder =
  | { readonly kind: 'open'; readonly addresses: number; readonly videoPath: string }
  /** From now on: tasks take `workMs`, give or take the share `spread`; the address `hanging` answers no look. The books are new. */
  | {
      readonly kind: 'work';
      readonly workMs: number;
      readonly spread: number;
      readonly hanging: number | null;
      readonly callbacks: Callbacks | null;
      /** The share of requests that are answered wrongly, too late or not at all; none by default. */
      readonly faults?: number;
    }
  | { readonly kind: 'hang'; readonly address: number }
  | { readonly kind: 'books' };

export type BookedTask = {
  readonly id: string;
  readonly address: number;
  readonly endMs: number;
  readonly looks: number;
};

type Task = BookedTask & { readonly address: number; looks: number };
type Work = Extract<VendorOrder, { kind: 'work' }>;

const IDLE: Work = { kind: 'work', workMs: 3_600_000, spread: 0, hanging: null, callbacks: null };
/** Spreads the numbers 0, 1, 2 … evenly over 0 to 1, and always the same way. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

const tasks = new Map<string, Task>();
let round: Task[] = [];
let made = 0;
let work = IDLE;
let hanging: number | null = null;
let video = Buffer.alloc(0);

process.on('disconnect', () => process.exit());
process.on('message', (order) => void follow(order as VendorOrder));

async function follow(order: VendorOrder): Promise<void> {
  switch (order.kind) {
    case 'open':
      video = await readFile(order.videoPath);
      process.send?.(await Promise.all(Array.from({ length: order.addresses }, (_, address) => listen(address))));
      break;
    case 'work':
      work = order;
      hanging = order.hanging;
      round = [];
      process.send?.('ok');
      break;
    case 'hang':
      hanging = order.address;
      process.send?.('ok');
      break;
    case 'books':
      process.send?.(round);
      break;
  }
}

/** Its base URL. */
async function listen(address: number): Promise<string> {
  const server = createServer((request, response) => void answer(address, request, response));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(address: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = (request.url ?? '').split('/').at(-1) ?? '';
  if (Math.random() < (work.faults ?? 0)) return spoil(request, response);
  if (request.method === 'POST') {
    for await (const _chunk of request) continue;
    return send(response, begin(address, String(request.headers['idempotency-key'] ?? '')), request.headers.host ?? '');
  }
  if (name === 'videos') return void response.writeHead(404).end();
  if (name.endsWith('.mp4')) return void response.writeHead(200, { 'content-type': 'video/mp4' }).end(video);
  const task = tasks.get(name);
  if (task !== undefined) task.looks += 1;
  if (hanging === address) return;
  // A task that was never submitted here is one that goes on for ever: jobs in flight can be made without a submit.
  send(response, task ?? { id: name, address, endMs: Infinity, looks: 1 }, request.headers.host ?? '');
}

/** In one way or another, before anything was done. */
function spoil(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const way = FAULTS[Math.floor(Math.random() * FAULTS.length)];
  way?.(response);
}

const FAULTS: readonly ((response: ServerResponse) => void)[] = [
  (response) =>
    response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"server_error"}}'),
  (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
  (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>a proxy</h1>'),
  (response) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).end('{"id":'),
  (response) => response.destroy(),
];

function begin(address: number, attemptId: string): Task {
  made += 1;
  const share = 1 + work.spread * (2 * ((made * GOLDEN_RATIO) % 1) - 1);
  const task = { id: `task_${made}`, address, endMs: Date.now() + work.workMs * share, looks: 0 };
  tasks.set(task.id, task);
  round.push(task);
  const { callbacks } = work;
  if (callbacks !== null) setTimeout(() => void callBack(callbacks, address, attemptId), task.endMs - Date.now());
  return task;
}

async function callBack(
  { publicUrl, secret, channelIds }: Callbacks,
  address: number,
  attemptId: string,
): Promise<void> {
  const url = callbackUrl(createSecrets(secret), publicUrl, channelIds[address] ?? '', attemptId);
  await globalThis.fetch(url, { method: 'POST', body: '{}' });
}

function send(response: ServerResponse, task: Task, host: string): void {
  const isDone = Date.now() >= task.endMs;
  const body = {
    id: task.id,
    object: 'video',
    status: isDone ? 'completed' : 'in_progress',
    progress: isDone ? 100 : 50,
    seconds: '4',
    video_url: isDone ? `http://${host}/files/${task.id}.mp4` : null,
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
