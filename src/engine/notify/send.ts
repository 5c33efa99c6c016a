/** One try to tell a receiver: signed at this moment and sent through the guard. */

import type { GuardedFetcher } from '../../media/guard/guarded-fetch.ts';
import type { PostOutcome } from '../../media/guard/post.ts';
import type { Secrets } from '../../secrets.ts';
import type { Owner, SigningSecrets } from '../../store/webhooks.ts';
import { webhookHeaders } from './sign.ts';

export const SEND_BOUNDS = {
  /** One try altogether. */
  tryMs: 10_000,
  /** Kept of an answer. */
  answerBytes: 4_096,
} as const;

export type Message = {
  readonly eventId: string;
  readonly url: string;
  readonly body: string;
  /** The current secret, then the one it replaced lately. */
  readonly secrets: readonly string[];
};

/** Rejects only when the fetcher is closed. */
export function sendMessage(
  fetcher: GuardedFetcher,
  message: Message,
  nowMs: number,
  tryMs: number = SEND_BOUNDS.tryMs,
): Promise<PostOutcome> {
  const { eventId: id, url, body, secrets } = message;
  const headers = webhookHeaders({ id, timestamp: Math.floor(nowMs / 1000), body }, secrets);
  return sendSigned(fetcher, { url, body, headers }, tryMs);
}

/** The same of what is signed already. */
export function sendSigned(
  fetcher: GuardedFetcher,
  { url, body, headers }: { url: string; body: string; headers: Readonly<Record<string, string>> },
  tryMs: number,
): Promise<PostOutcome> {
  return fetcher.post(url, { headers, body, deadlineMs: tryMs, maxAnswerBytes: SEND_BOUNDS.answerBytes });
}

/** What a sealed secret of an endpoint is bound to. */
export function endpointSecretContext(endpointId: string): string {
  return `webhook_endpoint:${endpointId}:secret`;
}

/** The same of the secret that signs an owner's callbacks. */
export function callbackSecretContext(owner: Owner): string {
  return `callback_secret:${owner.accountId}:${owner.mode}:secret`;
}

/** Throws if one was sealed under another `REELGATE_SECRET`. */
export function openSecrets(secrets: Secrets, sealed: SigningSecrets, context: string): readonly string[] {
  const { secretSealed, previousSealed } = sealed;
  return [secretSealed, ...(previousSealed === null ? [] : [previousSealed])].map((one) => secrets.open(one, context));
}
