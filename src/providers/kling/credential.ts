/** Kling's credential: an API key or `AccessKey|SecretKey`, and after it the secret of its webhooks where one is set up. */

export type Credential = {
  readonly webhookSecret: string | null;
} & (
  | { readonly kind: 'api_key'; readonly apiKey: string }
  | { readonly kind: 'pair'; readonly accessKey: string; readonly secretKey: string }
);

type Reading = { readonly ok: true; readonly credential: Credential } | { readonly ok: false; readonly fault: string };

const FORMAT = 'write APIKey or AccessKey|SecretKey, and then |whsec_… if webhooks are signed';
const WEBHOOK_PREFIX = 'whsec_';
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{8,}={0,2}$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const MAX_PART_CHARS = 500;

export function readCredential(text: string): Reading {
  const parts = text.split('|');
  const last = parts.at(-1) ?? '';
  const webhookSecret = parts.length > 1 && last.startsWith(WEBHOOK_PREFIX) ? last : null;
  const own = webhookSecret === null ? parts : parts.slice(0, -1);
  const fault = faultIn(own, webhookSecret);
  if (fault !== null) return { ok: false, fault };
  const [first = '', second] = own;
  return second === undefined
    ? { ok: true, credential: { kind: 'api_key', apiKey: first, webhookSecret } }
    : { ok: true, credential: { kind: 'pair', accessKey: first, secretKey: second, webhookSecret } };
}

/** Throws for one that `readCredential` finds fault with. */
export function credentialOf(text: string): Credential {
  const reading = readCredential(text);
  if (!reading.ok) throw new Error(`the credential is not well formed: ${reading.fault}`);
  return reading.credential;
}

function faultIn(parts: readonly string[], webhookSecret: string | null): string | null {
  if (parts.join('') === '') return `it is empty: ${FORMAT}`;
  if (parts.length > 2) return `it has too many parts, and the last is no webhook secret: ${FORMAT}`;
  const names = parts.length === 1 ? ['the API key'] : ['the AccessKey', 'the SecretKey'];
  for (const [index, part] of parts.entries()) {
    const name = names[index] ?? '';
    if (part === '') return `${name} is missing: ${FORMAT}`;
    if (part.startsWith(WEBHOOK_PREFIX)) return `${name} is missing, there is only a webhook secret: ${FORMAT}`;
    if (!PRINTABLE.test(part)) return `${name} has spaces or characters that no key has: ${FORMAT}`;
    if (part.length > MAX_PART_CHARS) return `${name} is longer than ${MAX_PART_CHARS} characters: ${FORMAT}`;
  }
  if (webhookSecret !== null && !WEBHOOK_SECRET.test(webhookSecret))
    return 'the webhook secret is not whsec_ followed by base64: copy it again from the console';
  return null;
}
