/** One call to a provider: its io, its deadline, and what a failure to answer means. */

import { createHttp } from '../providers/http.ts';
import type { Provider, ProviderIo } from '../providers/provider.ts';
import { readChannel } from '../store/channels.ts';
import type { Channel } from '../store/channels.ts';
import type { EngineContext } from './engine-context.ts';

/** Runs `call` with an `io` that dies after `deadlineMs`; whatever `call` does, this settles by then. */
export async function callProvider<T>(
  context: EngineContext,
  target: { readonly channel: Channel; readonly provider: Provider; readonly attemptToken: string },
  deadlineMs: number,
  call: (io: ProviderIo) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const { channel, provider } = target;
  const io: ProviderIo = {
    http: createHttp(channel.baseUrl ?? provider.baseUrl, deadline),
    credential: context.secrets.open(channel.credentialSealed, credentialContext(channel.id)),
    now: () => new Date(),
    attemptToken: target.attemptToken,
    callbackUrl: null,
    files: {
      path: async ({ sha256 }) => {
        const path = await context.storage.localPath(sha256);
        if (path === null) throw new Error('an input file is gone from storage');
        return path;
      },
    },
    signal: deadline,
  };
  return await Promise.race([call(io), rejectOn(deadline)]);
}

/** The channel and its provider, also of a deleted channel; null where this build has no such provider. */
export async function channelOf(
  context: EngineContext,
  channelId: string,
): Promise<{ channel: Channel; provider: Provider } | null> {
  const known = (await context.channels()).find((channel) => channel.id === channelId);
  const channel = known ?? (await readChannel(context.db, channelId));
  const provider = channel === null ? undefined : context.providers.get(channel.provider);
  return channel === null || provider === undefined ? null : { channel, provider };
}

/** What a channel's sealed credential is bound to. */
export function credentialContext(channelId: string): string {
  return `channel:${channelId}:credential`;
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('the call took longer than its deadline'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
