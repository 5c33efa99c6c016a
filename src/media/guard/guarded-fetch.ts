// Fetches what a user-given URL points at without letting the URL reach anything private; the only caller of undici for such URLs.

import type { Socket } from 'node:net';

import { Client } from 'undici';
import type { Dispatcher } from 'undici';

import { addressBytes } from './address-table.ts';
import { allowsHost } from './fetch-allow.ts';
import { abortable, FetchRefusal, networkErrorCode } from './fetch-refusal.ts';
import type { FetchFailureReason } from './fetch-refusal.ts';
import { openPinnedSocket } from './pinned-socket.ts';
import { readAnswer } from './post.ts';
import type { PostOptions, PostOutcome } from './post.ts';
import { rangeHeaders, receive, SinkError } from './receive.ts';
import type { FetchOptions } from './receive.ts';
import { createPublicResolver, resolveLikeTheMachine } from './resolve-host.ts';
import type { ResolveHost } from './resolve-host.ts';
import { judgeUrl, mayConnect } from './url-rules.ts';
import type { FetchAllow, FetchTarget, UrlRules } from './url-rules.ts';

export type FetchFailure = {
  ok: false;
  reason: FetchFailureReason;
  /** A sentence for the client; never reveals internal addresses or response bodies. */
  message: string;
};

export type FetchOutcome =
  | { ok: true; finalUrl: string; /** As declared by the server: a hint. */ contentType: string | null; bytes: number }
  | FetchFailure;

export type GuardedFetcher = {
  /** Rejects only with what the sink throws, or when the fetcher is closed; every other failure is an outcome. */
  fetch(url: string, options: FetchOptions): Promise<FetchOutcome>;
  /** Sends a body and gives whatever status came back; a redirect is not followed. Rejects only when the fetcher is closed. */
  post(url: string, options: PostOptions): Promise<PostOutcome>;
  /** Judges the URL and its resolved addresses without connecting: for URLs that somebody else will fetch. */
  check(url: string, options: { deadlineMs: number }): Promise<{ ok: true } | FetchFailure>;
  /** Abandons running fetches (they reject) and waits for them to end. */
  close(): Promise<void>;
};

export const FETCH_LIMITS = {
  maxRedirects: 3,
  /** Different addresses of one host tried when it does not accept a connection. */
  maxConnectAttempts: 3,
  connectTimeoutMs: 5_000,
  /** From the request to the end of the response headers. */
  headersTimeoutMs: 5_000,
  maxHeaderBytes: 16_384,
} as const;

export type FetchLimits = { readonly [name in keyof typeof FETCH_LIMITS]: number };

export type GuardedFetcherOptions = {
  readonly allow: FetchAllow;
  /** Plain http towards public hosts. Default true. */
  readonly allowHttp?: boolean;
  /** Replaces both of the built-in resolvers. */
  readonly resolve?: ResolveHost;
  /** PEM certificates trusted instead of the built-in ones. */
  readonly certificateAuthorities?: readonly string[];
  readonly limits?: Partial<FetchLimits>;
};

type Settings = {
  readonly rules: UrlRules;
  readonly resolvePublic: ResolveHost;
  readonly resolveAllowed: ResolveHost;
  readonly certificateAuthorities: readonly string[] | null;
  readonly limits: FetchLimits;
};

type Exchange = {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Instead of the usual limit. */
  readonly headersTimeoutMs?: number;
};

/** What undici and TLS sockets report when a certificate does not hold. */
const CERTIFICATE_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

