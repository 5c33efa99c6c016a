/** Which bytes of a file a request asks for (RFC 9110 §14), and whether its copy is still good. */

export type ByteRange = { readonly start: number; readonly end: number };

export type RangeVerdict =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeVerdict = { kind: 'whole' };
const UNSATISFIABLE: RangeVerdict = { kind: 'unsatisfiable' };
const MAX_HEADER_CHARS = 4096;

/**
 * `end` is inclusive. Several ranges at once are answered with the whole file, and so is another unit than bytes;
 * a range that is malformed or holds no byte of the file is unsatisfiable.
 */
export function judgeRange(header: string | undefined, bytes: number): RangeVerdict {
  if (header === undefined) return WHOLE;
  if (!/^bytes[ \t]*=/i.test(header)) return WHOLE;
  if (header.includes(',')) return WHOLE;
  const match = /^bytes[ \t]*=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return UNSATISFIABLE;
  if (first === '') return suffix(Number(last), bytes);
  const start = Number(first);
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start >= bytes || (last !== '' && Number(last) < start)) return UNSATISFIABLE;
  return { kind: 'part', range: { start, end } };
}

function suffix(length: number, bytes: number): RangeVerdict {
  if (length === 0 || bytes === 0) return UNSATISFIABLE;
  return { kind: 'part', range: { start: Math.max(0, bytes - length), end: bytes - 1 } };
}

/** `If-None-Match`: whether the client's copy is the file of this entity tag. */
export function matchesAny(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header
    .slice(0, MAX_HEADER_CHARS)
    .split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** `If-Range`: whether the rest of the client's copy may be sent; only the exact tag is proof. */
export function isSameFile(header: string | undefined, etag: string): boolean {
  return header === undefined || header.trim() === etag;
}
