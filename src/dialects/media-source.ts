/** What a text in a media field is: an address, or the file itself. */

import type { Json } from '../model/json.ts';
import type { MediaSource } from '../model/request.ts';

const SCHEME = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;
const VIDEO_NAME = /\.(?:mp4|m4v|mov|webm|mkv|avi|mpe?g)$/i;
const MAX_URL_SCAN_CHARS = 2048;

/** The source that a text names. What is neither URL nor data URI is taken for base64, which intake then checks. */
export function sourceOf(text: string): MediaSource {
  const trimmed = text.trim();
  return SCHEME.test(trimmed) ? { from: 'url', url: trimmed } : { from: 'inline', text: trimmed };
}

/** Whether a text can only be media, so that a field of two meanings is not a switch. */
export function isMediaText(value: Json): boolean {
  return typeof value === 'string' && (SCHEME.test(value) || /^data:/i.test(value));
}

/** Whether the name of a file says that it is a video. */
export function isVideoName(name: string): boolean {
  return VIDEO_NAME.test(name);
}

/** Whether the path of an address says that a video lies there. */
export function isVideoUrl(url: string): boolean {
  return isVideoName(url.slice(0, MAX_URL_SCAN_CHARS).split(/[?#]/, 1)[0] ?? '');
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