export function createGuardedFetcher(options: GuardedFetcherOptions): GuardedFetcher {
  const settings: Settings = {
    rules: { allow: options.allow, allowHttp: options.allowHttp ?? true },
    resolvePublic: options.resolve ?? createPublicResolver(null),
    resolveAllowed: options.resolve ?? resolveLikeTheMachine,
    certificateAuthorities: options.certificateAuthorities ?? null,
    limits: { ...FETCH_LIMITS, ...options.limits },
  };
  const running = new Map<AbortController, Promise<unknown>>();
  let closed: Error | null = null;

  async function run<T>(
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
    given?: AbortSignal,
  ): Promise<T | FetchFailure> {
    if (closed !== null) throw closed;
    const controller = new AbortController();
    const timeout = new FetchRefusal('timeout', 'The URL could not be fetched within the time allowed.');
    const giveUp = (): void => controller.abort(timeout);
    const timer = setTimeout(giveUp, deadlineMs);
    given?.addEventListener('abort', giveUp, { once: true });
    if (given?.aborted === true) giveUp();
    const outcome = settle(work(controller.signal), controller.signal);
    running.set(controller, outcome);
    try {
      return await outcome;
    } finally {
      clearTimeout(timer);
      given?.removeEventListener('abort', giveUp);
      running.delete(controller);
    }
  }

  return {
    fetch: (url, fetchOptions) =>
      run(
        fetchOptions.deadlineMs,
        (signal) => follow(url, fetchOptions, widened(settings, fetchOptions.alsoAllow), signal),
        fetchOptions.signal,
      ),
    post: (url, postOptions) => run(postOptions.deadlineMs, (signal) => send(url, postOptions, settings, signal)),
    check: (url, { deadlineMs }) =>
      run(deadlineMs, async (signal) => {
        await judgeAddresses(judged(url, settings), settings, signal);
        return { ok: true };
      }),
    async close() {
      closed ??= new Error('The guarded fetcher is closed.');
      const ending = [...running.values()];
      for (const controller of running.keys()) controller.abort(closed);
      await Promise.allSettled(ending);
    },
  };
}

/** Turns a refusal into an outcome; the sink's error, a closed fetcher and bugs reject. */
async function settle<T>(work: Promise<T>, signal: AbortSignal): Promise<T | FetchFailure> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SinkError) throw error.cause;
    const cause: unknown = signal.aborted ? signal.reason : error;
    if (!(cause instanceof FetchRefusal)) throw cause;
    return { ok: false, reason: cause.reason, message: cause.message };
  }
}

async function follow(
  url: string,
  options: FetchOptions,
  settings: Settings,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  const first = judged(url, settings);
  let target = first;
  for (let hop = 0; hop <= settings.limits.maxRedirects; hop += 1) {
    const addresses = await judgeAddresses(target, settings, signal);
    const own = isSameOrigin(target, first) ? options.headers : {};
    const headers = { accept: options.accept ?? '*/*', ...own, ...rangeHeaders(options) };
    const exchange = { method: 'GET', headers };
    const result = await withResponse(target, addresses, exchange, settings, signal, (response) =>
      receive(response, options, signal),
    );
    if (!('location' in result)) return { ok: true, finalUrl: target.href, ...result };
    target = redirected(target, result.location, settings);
  }
  throw new FetchRefusal('too_many_redirects', `The URL redirects more than ${settings.limits.maxRedirects} times.`);
}

function isSameOrigin(one: FetchTarget, other: FetchTarget): boolean {
  return one.hostname === other.hostname && one.port === other.port && one.secure === other.secure;
}

async function send(url: string, options: PostOptions, settings: Settings, signal: AbortSignal): Promise<PostOutcome> {
  const target = judged(url, settings);
  const addresses = await judgeAddresses(target, settings, signal);
  const { headers, body, deadlineMs, maxAnswerBytes } = options;
  const exchange = { method: 'POST', headers, body, headersTimeoutMs: deadlineMs } as const;
  return withResponse(target, addresses, exchange, settings, signal, (response) =>
    readAnswer(response, maxAnswerBytes),
  );
}

function widened(settings: Settings, also: FetchAllow | undefined): Settings {
  if (also === undefined) return settings;
  const { allow } = settings.rules;
  const both = { hosts: [...allow.hosts, ...also.hosts], networks: [...allow.networks, ...also.networks] };
  return { ...settings, rules: { ...settings.rules, allow: both } };
}

function judged(url: string, settings: Settings): FetchTarget {
  const verdict = judgeUrl(url, settings.rules);
  if (!verdict.ok) throw new FetchRefusal(verdict.reason, verdict.message);
  return verdict.target;
}

function redirected(from: FetchTarget, location: string, settings: Settings): FetchTarget {
  const next = URL.parse(location, from.href);
  const verdict = next === null ? null : judgeUrl(next.href, settings.rules);
  if (verdict === null || !verdict.ok || (from.secure && !verdict.target.secure)) {
    throw new FetchRefusal('url_not_allowed', 'The URL redirects to a place that may not be fetched.');
  }
  return verdict.target;
}

