/** The loop that delivers: claims what is due, tries it, and writes down what came of it. */

import type { PostOutcome } from '../../media/guard/post.ts';
import { cancelDelivery, claimDueDeliveries, concludeTry } from '../../store/deliveries.ts';
import type { Delivery, DeliveryEnd, Try } from '../../store/deliveries.ts';
import {
  disableEndpoint,
  ensureCallbackSecret,
  readCallbackSecret,
  readEnabledEndpoints,
} from '../../store/webhooks.ts';
import type { SigningSecrets } from '../../store/webhooks.ts';
import type { EngineContext } from '../engine-context.ts';
import { tellDeed } from '../watch.ts';
import { ownCallback } from './own-callback.ts';
import { nextTryMs, retryAfterMs } from './retry.ts';
import {
  callbackSecretContext,
  endpointSecretContext,
  openSecrets,
  SEND_BOUNDS,
  sendMessage,
  sendSigned,
} from './send.ts';
import { newWebhookSecret } from './sign.ts';
import { onDeliveryDue } from './wake-up.ts';

export type NotifierContext = Pick<
  EngineContext,
  'node' | 'db' | 'log' | 'secrets' | 'fetcher' | 'writeCallback' | 'watch'
>;

/** Times in milliseconds. */
export type NotifierLimits = {
  /** Tries under way in this process that are younger than `briskMs`: older ones wait for their receivers and hold up no others. */
  readonly concurrency: number;
  readonly briskMs: number;
  /** Tries under way in all, and towards one host. */
  readonly inAll: number;
  readonly perHost: number;
  /** Longest time between two looks. */
  readonly pollMs: number;
  readonly tryMs: number;
  /** Longer than a try and the writing down of it. */
  readonly leaseMs: number;
};

export const NOTIFIER_LIMITS: NotifierLimits = {
  concurrency: 32,
  briskMs: 250,
  inAll: 512,
  perHost: 4,
  pollMs: 500,
  tryMs: SEND_BOUNDS.tryMs,
  leaseMs: 25_000,
};
/** Free share of the brisk tries that is worth a look while others are under way. */
const WORTH_A_LOOK = 0.25;
/** After the database failed to answer the loop. */
const DATABASE_RETRY_MS = 1_000;
const STOP_GRACE_MS = 4_000;
const GONE = 410;

export type Notifier = {
  start(): void;
  /** Waits a little for tries under way; what does not end by then is tried again when its lease is over. */
  stop(): Promise<void>;
};

export function createNotifier(context: NotifierContext, limits: NotifierLimits = NOTIFIER_LIMITS): Notifier {
  const underWay = new Set<Promise<void>>();
  const byHost = new Map<string, number>();
  let brisk = 0;
  let stopping = false;
  let loop: Promise<void> = Promise.resolve();
  let alarm = Promise.withResolvers<void>();
  const wake = (): void => alarm.resolve();
  let stopListening = (): void => undefined;

  const count = (host: string, by: number): void => {
    const now = (byHost.get(host) ?? 0) + by;
    if (now === 0) byHost.delete(host);
    else byHost.set(host, now);
  };
  const track = (delivery: Delivery, sealed: SigningSecrets | null, claimedAtMs: number): void => {
    count(delivery.host, 1);
    brisk += 1;
    let isBrisk = true;
    const makeRoom = (): void => {
      if (isBrisk) brisk -= 1;
      isBrisk = false;
      wake();
    };
    const timer = setTimeout(makeRoom, limits.briskMs);
    const settled = deliver(context, limits, delivery, sealed, claimedAtMs)
      .catch((error: unknown) => {
        if (!stopping)
          context.log.warn({ delivery: delivery.id, error: String(error) }, 'a delivery could not be handled');
      })
      .finally(() => {
        clearTimeout(timer);
        count(delivery.host, -1);
        underWay.delete(settled);
        makeRoom();
      });
    underWay.add(settled);
  };

  /** How long to sleep. */
  const turn = async (): Promise<number> => {
    const room = Math.min(limits.concurrency - brisk, limits.inAll - underWay.size);
    // A look costs as much for one delivery as for many: while some are under way, room is let grow.
    if (room < (brisk === 0 ? 1 : limits.concurrency * WORTH_A_LOOK)) return limits.pollMs;
    const claimedAtMs = performance.now();
    const { node, db } = context;
    const { leaseMs, perHost } = limits;
    const claimed = await claimDueDeliveries(db, { node, leaseMs, perHost, limit: room, underWay: byHost });
    if (claimed.length === 0) return limits.pollMs;
    const sealed = await secretsFor(context, claimed);
    for (const delivery of claimed) track(delivery, sealed(delivery), claimedAtMs);
    return 0;
  };
  const run = async (): Promise<void> => {
    while (!stopping) {
      alarm = Promise.withResolvers<void>();
      const waitMs = await turn().catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'the notifier could not read its due deliveries');
        return DATABASE_RETRY_MS;
      });
      if (waitMs > 0) await pause(waitMs, alarm.promise);
    }
  };

  return {
    start: () => {
      stopListening = onDeliveryDue(wake);
      loop = run();
    },
    stop: async () => {
      stopping = true;
      stopListening();
      wake();
      await loop;
      await pause(
        STOP_GRACE_MS,
        Promise.all(underWay).then(() => undefined),
      );
    },
  };
}

