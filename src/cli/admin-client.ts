/** Asks the admin API of a server, and says in one sentence why where that did not work. */

import type { Config } from '../config.ts';
import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { operatorKey, readSecretFile, secretPath } from '../operator-key.ts';
import { CliError } from './exit.ts';

export type Page = { readonly data: readonly JsonObject[]; readonly next: string | null };

export type AdminClient = {
  readonly url: string;
  /** An answer of the admin API, whose `path` begins after `/admin/v1`. Throws `CliError` for anything but success. */
  ask(method: string, path: string, question?: Question): Promise<JsonObject>;
  /** The same where what is asked for may not be there: null for 404. */
  find(path: string): Promise<JsonObject | null>;
  /** Up to `limit` items of a list, over as many pages as that takes. */
  list(path: string, limit: number): Promise<Page>;
};

type Question = { readonly body?: Json; readonly headers?: Readonly<Record<string, string>> };

const PREFIX = '/admin/v1';
/** A test of a channel asks the vendor about each of its credentials, and a rotation goes through all that is sealed. */
const TIMEOUTS = { readMs: 20_000, changeMs: 300_000 } as const;
const PAGE = 200;
const HTTP = { unauthorized: 401, notFound: 404, serverError: 500, unavailable: 503 } as const;
const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);
const OWN_HOSTS = /^(127(\.\d+){3}|localhost|\[::1\])$/;
const NOTHING_THERE = 'There is nothing at this address.';

/** Where the server of these settings listens, as seen from its own machine. */
export function localUrl(config: Pick<Config, 'host' | 'port'>): string {
  const host = EVERY_ADDRESS.has(config.host) ? '127.0.0.1' : config.host;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${config.port}`;
}

/** `given` is the address the operator named. Throws `CliError` where no admin key is known. */
export async function adminClient(config: Config, given: string | null): Promise<AdminClient> {
  const url = (given ?? localUrl(config)).replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CliError('usage', `The server's address must be an http or https URL, not '${url}'.`);
  return clientOf(url, await adminKey(config, url));
}

/** The key made of the secret opens this installation only, so it is shown to no other machine. */
async function adminKey(config: Config, url: string): Promise<string> {
  if (config.adminKey !== null) return config.adminKey;
  if (!OWN_HOSTS.test(new URL(url).hostname))
    throw new CliError('usage', `Set REELGATE_ADMIN_KEY to the admin key of ${url}.`);
  const secret = config.secret ?? (await readSecretFile(config.dataDir).catch(() => null));
  if (secret !== null) return operatorKey(secret);
  throw new CliError(
    'usage',
    `No admin key is known: set REELGATE_ADMIN_KEY, or run this where ${secretPath(config.dataDir)} can be read.`,
  );
}

function clientOf(url: string, key: string): AdminClient {
  const request = async (method: string, path: string, { body, headers = {} }: Question): Promise<Response> => {
    try {
      return await fetch(`${url}${PREFIX}${path}`, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(method === 'GET' ? TIMEOUTS.readMs : TIMEOUTS.changeMs),
      });
    } catch (error) {
      throw new CliError(
        'unreachable',
        `No server answers at ${url} (${reasonOf(error)}). Start it, or say where it is with --url.`,
      );
    }
  };
  const ask: AdminClient['ask'] = async (method, path, question = {}) => {
    const response = await request(method, path, question);
    const answer = await bodyOf(response);
    if (response.ok) return answer;
    throw refusalOf(url, path, response.status, answer);
  };
  return {
    url,
    ask,
    find: async (path) => {
      const response = await request('GET', path, {});
      const answer = await bodyOf(response);
      if (response.ok) return answer;
      if (response.status === HTTP.notFound) return null;
      throw refusalOf(url, path, response.status, answer);
    },
    list: async (path, limit) => {
      const data: JsonObject[] = [];
      let next: string | null = null;
      do {
        const query: string = paged(path, Math.min(PAGE, limit - data.length), next);
        const page = await ask('GET', query);
        const items = property(page, 'data');
        if (Array.isArray(items)) data.push(...items.filter(isObject));
        const cursor = property(page, 'next');
        next = typeof cursor === 'string' ? cursor : null;
      } while (next !== null && data.length < limit);
      return { data, next };
    },
  };
}

function paged(path: string, limit: number, after: string | null): string {
  const query = new URLSearchParams({ limit: String(limit), ...(after === null ? {} : { after }) });
  return `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`;
}

async function bodyOf(response: Response): Promise<JsonObject> {
  const text = await response.text();
  try {
    const body: unknown = text === '' ? {} : JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

function refusalOf(url: string, path: string, status: number, answer: JsonObject): CliError {
  const detail = property(answer, 'detail');
  const said = typeof detail === 'string' ? detail : `It answered ${status}.`;
  if (status === HTTP.unauthorized)
    return new CliError('refused', `${url} does not take this admin key. Set REELGATE_ADMIN_KEY to the right one.`);
  if (status === HTTP.notFound && (said === NOTHING_THERE || detail === undefined))
    return new CliError(
      'refused',
      `The server at ${url} has no ${PREFIX}${path.split('?')[0] ?? ''}: it is older than this command.`,
    );
  if (status === HTTP.unavailable) return new CliError('unreachable', `The server at ${url} cannot serve now: ${said}`);
  return new CliError(status >= HTTP.serverError ? 'failed' : 'refused', said);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
