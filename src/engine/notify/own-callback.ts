/** Callbacks in the words of the API that a job came through, where it has words of its own for them. */

import type { Json } from '../../model/json.ts';
import { writeOwnBody } from '../../store/deliveries.ts';
import type { Database } from '../../store/database.ts';
import type { Delivery } from '../../store/deliveries.ts';
import { readJob } from '../../store/jobs.ts';
import type { JobRecord } from '../../store/jobs.ts';

/** Where a callback goes, and the secret that signs it. */
type Target = { readonly url: string; readonly secret: string };

/** `headers` sign one try of the body, byte for byte as it is sent. */
type OwnMessage = { readonly body: Json; headers(raw: string, at: Date): Readonly<Record<string, string>> };

/** Null for a job whose callback is told what webhook endpoints are told. */
export type CallbackWriter = (job: JobRecord, target: Target) => Promise<OwnMessage | null>;

export type OwnCallback =
  | { readonly kind: 'own'; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  /** It is told what endpoints are told. */
  | { readonly kind: 'common' }
  /** Another node has taken the delivery over. */
  | { readonly kind: 'lost' };

/** What this try sends. The body is kept before it first leaves, so that later tries and the log have the same one. */
export async function ownCallback(
  context: { readonly db: Database; readonly writeCallback?: CallbackWriter },
  delivery: Delivery,
  secret: string,
  at: Date,
): Promise<OwnCallback> {
  if (delivery.endpointId !== null || context.writeCallback === undefined) return { kind: 'common' };
  const job = await readJob(context.db, delivery.jobId);
  const message = job === null ? null : await context.writeCallback(job, { url: delivery.url, secret });
  if (message === null) return { kind: 'common' };
  const body = delivery.ownBody ? delivery.body : JSON.stringify(message.body);
  if (!delivery.ownBody && !(await writeOwnBody(context.db, delivery, body))) return { kind: 'lost' };
  return { kind: 'own', body, headers: message.headers(body, at) };
}