/** The sealed secrets of each delivery; null where its endpoint was switched off. */
async function secretsFor(
  context: NotifierContext,
  claimed: readonly Delivery[],
): Promise<(delivery: Delivery) => SigningSecrets | null> {
  const { db } = context;
  const ids = new Set(claimed.flatMap(({ endpointId }) => (endpointId === null ? [] : [endpointId])));
  const endpoints = ids.size === 0 ? new Map<string, SigningSecrets>() : await readEnabledEndpoints(db, [...ids]);
  const callbacks = new Map<string, SigningSecrets>();
  for (const delivery of claimed) {
    const name = callbackSecretContext(delivery);
    if (delivery.endpointId !== null || callbacks.has(name)) continue;
    callbacks.set(name, await callbackSecret(context, delivery));
  }
  return (delivery) =>
    delivery.endpointId === null
      ? (callbacks.get(callbackSecretContext(delivery)) ?? null)
      : (endpoints.get(delivery.endpointId) ?? null);
}

/** Made on first use. */
export async function callbackSecret(
  { db, secrets }: Pick<NotifierContext, 'db' | 'secrets'>,
  owner: Pick<Delivery, 'accountId' | 'mode'>,
): Promise<SigningSecrets> {
  const known = await readCallbackSecret(db, owner);
  if (known !== null) return known;
  return ensureCallbackSecret(db, owner, secrets.seal(newWebhookSecret(), callbackSecretContext(owner)));
}

async function deliver(
  context: NotifierContext,
  limits: NotifierLimits,
  delivery: Delivery,
  sealed: SigningSecrets | null,
  claimedAtMs: number,
): Promise<void> {
  if (sealed === null) return cancelDelivery(context.db, delivery);
  // A process that was paused since the claim must not send what another may have taken over.
  if (performance.now() - claimedAtMs > limits.leaseMs - limits.tryMs) return;
  const startedMs = performance.now();
  const outcome = await attempt(context, delivery, sealed, limits.tryMs);
  if (outcome === null) return;
  const made = { ...tryOf(outcome), ms: Math.round(performance.now() - startedMs) };
  const end = endOf(delivery, outcome);
  const lagMs = Date.now() - delivery.createdAt.getTime();
  tellDeed(context, Date.now() - made.ms, {
    what: 'notify',
    jobId: delivery.jobId,
    outcome: end.state === 'pending' ? 'postponed' : end.state,
    facts: { try: delivery.attempts, ...(end.state === 'delivered' ? { lagMs } : {}) },
  });
  const { endpointId } = delivery;
  if (endpointId === null || !outcome.ok || outcome.status !== GONE) {
    await concludeTry(context.db, delivery, made, end);
    return;
  }
  await context.db.transaction(async (tx) => {
    if (await concludeTry(tx, delivery, made, end)) await disableEndpoint(tx, endpointId, 'gone');
  });
}

type Outcome = PostOutcome | { readonly ok: false; readonly reason: 'secret'; readonly message: string };

/** Null if the delivery was taken over before anything was sent. */
async function attempt(
  context: NotifierContext,
  delivery: Delivery,
  sealed: SigningSecrets,
  tryMs: number,
): Promise<Outcome | null> {
  const { endpointId, eventId, url, body } = delivery;
  const bound = endpointId === null ? callbackSecretContext(delivery) : endpointSecretContext(endpointId);
  let secrets: readonly string[];
  try {
    secrets = openSecrets(context.secrets, sealed, bound);
  } catch {
    return { ok: false, reason: 'secret', message: 'The signing secret cannot be opened: rotate it.' };
  }
  const nowMs = Date.now();
  const own = await ownCallback(context, delivery, secrets[0] ?? '', new Date(nowMs));
  switch (own.kind) {
    case 'lost':
      return null;
    case 'own':
      return sendSigned(context.fetcher, { url, body: own.body, headers: own.headers }, tryMs);
    case 'common':
      return sendMessage(context.fetcher, { eventId, url, body, secrets }, nowMs, tryMs);
  }
}

function tryOf(outcome: Outcome): Omit<Try, 'ms'> {
  if (!outcome.ok) return { status: null, error: outcome.message, response: null };
  const { status, answer } = outcome;
  const error = isSuccess(status) ? null : `The receiver answered with HTTP status ${status}.`;
  // PostgreSQL keeps no NUL in a text.
  return { status, error, response: answer.toString('utf8').replaceAll('\0', '\u{fffd}') };
}

function endOf(delivery: Delivery, outcome: Outcome): DeliveryEnd {
  if (outcome.ok && isSuccess(outcome.status)) return { state: 'delivered' };
  if (outcome.ok && outcome.status === GONE) return { state: 'failed' };
  const asked = outcome.ok ? retryAfterMs(outcome.status, outcome.retryAfter, Date.now()) : null;
  const dueInMs = nextTryMs(delivery.attempts, asked, Math.random());
  return dueInMs === null ? { state: 'failed' } : { state: 'pending', dueInMs };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Sleeps `ms`, or less if `until` resolves first. */
async function pause(ms: number, until: Promise<void>): Promise<void> {
  const rest = Promise.withResolvers<void>();
  const timer = setTimeout(rest.resolve, ms);
  try {
    await Promise.race([rest.promise, until]);
  } finally {
    clearTimeout(timer);
  }
}
