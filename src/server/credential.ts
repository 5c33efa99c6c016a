/** The API key in a request, in every way that clients of the vendors' own APIs send one. */

import type { FastifyRequest } from 'fastify';

import type { AuthForm } from '../dialects/dialect.ts';
import { isObject, property } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import { KEY_BOUNDS } from './bounds.ts';
import { failed } from './fail.ts';

type Place = 'authorization' | 'x-goog-api-key' | 'key';
type FormRow = { readonly at: Place; readonly shape: RegExp; readonly decode?: (found: string) => string | null };

/** Signatures and tokens that clients make of a vendor's key pair carry our key as the public half; only that is looked at. */
const FORMS: Readonly<Record<AuthForm, FormRow>> = {
  bearer: { at: 'authorization', shape: /^bearer +([\x21-\x7e]+)$/i },
  bare: { at: 'authorization', shape: /^([\x21-\x7e]+)$/ },
  token: { at: 'authorization', shape: /^token +([\x21-\x7e]+)$/i },
  'google-header': { at: 'x-goog-api-key', shape: /^([\x21-\x7e]+)$/ },
  'google-query': { at: 'key', shape: /^([\x21-\x7e]+)$/ },
  signed: { at: 'authorization', shape: /^hmac-sha256 +credential=([^/\s,]+)\//i },
  jwt: { at: 'authorization', shape: /^bearer +[\w-]+\.([\w-]+)\.[\w-]+$/i, decode: issuerOf },
};

const EVERYWHERE: readonly AuthForm[] = ['bearer', 'bare'];

/** The key that came along; null for what cannot be one. Throws `unauthorized` if there was none. */
export function credentialOf(request: FastifyRequest): string | null {
  const own = request.routeOptions.config.auth ?? [];
  // What a vendor's client made of the key is looked for first: it would pass for a key itself.
  const forms = [...own, ...EVERYWHERE].map((form) => FORMS[form]);
  const sent = forms.filter(({ at }) => textAt(request, at) !== '');
  if (sent.length === 0) {
    throw failed('unauthorized', "The API key is missing: send it as 'Authorization: Bearer <key>'.");
  }
  for (const { at, shape, decode } of sent) {
    const found = shape.exec(textAt(request, at))?.[1];
    const credential = found === undefined || decode === undefined ? found : decode(found);
    if (credential === undefined || credential === null) continue;
    return Buffer.byteLength(credential) > KEY_BOUNDS.maxKeyBytes ? null : credential;
  }
  return null;
}

function textAt(request: FastifyRequest, at: Place): string {
  if (at === 'key') {
    const value = (request.query as Readonly<Record<string, unknown>>)['key'];
    return typeof value === 'string' ? value : '';
  }
  const header = request.headers[at];
  return typeof header === 'string' ? header.trim() : '';
}

/** The `iss` of a token's claims. */
function issuerOf(claims: string): string | null {
  try {
    const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Json;
    const issuer = isObject(parsed) ? property(parsed, 'iss') : null;
    return typeof issuer === 'string' ? issuer : null;
  } catch {
    return null;
  }
}
