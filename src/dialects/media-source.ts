/** What a text in a media field is: an address, or the file itself. */

import type { Json } from '../model/json.ts';
import type { MediaSource } from '../model/request.ts';

const SCHEME = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;

/** The source that a text names. What is neither URL nor data URI is taken for base64, which intake then checks. */
export function sourceOf(text: string): MediaSource {
  const trimmed = text.trim();
  return SCHEME.test(trimmed) ? { from: 'url', url: trimmed } : { from: 'inline', text: trimmed };
}

/** Whether a text can only be media, so that a field of two meanings is not a switch. */
export function isMediaText(value: Json): boolean {
  return typeof value === 'string' && (SCHEME.test(value) || /^data:/i.test(value));
}

/** Whether two sources are the same file, as far as that shows. */
export function sameSource(a: MediaSource, b: MediaSource): boolean {
  switch (a.from) {
    case 'url':
      return b.from === 'url' && a.url === b.url;
    case 'inline':
      return b.from === 'inline' && a.text === b.text;
    case 'upload':
      return b.from === 'upload' && a.upload.sha256 === b.upload.sha256;
    case 'job':
      return b.from === 'job' && a.id === b.id;
  }
}
