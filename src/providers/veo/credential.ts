/** The key of a channel: the JSON of a service account for Vertex AI, or an API key of the Gemini API. */

import { createPrivateKey } from 'node:crypto';

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { keyFault } from '../replies.ts';

export type ServiceAccount = {
  readonly kind: 'account';
  readonly project: string;
  readonly email: string;
  readonly privateKey: string;
  readonly privateKeyId: string | null;
  readonly tokenUrl: string;
};
export type Credential = ServiceAccount | { readonly kind: 'key'; readonly key: string };

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const MAX_ACCOUNT_CHARS = 20_000;
const PROJECT = /^[a-z0-9][a-z0-9.:-]{0,99}$/;

/** Names the part that is missing or malformed, without repeating it; null for a key that can be used. */
export function credentialFault(text: string): string | null {
  return text.startsWith('{') ? accountFault(text) : apiKeyFault(text);
}

/** Throws for a key that is not well formed. */
export function readCredential(text: string): Credential {
  const fault = credentialFault(text);
  if (fault !== null) throw new Error(`the key of the channel is not well formed: ${fault}`);
  const json = text.startsWith('{') ? objectIn(text) : null;
  if (json === null) return { kind: 'key', key: text };
  return {
    kind: 'account',
    project: word(json, 'project_id'),
    email: word(json, 'client_email'),
    privateKey: word(json, 'private_key'),
    privateKeyId: word(json, 'private_key_id') === '' ? null : word(json, 'private_key_id'),
    tokenUrl: word(json, 'token_uri') === '' ? TOKEN_URL : word(json, 'token_uri'),
  };
}

function apiKeyFault(key: string): string | null {
  if (key === '') return 'write an API key of the Gemini API, or the JSON of a service account for Vertex AI';
  if (key.startsWith('ya29.'))
    return 'this is an access token, which lasts an hour: write the JSON of the service account';
  if (key.endsWith('.json')) return 'write what stands in the file of the service account, not the name of the file';
  if (key.includes('|')) return 'write one API key, or the JSON of a service account, without anything beside it';
  return keyFault(key);
}

function accountFault(text: string): string | null {
  if (text.length > MAX_ACCOUNT_CHARS)
    return `the JSON of a service account has at most ${MAX_ACCOUNT_CHARS} characters`;
  const json = objectIn(text);
  if (json === null) return 'the JSON of the service account cannot be read: copy the whole file';
  if (property(json, 'type') !== 'service_account')
    return "the JSON is not that of a service account: its 'type' has to be 'service_account'";
  const missing = ['project_id', 'client_email', 'private_key'].find((name) => word(json, name) === '');
  if (missing !== undefined) return `'${missing}' is missing in the JSON of the service account`;
  if (!PROJECT.test(word(json, 'project_id'))) return "'project_id' in the JSON is not the id of a project";
  if (!word(json, 'client_email').includes('@')) return "'client_email' in the JSON is not an email address";
  const tokenUrl = word(json, 'token_uri');
  if (tokenUrl !== '' && !/^https?:\/\//.test(tokenUrl)) return "'token_uri' in the JSON is not an address";
  return isRsaKey(word(json, 'private_key'))
    ? null
    : "'private_key' in the JSON is not an RSA key in PEM form: it was altered";
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function objectIn(text: string): JsonObject | null {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

function word(json: JsonObject, name: string): string {
  const value = property(json, name);
  return typeof value === 'string' ? value : '';
}
