/** Which of our two languages a client reads, from `Accept-Language`. */

import type { Language } from '../model/violation.ts';

const MAX_CHARS = 256;
const RANGE = /^([a-z]{1,8}|\*)(?:-[a-z0-9]{1,8})*(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$/i;

/** Chinese if it is liked better than anything else; English otherwise. */
export function languageOf(header: string | undefined): Language {
  if (header === undefined) return 'en';
  let best = { tag: 'en', weight: 0 };
  for (const part of header.slice(0, MAX_CHARS).split(',')) {
    const match = RANGE.exec(part.trim());
    const weight = match?.[2] === undefined ? 1 : Number(match[2]);
    if (match?.[1] !== undefined && weight > best.weight) best = { tag: match[1].toLowerCase(), weight };
  }
  return best.tag === 'zh' ? 'zh' : 'en';
}
