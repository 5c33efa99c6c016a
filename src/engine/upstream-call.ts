/** One call to a provider: its io, its deadline, the channel's pace, and what the answer says of the channel's health. */

import { createHttp } from '../providers/http.ts';
import { UpstreamBusy } from '../providers/provider.ts';
import type { Provider, ProviderIo } from '../providers/provider.ts';
import { taskMadeWith } from '../store/attempts.ts';
import type { Attempt } from '../store/attempts.ts';
import { readChannel } from '../store/channels.ts';
import type { Channel } from '../store/channels.ts';
import { credentialContext, readCredential } from '../store/credentials.ts';
import type { Credential } from '../store/credentials.ts';
import { spreadSeconds, takeTurn } from '../store/places.ts';
import { callbackUrl } from './callback-link.ts';
import type { EngineContext } from './engine-context.ts';
import { linkTo } from './file-link.ts';
import type { Outcome } from './health.ts';
import { fitAnswer, fitError } from './vendor-words.ts';

export type Target = { readonly channel: Channel; readonly provider: Provider; readonly credential: Credential };

/**
 * `hops`: the Reelgates that a submit came through, which the next one is told. `mayLack`: not every vendor of this kind has what is
 * asked for, and some answer with another page instead.
 */
type Call = Target & { readonly attemptToken: string; readonly hops?: number; readonly mayLack?: boolean };

/** How the result of a call counts for the health of its channel and credential; null: no call went out. */
export type Reading<T> = (result: T) => Outcome | null;

/** Vendors may fetch an input long after they were told of it. */
const INPUT_LINK_MS = 24 * 3_600_000;
/** Of a video that a vendor writes into its answer. */
const MAX_INLINE_BYTES = 1024 * 1024 * 1024;

/** Statuses of a vendor that is well, and has no such thing as it was asked for: a list, or a task. */
const HAS_NO_SUCH: readonly number[] = [404, 405, 501];

const LOOKED: Reading<unknown> = () => ({ kind: 'answered', by: 'look' });

/**
 * Asks the vendor about a task: runs `call` with an `io` that dies after `deadlineMs`; whatever `call` does, this settles by
 * then. Throws `UpstreamBusy` where the channel's requests of this minute are used up.
 */
export async function callProvider<T>(
  context: EngineContext,
  target: Call,
  deadlineMs: number,
  call: (io: ProviderIo) => Promise<T>,
): Promise<T> {
  const { channel } = target;
  if (!(await takeTurn(context.db, channel, 'look'))) {
    const waitMs = spreadSeconds(channel.requestsPerMinute ?? 1) * 1_000;
    throw new UpstreamBusy('the requests that the channel allows per minute are used up', Math.ceil(waitMs));
  }
  return callWithTurn(context, target, deadlineMs, call, LOOKED);
}

/** The same for a call whose turn was taken already, or that needs none. */
export async function callWithTurn<T>(
  context: EngineContext,
  target: Call,
  deadlineMs: number,
  call: (io: ProviderIo) => Promise<T>,
  read: Reading<T>,
): Promise<T> {
  // Not `AbortSignal.timeout`: that one keeps all it knows of the call until the deadline, however soon the answer comes.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  const own = ioOf(context, target, deadline.signal);
  let status: number | null = null;
  const http: ProviderIo['http'] = async (request) => {
    status = null;
    const response = await own.http(request);
    ({ status } = response);
    return response;
  };
  const io = { ...own, http };
  try {
    const result = await Promise.race([call(io), rejectOn(deadline.signal)]);
    report(context, target, read(result));
    return fitAnswer(result, io.credential);
  } catch (error) {
    report(context, target, thrown(error, status, target.mayLack === true));
    throw fitError(error, io.credential);
  } finally {
    clearTimeout(timer);
  }
}

function ioOf(
  context: EngineContext,
  { channel, provider, credential, attemptToken, hops }: Call,
  deadline: AbortSignal,
): ProviderIo {
  const baseUrl = channel.baseUrl ?? provider.baseUrl;
  return {
    http: createHttp(baseUrl, deadline, () => context.storage.writer({ maxBytes: MAX_INLINE_BYTES }), {
      connections: context.connections.of(channel.id),
      ...(hops === undefined ? {} : { hops }),
    }),
    baseUrl,
    credential: openedText(context, credential),
    now: () => new Date(),
    attemptToken,
    callbackUrl:
      context.publicUrl === null ? null : callbackUrl(context.secrets, context.publicUrl, channel.id, attemptToken),
    files: {
      path: async ({ sha256 }) => {
        const path = await context.storage.localPath(sha256);
        if (path === null) throw new Error('an input file is gone from storage');
        return path;
      },
      link: ({ assetId }) =>
        context.publicUrl === null
          ? null
          : linkTo(context.secrets, context.publicUrl, assetId, Date.now() + INPUT_LINK_MS),
    },
    taskOf: (jobId) => taskMadeWith(context.db, jobId, credential.id),
    signal: deadline,
  };
}

/** Gone with the credentials as they were read. To open one for each call takes a twentieth of the time that a create needs here. */
const opened = new WeakMap<Credential, string>();

function openedText({ secrets }: EngineContext, credential: Credential): string {
  const text = opened.get(credential) ?? secrets.open(credential.sealed, credentialContext(credential));
  opened.set(credential, text);
  return text;
}

function thrown(error: unknown, status: number | null, mayLack: boolean): Outcome {
  const isWell = status !== null && (HAS_NO_SUCH.includes(status) || (mayLack && status < 300));
  if (isWell) return { kind: 'answered', by: 'look' };
  return error instanceof UpstreamBusy
    ? { kind: 'failed', cause: 'rate_limited', retryAfterMs: error.retryAfterMs }
    : { kind: 'failed', cause: 'no_answer', retryAfterMs: null };
}

/** Failures that the request itself asked for say nothing of the channel. */
function report(context: EngineContext, { channel, provider, credential }: Target, outcome: Outcome | null): void {
  if (provider.refusalsAreFinal === true) return;
  const { health, log } = context;
  if (outcome === null) {
    health.abandon(channel.id, credential.id);
    return;
  }
  const rests = (): boolean[] => [
    health.standing('channel', channel.id).state === 'open',
    health.standing('credential', credential.id).state === 'open',
  ];
  const [channelRested, credentialRested] = rests();
  health.report(channel.id, credential.id, outcome);
  const [channelRests, credentialRests] = rests();
  if (channelRests === true && channelRested !== true) log.warn({ channel: channel.name, outcome }, 'a channel rests');
  if (credentialRests === true && credentialRested !== true)
    log.warn({ channel: channel.name, credential: credential.id, outcome }, 'a credential rests');
}

/**
 * The channel of an attempt with the credential the attempt began with, also where either is gone by now; null where this
 * build has no such provider.
 */
export async function channelOf(
  context: EngineContext,
  attempt: Pick<Attempt, 'channelId' | 'credentialId'>,
): Promise<Target | null> {
  const known = (await context.channels.now()).find((candidate) => candidate.id === attempt.channelId);
  const channel = known ?? (await readChannel(context.db, attempt.channelId));
  const provider = channel === null ? undefined : context.providers.get(channel.provider);
  if (channel === null || provider === undefined) return null;
  const inUse = channel.credentials.find(({ id }) => id === attempt.credentialId);
  const credential = inUse ?? (await readCredential(context.db, attempt.credentialId));
  return credential === null ? null : { channel, provider, credential };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('the call took longer than its deadline'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
