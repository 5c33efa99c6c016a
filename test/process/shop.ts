/** What tests on real processes have in common: asking a server, an account with credit at a vendor, and waiting. */

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

export type Reply = { readonly status: number; readonly body: JsonObject };

type Request = { readonly body?: Json; readonly headers?: Readonly<Record<string, string>> };

/** Throws only where no answer came, or one that is no JSON object. */
export async function ask(
  url: string,
  key: string,
  method: string,
  path: string,
  request: Request = {},
): Promise<Reply> {
  const { body, headers = {} } = request;
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!isObject(answer)) throw new Error(`${method} ${path} answered ${response.status} without an object`);
  return { status: response.status, body: answer };
}

/** Asks the admin API; throws unless it did what was asked. */
export async function admin(url: string, key: string, method: string, path: string, body?: Json): Promise<JsonObject> {
  const reply = await ask(url, key, method, `/admin/v1${path}`, body === undefined ? {} : { body });
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

export type Shop = { readonly accountId: string; readonly channelId: string; readonly key: string };

/** An account with credit and a live key, and a channel. */
export async function openShop(url: string, adminKey: string, channel: JsonObject): Promise<Shop> {
  const post = (path: string, body: Json): Promise<JsonObject> => admin(url, adminKey, 'POST', path, body);
  const accountId = String((await post('/accounts', { name: 'Studio' }))['id']);
  await post(`/accounts/${accountId}/credits`, { amount_usd: '100000', note: 'to begin with' });
  const { id: channelId } = await post('/channels', channel);
  const { key } = await post('/keys', { account_id: accountId, name: 'live', mode: 'live' });
  return { accountId, channelId: String(channelId), key: String(key) };
}

/** Once the server says that it takes requests. */
export function untilServes(url: string, key: string): Promise<true> {
  return until('it serves', async () => ((await ask(url, key, 'GET', '/readyz')).status === 200 ? true : null));
}

const LOOK_MS = 50;

/** The first thing seen that is not null; throws with `what` after `limitMs`. */
export async function until<T>(what: string, look: () => Promise<T | null> | T | null, limitMs = 60_000): Promise<T> {
  const giveUpMs = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > giveUpMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
