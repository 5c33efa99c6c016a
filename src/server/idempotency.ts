/** Creates that are sent more than once: `Idempotency-Key`, and the retries of client libraries that send none. */

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { CreateIdentity, CreateOrder, CreateOutcome } from '../engine/create-order.ts';
import type { Engine } from '../engine/engine.ts';
import { IN_FLIGHT, MISMATCH } from '../engine/replay.ts';
import type { Json } from '../model/json.ts';
import type { MediaSource, VideoRequest } from '../model/request.ts';
import { violation } from '../model/violation.ts';
import { invalid } from './fail.ts';

const HEADER = 'Idempotency-Key';
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** The engine's `create`, on this node once at a time for the same order. */
export type GuardedCreate = (order: CreateOrder, headers: IncomingHttpHeaders) => Promise<CreateOutcome>;

type UnderWay = { readonly fingerprint: Buffer; readonly outcome: Promise<CreateOutcome> };

/** Throws `invalid_request` for a bad key. */
export function createGuard(engine: Engine): GuardedCreate {
  const underWay = new Map<string, UnderWay>();
  return async (order, headers) => {
    const identity = identityOf(order, headers);
    const name = nameOf(order, identity);
    const other = underWay.get(name);
    if (other !== undefined && identity.idempotencyKey !== null) {
      const isSame = other.fingerprint.equals(identity.fingerprint);
      return { ok: false, failure: isSame ? IN_FLIGHT : MISMATCH };
    }
    // The library gave up waiting, but its first request is still here and will tell.
    if (other !== undefined && identity.isRetry) return { ...(await other.outcome), replayed: true };
    const { traceparent } = headers;
    const outcome = engine.create({
      ...order,
      identity,
      traceparent: typeof traceparent === 'string' ? traceparent : null,
    });
    if (other !== undefined) return outcome;
    underWay.set(name, { fingerprint: identity.fingerprint, outcome });
    return outcome.finally(() => underWay.delete(name));
  };
}

function identityOf(order: CreateOrder, headers: IncomingHttpHeaders): CreateIdentity {
  return {
    fingerprint: fingerprintOf(order.read.request),
    idempotencyKey: keyOf(headers),
    isRetry: /^[1-9]\d{0,3}$/.test(String(headers['x-stainless-retry-count'] ?? '')),
  };
}

/** Null if there is none. */
function keyOf(headers: IncomingHttpHeaders): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header : header.join(', ');
  if (PRINTABLE.test(key)) return key;
  throw invalid([violation('wrong_type', HEADER, key, { values: ['1 to 255 printable ASCII characters'] })]);
}

function nameOf(order: CreateOrder, identity: CreateIdentity): string {
  const { key } = order;
  if (identity.idempotencyKey !== null) return `key ${key.accountId} ${key.mode} ${identity.idempotencyKey}`;
  return `same ${key.id} ${identity.fingerprint.toString('base64')}`;
}

/** SHA-256 of what is asked for: not of its spelling, nor of the way the bytes of a file came to be here. */
export function fingerprintOf(request: VideoRequest): Buffer {
  const inputs = request.inputs.map(({ role, source }) => ({ role, source: sourceOf(source) }));
  return createHash('sha256')
    .update(stableJson({ ...request, inputs }))
    .digest();
}

function sourceOf(source: MediaSource): Json {
  switch (source.from) {
    case 'url':
      return { url: source.url };
    case 'inline':
      return { inline: createHash('sha256').update(source.text).digest('base64') };
    case 'upload':
      return { sha256: source.upload.sha256 };
    case 'job':
      return { job: source.id };
  }
}

/** Keys in order, whatever order they came in. */
function stableJson(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
