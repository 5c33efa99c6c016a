/** Calls to Google with a channel's key: which host, and what proves who asks. */

import type { HttpRequest, HttpResponse, ProviderIo } from '../provider.ts';
import type { Credential } from './credential.ts';
import type { Tokens } from './token.ts';

export const GEMINI = 'https://generativelanguage.googleapis.com';
const VERTEX = 'https://us-central1-aiplatform.googleapis.com';
const VERTEX_HOST = /^https?:\/\/(?:([a-z0-9-]+)-)?aiplatform\.googleapis\.com$/i;
const DEFAULT_LOCATION = 'us-central1';
const EVERYWHERE = 'global';
const UNAUTHORIZED = 401;

/** The region of Vertex AI that the channel's address names. */
export function locationOf({ baseUrl }: Pick<ProviderIo, 'baseUrl'>): string {
  const host = VERTEX_HOST.exec(baseUrl);
  return host === null ? DEFAULT_LOCATION : (host[1] ?? EVERYWHERE);
}

/** A token that Google no longer takes is asked for anew, once. What the vendor repeats of the key is taken out of its reply. */
export async function call(
  credential: Credential,
  tokens: Tokens,
  request: HttpRequest,
  io: ProviderIo,
): Promise<HttpResponse> {
  if (credential.kind === 'key') return ask(request, { 'x-goog-api-key': credential.key }, credential.key, io);
  // The provider's own address is that of the Gemini API.
  const path = io.baseUrl === GEMINI ? VERTEX + request.path : request.path;
  const once = async (): Promise<HttpResponse> => {
    const token = await tokens.of(credential, io);
    return ask({ ...request, path }, { authorization: `Bearer ${token}` }, token, io);
  };
  const response = await once();
  if (response.status !== UNAUTHORIZED) return response;
  tokens.forget(credential);
  return once();
}

async function ask(
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
  secret: string,
  io: ProviderIo,
): Promise<HttpResponse> {
  const response = await io.http({ ...request, headers });
  return { ...response, text: response.text.replaceAll(secret, '(key)') };
}
