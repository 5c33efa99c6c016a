/** Rates per name in memory: each name has a bucket of so many tokens that refills evenly over a minute. */

const MINUTE_MS = 60_000;

type Bucket = { tokens: number; atMs: number };

export type Taken =
  | { readonly ok: true; readonly remaining: number; readonly fullInMs: number }
  | { readonly ok: false; readonly retryAfterMs: number; readonly fullInMs: number };

export class TokenBuckets {
  readonly #maxNames: number;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** Beyond `maxNames` the names unused for longest are forgotten, hence full again. */
  constructor(maxNames: number, nowMs: () => number) {
    this.#maxNames = maxNames;
    this.#nowMs = nowMs;
  }

  /** Takes one token of the bucket that holds `perMinute`. */
  take(name: string, perMinute: number): Taken {
    const msPerToken = MINUTE_MS / perMinute;
    const bucket = this.#refilled(name, perMinute, msPerToken);
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    // Kept in the order of use, so that the first ones are those to forget.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    this.#forgetOldest();
    const fullInMs = Math.ceil((perMinute - bucket.tokens) * msPerToken);
    if (isAllowed) return { ok: true, remaining: Math.floor(bucket.tokens), fullInMs };
    return { ok: false, retryAfterMs: Math.ceil((1 - bucket.tokens) * msPerToken), fullInMs };
  }

  get size(): number {
    return this.#buckets.size;
  }

  #refilled(name: string, perMinute: number, msPerToken: number): Bucket {
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return { tokens: perMinute, atMs: nowMs };
    const gained = Math.max(0, nowMs - bucket.atMs) / msPerToken;
    return { tokens: Math.min(perMinute, bucket.tokens + gained), atMs: nowMs };
  }

  #forgetOldest(): void {
    for (const name of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#maxNames) return;
      this.#buckets.delete(name);
    }
  }
}
