/** Volcengine's keys in the format that relays use: `AccessKeyId|SecretAccessKey`. */

export type Credential = { readonly accessKeyId: string; readonly secretAccessKey: string };

const FORMAT = 'write the key as AccessKeyId|SecretAccessKey';
const MAX_PART_CHARS = 250;

/** What is wrong with a key's format; null if nothing. */
export function credentialFault(text: string): string | null {
  const parts = text.split('|');
  const [id = '', secret = ''] = parts;
  if (parts.length === 1) return `${FORMAT}: there is no '|' in it, so one of the two is missing`;
  if (parts.length > 2) return `${FORMAT}: it has ${parts.length} parts, not two`;
  if (id === '') return `${FORMAT}: the AccessKeyId before '|' is missing`;
  if (secret === '') return `${FORMAT}: the SecretAccessKey after '|' is missing`;
  if (!parts.every((part) => /^[\x21-\x7e]+$/.test(part)))
    return `${FORMAT}, each one word of printable characters, without spaces around '|'`;
  const isLong = parts.some((part) => part.length > MAX_PART_CHARS);
  return isLong ? `${FORMAT}, each of at most ${MAX_PART_CHARS} characters` : null;
}

/** Throws for a text that has a fault. */
export function parseCredential(text: string): Credential {
  const fault = credentialFault(text);
  if (fault !== null) throw new Error(fault);
  const [accessKeyId = '', secretAccessKey = ''] = text.split('|');
  return { accessKeyId, secretAccessKey };
}
