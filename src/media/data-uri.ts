// Media given inside a request body: `data:` URIs and bare base64, decoded strictly and bounded before any decoding.

export type InlineMedia =
  | { ok: true; bytes: Buffer; declaredMime: string | null }
  | { ok: false; reason: 'invalid' | 'too_large' | 'empty' };

/** A longer `data:` header than any client writes is refused without searching further for its comma. */
const MAX_HEADER_CHARS = 256;

/** Multiple of four, so that only the last slice can be partial. A bad character costs one slice, never the whole text. */
const SLICE_CHARS = 65_536;

const DATA_HEADER =
  /^data:([a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*)?((?:;[a-z0-9-]+=[^;,\s]*)*);base64$/i;

const SCHEME = /^[a-z][a-z0-9+.-]{0,30}:/i;

/**
 * Decodes a base64 `data:` URI or bare base64 (standard or URL-safe alphabet, not mixed; padded or not).
 * White space is accepted at the end only. `maxBytes` bounds the decoded size and is judged before decoding.
 * The declared type is what the client wrote, in lower case: a hint, never evidence.
 */
export function decodeInlineMedia(text: string, maxBytes: number): InlineMedia {
  const isDataUri = /^data:/i.test(text);
  let declaredMime: string | null = null;
  let start = 0;
  if (isDataUri) {
    const comma = text.slice(0, MAX_HEADER_CHARS).indexOf(',');
    const header = comma === -1 ? null : DATA_HEADER.exec(text.slice(0, comma));
    if (header === null || /;charset=/i.test(header[2] ?? '')) return { ok: false, reason: 'invalid' };
    declaredMime = header[1]?.toLowerCase() ?? null;
    start = comma + 1;
  }
  return decodeBase64(text.slice(start).trimEnd(), maxBytes, declaredMime);
}

/** Whether the text names a place (any scheme) rather than carrying the media itself; base64 never holds a colon. */
export function looksLikeUrl(text: string): boolean {
  const head = text.slice(0, 64).trimStart();
  return SCHEME.test(head) && !/^data:/i.test(head);
}

function decodeBase64(padded: string, maxBytes: number, declaredMime: string | null): InlineMedia {
  if (padded === '') return { ok: false, reason: 'empty' };
  const padding = padded.endsWith('==') ? 2 : padded.endsWith('=') ? 1 : 0;
  const text = padding === 0 ? padded : padded.slice(0, -padding);
  const size = Math.floor((text.length * 3) / 4);
  if (size > maxBytes) return { ok: false, reason: 'too_large' };
  if (text.length % 4 === 1 || (padding > 0 && padded.length % 4 !== 0)) return { ok: false, reason: 'invalid' };
  // Node's decoder cuts wider characters down to one byte, so that some would pass for letters of the alphabet.
  if (Buffer.byteLength(text, 'utf8') !== text.length) return { ok: false, reason: 'invalid' };
  const urlSafe = text.includes('-') || text.includes('_');
  if (urlSafe && (text.includes('+') || text.includes('/'))) return { ok: false, reason: 'invalid' };

  const bytes = Buffer.allocUnsafe(size);
  const encoding = urlSafe ? 'base64url' : 'base64';
  for (let at = 0, filled = 0; at < text.length; at += SLICE_CHARS) {
    const slice = text.slice(at, at + SLICE_CHARS);
    const written = bytes.write(slice, filled, encoding);
    // Node skips what is not in the alphabet, which always leaves fewer bytes than the length promises.
    if (written !== Math.floor((slice.length * 3) / 4)) return { ok: false, reason: 'invalid' };
    filled += written;
  }
  return { ok: true, bytes, declaredMime };
}
