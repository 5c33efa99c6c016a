/** The one table of everything that can go wrong with a request or a job, and what each kind means. */

import type { Violation } from './violation.ts';

export type Fault = 'client' | 'upstream' | 'operator' | 'reelgate';

type FailureRow = {
  readonly status: number;
  readonly fault: Fault;
  /** May the client send the same request again? */
  readonly retry: boolean;
  /** May another channel be tried for the same job? */
  readonly failover: boolean;
  /** What happens to the money held for the job. */
  readonly money: 'release' | 'hold';
};

const client = (status: number): FailureRow => ({
  status,
  fault: 'client',
  retry: false,
  failover: false,
  money: 'release',
});

export const FAILURES = {
  invalid_request: client(400),
  content_rejected: client(400),
  unauthorized: client(401),
  auth_rate_limited: { ...client(429), retry: true },
  insufficient_funds: client(402),
  forbidden: client(403),
  account_frozen: { status: 403, fault: 'operator', retry: false, failover: false, money: 'release' },
  not_found: client(404),
  loop_detected: client(508),
  method_not_allowed: client(405),
  conflict: client(409),
  gone: client(410),
  body_too_large: client(413),
  unsupported_media: client(415),
  range_not_satisfiable: client(416),
  idempotency_mismatch: client(422),
  limit_exceeded: { ...client(429), retry: true },
  concurrency_limit: { ...client(429), retry: true },
  rate_limited: { status: 429, fault: 'upstream', retry: true, failover: true, money: 'release' },
  // Of a channel alone, said before its vendor is asked: another one may be able to.
  channel_unfit: { ...client(400), failover: true },
  no_channel: { status: 503, fault: 'operator', retry: true, failover: true, money: 'release' },
  upstream_credential: { status: 503, fault: 'operator', retry: true, failover: true, money: 'release' },
  upstream_unavailable: { status: 503, fault: 'upstream', retry: true, failover: true, money: 'release' },
  upstream_protocol: { status: 502, fault: 'upstream', retry: true, failover: true, money: 'release' },
  generation_failed: { status: 500, fault: 'upstream', retry: true, failover: false, money: 'release' },
  outcome_unknown: { status: 202, fault: 'upstream', retry: false, failover: false, money: 'hold' },
  cancelled: { status: 409, fault: 'client', retry: false, failover: false, money: 'release' },
  expired: { status: 504, fault: 'upstream', retry: true, failover: false, money: 'release' },
  storage_low: { status: 503, fault: 'operator', retry: true, failover: false, money: 'release' },
  unavailable: { status: 503, fault: 'reelgate', retry: true, failover: false, money: 'release' },
  overloaded: { status: 503, fault: 'reelgate', retry: true, failover: false, money: 'release' },
  internal: { status: 500, fault: 'reelgate', retry: true, failover: false, money: 'release' },
} as const satisfies Record<string, FailureRow>;

export type FailureKind = keyof typeof FAILURES;

/**
 * An expected failure. `message` is for the client and says what to do; `detail` is for the operator; neither holds a
 * secret. `retryAfterMs` is how long to wait before trying again, where known.
 */
export type Failure = {
  readonly kind: FailureKind;
  readonly message: string;
  readonly detail?: string;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number;
};

export function isFailureKind(text: string): text is FailureKind {
  return Object.hasOwn(FAILURES, text);
}

/** Carries a `Failure` up to the edge that answers the client. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
    this.failure = failure;
  }
}
