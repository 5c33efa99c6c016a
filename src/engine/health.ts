/** Whether a channel or a credential is worth calling, learned from the calls themselves: a circuit breaker. Pure but for its book. */

import type { FailureKind } from '../model/failure.ts';

/** What a call said of the one that was called. */
export type Outcome =
  /** Any word of the vendor about the job itself, be it a refusal. A submit proves more than a look at a task. */
  | { readonly kind: 'answered'; readonly by: 'submit' | 'look' }
  | { readonly kind: 'failed'; readonly cause: Cause; readonly retryAfterMs: number | null };

export type Cause = FailureKind | 'no_answer';
export type Subject = 'channel' | 'credential';

/** `count`: too many in a row, or too large a share, open the breaker. `open`: one does. */
type Effect = {
  readonly channel: 'count' | null;
  readonly credential: 'count' | 'open';
  /** How long it stays open the first time, and at most; it doubles each time until an answer comes. */
  readonly firstMs: number;
  readonly longestMs: number;
};

const TROUBLE = { channel: 'count', credential: 'count', firstMs: 5_000, longestMs: 300_000 } as const;

/** Kinds that are not here are about the request: for the channel's health they are answers. */
const EFFECTS: Readonly<Partial<Record<Cause, Effect>>> = {
  no_answer: TROUBLE,
  upstream_unavailable: TROUBLE,
  upstream_protocol: TROUBLE,
  upstream_credential: { channel: null, credential: 'open', firstMs: 60_000, longestMs: 1_800_000 },
  rate_limited: { channel: null, credential: 'open', firstMs: 2_000, longestMs: 60_000 },
};

const FAILURES_IN_ROW = 5;
/** Of many calls, a row is so long: a few failures come together by chance, and a vendor that is down fills it in a second. */
const ROW_SHARE = 0.01;
/** The share counts over the last one to two of these. */
const SHARE_PERIOD_MS = 30_000;
const MIN_CALLS_FOR_SHARE = 20;
const MAX_BAD_SHARE = 0.5;
/** A probe that reports nothing by then is given up, and another may go. */
const PROBE_MS = 60_000;
/** The longest that a vendor's own word keeps a credential unused. */
const MAX_RETRY_AFTER_MS = 600_000;
/** Channels and credentials remembered; the one unheard of for longest is forgotten. */
const MAX_REMEMBERED = 10_000;

type Period = { readonly fromMs: number; readonly calls: number; readonly bad: number };

export type Breaker = {
  readonly state: 'closed' | 'open' | 'half_open';
  readonly failuresInRow: number;
  /** The period under way and the one before. */
  readonly now: Period;
  readonly before: Period;
  /** Times it opened since the last answer. */
  readonly openings: number;
  /** Open: when a probe may go. Half open: when the probe under way is given up. */
  readonly untilMs: number;
  readonly cause: Cause | null;
};

const NO_CALLS: Period = { fromMs: 0, calls: 0, bad: 0 };

export const CLOSED: Breaker = {
  state: 'closed',
  failuresInRow: 0,
  now: NO_CALLS,
  before: NO_CALLS,
  openings: 0,
  untilMs: 0,
  cause: null,
};

/** Half open, one call at a time may find out. */
export function mayCall(breaker: Breaker, nowMs: number): boolean {
  return breaker.state === 'closed' || nowMs >= breaker.untilMs;
}

/** A submit is about to go out. */
export function afterCall(breaker: Breaker, nowMs: number): Breaker {
  return breaker.state === 'closed' ? breaker : { ...breaker, state: 'half_open', untilMs: nowMs + PROBE_MS };
}

/** The call did not go out after all. */
export function afterNoCall(breaker: Breaker, nowMs: number): Breaker {
  return breaker.state === 'half_open' ? { ...breaker, state: 'open', untilMs: nowMs } : breaker;
}

export function afterOutcome(breaker: Breaker, subject: Subject, outcome: Outcome, nowMs: number): Breaker {
  if (outcome.kind === 'answered') return afterAnswer(counted(breaker, false, nowMs), outcome.by);
  const effect = EFFECTS[outcome.cause];
  const reaction = effect?.[subject] ?? null;
  if (effect === undefined || reaction === null) return afterAnswer(counted(breaker, false, nowMs), 'submit');
  const next = { ...counted(breaker, true, nowMs), failuresInRow: breaker.failuresInRow + 1 };
  // What was under way when it opened says nothing new, but the vendor's own time does.
  const isLate = breaker.state === 'open' && nowMs < breaker.untilMs;
  if (reaction === 'count' && (isLate || (breaker.state === 'closed' && !isTooBad(next)))) return next;
  if (reaction === 'count' && restsForItself(breaker) && !isTooBad(next)) return afterOtherTrouble(next, nowMs);
  const openings = isLate ? breaker.openings : breaker.openings + 1;
  const growing = Math.min(effect.longestMs, effect.firstMs * 2 ** Math.min(openings - 1, 20));
  const asked = Math.min(MAX_RETRY_AFTER_MS, outcome.retryAfterMs ?? 0);
  const untilMs = Math.max(isLate ? breaker.untilMs : 0, nowMs + (asked > 0 ? asked : growing));
  return { ...next, state: 'open', openings, untilMs, cause: outcome.cause };
}

