/** The `X-Reelgate-Notes` header: what of a request had no effect, as JSON in plain ASCII. */

import type { Language, Note } from '../model/violation.ts';
import { READ_BOUNDS } from './bounds.ts';

/** Null if there is nothing to say. Notes beyond the header's bound are only counted. */
export function notesHeader(notes: readonly Note[], language: Language): string | null {
  if (notes.length === 0) return null;
  const texts = notes.map((note) => ascii({ code: note.code, param: note.param, message: note.because[language] }));
  for (let kept = texts.length; kept >= 0; kept -= 1) {
    const items = texts.slice(0, kept);
    if (kept < texts.length) items.push(ascii({ code: 'more', param: '', message: `${texts.length - kept}` }));
    const header = `[${items.join(',')}]`;
    if (header.length <= READ_BOUNDS.notesHeaderBytes) return header;
  }
  return null;
}

function ascii(value: object): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