/** Resolves the target once and judges every answer; returns the addresses to try, in order. */
async function judgeAddresses(
  target: FetchTarget,
  settings: Settings,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answers = target.isAddress ? [target.hostname] : await resolveOnce(target, settings, signal);
  if (!answers.every((answer) => mayConnect(target, answer, settings.rules))) {
    throw new FetchRefusal('url_not_allowed', 'The host of the URL is not on the public internet.');
  }
  const ipv4 = answers.filter((answer) => addressBytes(answer)?.length === 4);
  const ipv6 = answers.filter((answer) => addressBytes(answer)?.length === 16);
  // One of the other family comes second, for machines that have only one of the two.
  const ordered = [...ipv4.slice(0, 1), ...ipv6.slice(0, 1), ...ipv4.slice(1), ...ipv6.slice(1)];
  return ordered.slice(0, settings.limits.maxConnectAttempts);
}

async function resolveOnce(target: FetchTarget, settings: Settings, signal: AbortSignal): Promise<readonly string[]> {
  const isListed = allowsHost(settings.rules.allow, target.hostname, target.port);
  const resolve = isListed ? settings.resolveAllowed : settings.resolvePublic;
  try {
    const answers = await abortable(resolve(target.hostname), signal);
    if (answers.length > 0) return answers;
  } catch {
    signal.throwIfAborted();
  }
  throw new FetchRefusal('unresolvable', 'The host name of the URL could not be resolved.');
}

/**
 * One request on one connection of its own to one of the judged addresses; the connection is gone when this settles.
 * `use` gets the response as soon as its headers are complete.
 */
async function withResponse<T>(
  target: FetchTarget,
  addresses: readonly string[],
  exchange: Exchange,
  settings: Settings,
  signal: AbortSignal,
  use: (response: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  const socket = await connectFirst(target, addresses, settings, signal);
  const client = new Client(target.origin, {
    connect: handOver(socket),
    maxHeaderSize: settings.limits.maxHeaderBytes,
    // Both are ours: undici's timers are coarse, and its body timer only sees idleness.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  const hop = new AbortController();
  const onAbort = (): void => hop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const slow = new FetchRefusal('timeout', 'The host did not answer in time.');
  const timer = setTimeout(() => hop.abort(slow), exchange.headersTimeoutMs ?? settings.limits.headersTimeoutMs);
  try {
    const response = await client.request({
      method: exchange.method,
      path: target.path,
      headers: { 'user-agent': 'reelgate', via: '1.1 reelgate', ...exchange.headers, 'accept-encoding': 'identity' },
      body: exchange.body ?? null,
      signal: hop.signal,
      reset: true,
    });
    clearTimeout(timer);
    // A body that nobody reads to its end reports the destroyed connection here.
    response.body.on('error', () => {});
    return await use(response);
  } catch (error) {
    throw hop.signal.aborted ? hop.signal.reason : asRefusal(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await client.destroy();
    socket.destroy();
  }
}

async function connectFirst(
  target: FetchTarget,
  addresses: readonly string[],
  settings: Settings,
  signal: AbortSignal,
): Promise<Socket> {
  let failure: unknown = new FetchRefusal('unreachable', 'The host of the URL could not be reached.');
  for (const address of addresses) {
    const attempt = new AbortController();
    const slow = new FetchRefusal('unreachable', 'The host of the URL did not accept a connection in time.');
    const timer = setTimeout(() => attempt.abort(slow), settings.limits.connectTimeoutMs);
    try {
      return await openPinnedSocket(target, address, {
        signal: AbortSignal.any([signal, attempt.signal]),
        certificateAuthorities: settings.certificateAuthorities,
      });
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    } finally {
      clearTimeout(timer);
    }
  }
  throw asRefusal(failure);
}

/** A connector that hands over the one socket we opened, and refuses to make undici another. */
function handOver(socket: Socket): NonNullable<Client.Options['connect']> {
  let isTaken = false;
  return (_options, callback) => {
    const isFirst = !isTaken;
    isTaken = true;
    // undici loses a request whose connector answers before it returns.
    queueMicrotask(() => {
      if (isFirst) callback(null, socket);
      else callback(new FetchRefusal('unreachable', 'The host closed the connection.'), null);
    });
  };
}

function asRefusal(error: unknown): unknown {
  if (error instanceof FetchRefusal || error instanceof SinkError) return error;
  const code = networkErrorCode(error);
  if (code === null) return error;
  if (CERTIFICATE_CODE.test(code)) {
    return new FetchRefusal('unreachable', 'The TLS connection to the host of the URL could not be verified.');
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new FetchRefusal('unreachable', 'The host answered with headers that are too large.');
  }
  return new FetchRefusal('unreachable', 'The host of the URL could not be reached, or broke off its answer.');
}
