/** The key of a channel: `SubAppId|SecretId|SecretKey`, with `|Region` and `|SignKey` where wanted, or a gateway's one word. */

/** `signKey` is the key that the application's event notifications are signed with. */
export type SecretKeys = {
  readonly kind: 'keys';
  readonly subAppId: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly region: string | null;
  readonly signKey: string | null;
};
type Credential = SecretKeys | { readonly kind: 'token'; readonly token: string };

const FORMAT = 'SubAppId|SecretId|SecretKey, optionally followed by |Region and |SignKey';
const MAX_PARTS = 5;
const MAX_PART_CHARS = 256;
const WORD = /^[\x21-\x7b\x7d\x7e]+$/;

/** Names the part that is missing or malformed, without repeating it; null for a key that can be used. */
export function credentialFault(text: string): string | null {
  const [subAppId = '', secretId = '', secretKey = '', region = '', signKey = ''] = text.split('|');
  const count = text.split('|').length;
  if (text === '') return `the key is empty; write ${FORMAT}, or the one word that a gateway gave you`;
  if (text.split('|').some((part) => part.length > MAX_PART_CHARS))
    return `a part of the key is longer than ${MAX_PART_CHARS} characters`;
  if (count === 1) return WORD.test(text) ? null : 'a gateway key has to be one word of printable characters';
  if (count === 2) return `SecretKey is missing: there are two parts; write ${FORMAT}`;
  if (count > MAX_PARTS) return `there are ${count} parts; write ${FORMAT}`;
  if (!/^\d{1,15}$/.test(subAppId)) return 'SubAppId, the first part, has to be the number of the VOD application';
  if (!WORD.test(secretId)) return 'SecretId, the second part, is empty or has spaces';
  if (!WORD.test(secretKey)) return 'SecretKey, the third part, is empty or has spaces';
  if (count === 4 && region === '') return 'Region, the fourth part, is empty; leave its | away as well';
  if (region !== '' && !/^[a-z0-9-]+$/.test(region))
    return 'Region, the fourth part, has to look like ap-guangzhou; other characters stand in it';
  if (count === MAX_PARTS && !/^[A-Za-z0-9]{1,32}$/.test(signKey))
    return 'SignKey, the fifth part, has to be at most 32 letters and digits';
  return null;
}

/** Throws for a key that is not well formed. */
export function readCredential(text: string): Credential {
  const fault = credentialFault(text);
  if (fault !== null) throw new Error(`the key of the channel is not well formed: ${fault}`);
  const [subAppId = '', secretId, secretKey, region = '', signKey = ''] = text.split('|');
  if (secretId === undefined || secretKey === undefined) return { kind: 'token', token: text };
  return {
    kind: 'keys',
    subAppId,
    secretId,
    secretKey,
    region: region === '' ? null : region,
    signKey: signKey === '' ? null : signKey,
  };
}
