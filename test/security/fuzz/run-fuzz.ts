/** Sends the requests of a seed to a server and notes what must never be: an answer of 500 and more, and a broken connection. */

import { Agent, request } from 'node:http';

import { requestOf } from './requests.ts';
import type { FuzzRequest } from './requests.ts';

export type Target = { readonly url: string; readonly key: string; readonly jobIds: readonly string[] };
export type FuzzOrder = { readonly seed: number; readonly from: number; readonly requests: number };

export type FuzzFault = { readonly number: number; readonly route: string; readonly what: string };
export type FuzzReport = {
  readonly statuses: ReadonlyMap<number, number>;
  readonly routes: number;
  readonly slowestMs: number;
  /** The first ones. */
  readonly faults: readonly FuzzFault[];
  /** The first ones that were left waiting. */
  readonly left: readonly FuzzFault[];
};

const CONNECTIONS = 16;
const MAX_FAULTS = 20;
const SERVER_ERROR = 500;
/** Answers that wait are left alone after this long. */
const PATIENCE_MS = 3_000;
const MAX_SHOWN_CHARS = 600;

type Outcome = { readonly status: number; readonly text: string };

/** `onProgress` hears how many were sent, now and then. */
export async function runFuzz(
  target: Target,
  { seed, from, requests }: FuzzOrder,
  onProgress: (sent: number) => Promise<void> | void = () => undefined,
): Promise<FuzzReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const statuses = new Map<number, number>();
  const routes = new Set<string>();
  const faults: FuzzFault[] = [];
  const left: FuzzFault[] = [];
  const step = Math.max(1, Math.floor(requests / 10));
  let next = from;
  let slowestMs = 0;

  async function work(): Promise<void> {
    while (next < from + requests && faults.length < MAX_FAULTS) {
      const number = next;
      next += 1;
      const made = requestOf(seed, number);
      routes.add(made.route);
      const startedMs = performance.now();
      const outcome = await send(agent, target, made, number);
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      const isFault = outcome.status === BROKEN || outcome.status >= SERVER_ERROR;
      if (outcome.status === LEFT) left.push({ number, route: made.route, what: 'no answer in time' });
      if (isFault) faults.push({ number, route: made.route, what: `${outcome.status} ${outcome.text}` });
      if ((number - from + 1) % step === 0) await onProgress(number - from + 1);
    }
  }

  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  agent.destroy();
  return {
    statuses,
    routes: routes.size,
    slowestMs,
    faults: faults.slice(0, MAX_FAULTS),
    left: left.slice(0, MAX_FAULTS),
  };
}

/** Statuses of requests that got no whole answer: left alone on purpose, or broken off by the server. */
const LEFT = 0;
const BROKEN = -1;

function send(agent: Agent, target: Target, made: FuzzRequest, number: number): Promise<Outcome> {
  const filled = (text: string): string =>
    text.replaceAll('{id}', target.jobIds[number % target.jobIds.length] ?? '').replaceAll('{key}', target.key);
  const headers = Object.fromEntries(Object.entries(made.headers).map(([name, value]) => [name, filled(value)]));
  const body = made.body === null ? null : Buffer.from(filled(made.body.toString('latin1')), 'latin1');
  const length = body === null ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve) => {
    const { hostname, port } = new URL(target.url);
    const options = {
      agent,
      hostname,
      port,
      method: made.method,
      path: filled(made.path),
      headers: { ...headers, ...length },
    };
    const asking = request(options, (response) => {
      const status = response.statusCode ?? BROKEN;
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        resolve({ status, text: 'a stream' });
        response.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({ status, text: Buffer.concat(chunks).toString('utf8').slice(0, MAX_SHOWN_CHARS) }),
      );
    });
    asking.setTimeout(PATIENCE_MS, () => {
      resolve({ status: LEFT, text: '' });
      asking.destroy();
    });
    asking.on('error', (error) => resolve({ status: BROKEN, text: String(error) }));
    asking.end(body ?? undefined);
  });
}