/** From 0 to 1; 1 where too little is known. */
export function goodShare({ now, before }: Breaker): number {
  const calls = now.calls + before.calls;
  return calls === 0 ? 1 : 1 - (now.bad + before.bad) / calls;
}

/** A task that is found says nothing of whether new ones are taken. */
function afterAnswer(breaker: Breaker, by: 'submit' | 'look'): Breaker {
  if (by === 'look' && restsForItself(breaker)) return { ...breaker, failuresInRow: 0 };
  if (breaker.state === 'closed') return { ...breaker, failuresInRow: 0, openings: 0, cause: null };
  return CLOSED;
}

/** A credential that was refused, or used too often, while its vendor works. */
function restsForItself({ state, cause }: Breaker): boolean {
  return state !== 'closed' && EFFECTS[cause ?? 'no_answer']?.channel !== 'count';
}

/** Some other call that came to nothing does not make it rest longer; a probe that did has to be sent again. */
function afterOtherTrouble(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state === 'open') return breaker;
  const restMs = EFFECTS[breaker.cause ?? 'no_answer']?.firstMs ?? TROUBLE.firstMs;
  return { ...breaker, state: 'open', untilMs: nowMs + restMs };
}

function counted(breaker: Breaker, isBad: boolean, nowMs: number): Breaker {
  const { now, before } = periodsAt(breaker, nowMs);
  return { ...breaker, before, now: { ...now, calls: now.calls + 1, bad: now.bad + (isBad ? 1 : 0) } };
}

function periodsAt({ now, before }: Breaker, nowMs: number): Pick<Breaker, 'now' | 'before'> {
  const passedMs = nowMs - now.fromMs;
  if (passedMs < SHARE_PERIOD_MS) return { now, before };
  const fresh = { fromMs: nowMs, calls: 0, bad: 0 };
  return { now: fresh, before: passedMs < 2 * SHARE_PERIOD_MS ? now : NO_CALLS };
}

function isTooBad(breaker: Breaker): boolean {
  const calls = breaker.now.calls + breaker.before.calls;
  const isShareBad = calls >= MIN_CALLS_FOR_SHARE && 1 - goodShare(breaker) >= MAX_BAD_SHARE;
  return breaker.failuresInRow >= Math.max(FAILURES_IN_ROW, calls * ROW_SHARE) || isShareBad;
}

/** How a channel or credential is doing, as this node has seen it. */
export type Standing = {
  readonly state: Breaker['state'];
  readonly callable: boolean;
  readonly goodShare: number;
  readonly cause: Cause | null;
  /** When it may be called again; null if now. */
  readonly untilMs: number | null;
};

/** The breakers of this node. */
export type Health = {
  standing(subject: Subject, id: string): Standing;
  /** Before a submit: where a probe is due, this is it. */
  begin(channelId: string, credentialId: string): void;
  /** The submit did not go out after all. */
  abandon(channelId: string, credentialId: string): void;
  report(channelId: string, credentialId: string, outcome: Outcome): void;
  nowMs(): number;
};

export function createHealth(nowMs: () => number): Health {
  const breakers = new Map<string, Breaker>();
  const place = (subject: Subject, id: string): string => `${subject}:${id}`;
  const read = (subject: Subject, id: string): Breaker => breakers.get(place(subject, id)) ?? CLOSED;
  const write = (subject: Subject, id: string, breaker: Breaker): void => {
    // Kept in the order of use, so that the first is the one to forget.
    breakers.delete(place(subject, id));
    breakers.set(place(subject, id), breaker);
    const [oldest] = breakers.size > MAX_REMEMBERED ? breakers.keys() : [];
    if (oldest !== undefined) breakers.delete(oldest);
  };
  const change = (channelId: string, credentialId: string, to: (now: Breaker, subject: Subject) => Breaker): void => {
    write('channel', channelId, to(read('channel', channelId), 'channel'));
    write('credential', credentialId, to(read('credential', credentialId), 'credential'));
  };
  return {
    nowMs,
    standing: (subject, id) => {
      const breaker = read(subject, id);
      const callable = mayCall(breaker, nowMs());
      const { state, cause } = breaker;
      const share = goodShare({ ...breaker, ...periodsAt(breaker, nowMs()) });
      return { state, callable, cause, goodShare: share, untilMs: callable ? null : breaker.untilMs };
    },
    begin: (channelId, credentialId) => change(channelId, credentialId, (now) => afterCall(now, nowMs())),
    abandon: (channelId, credentialId) => change(channelId, credentialId, (now) => afterNoCall(now, nowMs())),
    report: (channelId, credentialId, outcome) =>
      change(channelId, credentialId, (now, subject) => afterOutcome(now, subject, outcome, nowMs())),
  };
}
