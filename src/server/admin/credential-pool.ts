/** Reads a channel's credentials as its operator wrote them: one per line, or as a file of JSON. */

import type { Provider } from '../../providers/provider.ts';
import type { Secrets } from '../../secrets.ts';
import { credentialContext } from '../../store/credentials.ts';
import type { Credential } from '../../store/credentials.ts';
import { refused } from './shapes.ts';
import { newId } from '../../new-id.ts';

const MAX_CREDENTIALS = 1_000;
const TAIL_CHARS = 4;
/** A shorter credential would be half told by its tail. */
const MIN_CHARS_FOR_TAIL = 12;

/** Sealed, in the order of the lines. Throws `invalid_request` that names the line but never repeats it. */
export function readPool(secrets: Secrets, provider: Provider, channelId: string, text: string): Credential[] {
  const written = credentialsIn(text);
  // A provider may need no credential at all, and then none is one.
  const pool = written.length === 0 ? [{ line: '', number: 1 }] : written;
  if (pool.length > MAX_CREDENTIALS)
    throw refused('credentials', `'credentials' must be at most ${MAX_CREDENTIALS} lines.`);
  const seen = new Map<string, number>();
  return pool.map(({ line, number }) => {
    const where = pool.length === 1 ? '' : `line ${number}: `;
    const fault = provider.credentialFault(line);
    if (fault !== null)
      throw refused('credentials', `'credentials' cannot be used: ${where}${fault.replace(/\.$/, '')}.`);
    const same = seen.get(line);
    if (same !== undefined)
      throw refused('credentials', `'credentials' cannot be used: line ${number} is the same as line ${same}.`);
    seen.set(line, number);
    return seal(secrets, channelId, line);
  });
}

/** With the number of its first line; a file of JSON may go over several. */
function credentialsIn(text: string): readonly { readonly line: string; readonly number: number }[] {
  const written: { line: string; number: number }[] = [];
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    const last = written.at(-1);
    if (last !== undefined && last.line.startsWith('{') && !last.line.endsWith('}')) last.line += line;
    else if (line !== '') written.push({ line, number: index + 1 });
  }
  return written;
}

function seal(secrets: Secrets, channelId: string, text: string): Credential {
  const base = { id: newId(), channelId };
  const tail = text.length < MIN_CHARS_FOR_TAIL ? null : text.slice(-TAIL_CHARS);
  return { ...base, sealed: secrets.seal(text, credentialContext(base)), tail, state: 'enabled' };
}
