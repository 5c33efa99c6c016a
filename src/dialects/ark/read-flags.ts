/** Reads the flags that older clients append to the prompt, such as `--rs 720p --dur 5`. */

import { place } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { remark } from '../findings.ts';
import type { Findings } from '../findings.ts';

/** How each setting may be spelled after the two dashes. */
const SPELLINGS = {
  resolution: ['rs', 'resolution'],
  ratio: ['rt', 'ratio'],
  duration: ['dur', 'duration'],
  frames: ['frames'],
  fps: ['fps'],
  seed: ['seed'],
  camera_fixed: ['cf', 'camerafixed'],
  watermark: ['wm', 'watermark'],
} as const;
export type Flag = keyof typeof SPELLINGS;

const FLAGS = new RegExp(
  String.raw`(?:^|\s)--(${Object.values(SPELLINGS).flat().join('|')})(?=\s|$)(?:\s+(?!--)(\S+))?`,
  'gi',
);

/** The prompt without its flags, and the flags as a place to read fields from, all of them texts. */
export type FlaggedPrompt = { readonly prompt: string; readonly flags: Place };

export function readFlags(text: string, into: Findings): FlaggedPrompt {
  const found = new Map<string, string>();
  const prompt = text.replaceAll(FLAGS, (_flag, spelling: string, value: string | undefined) => {
    const name = spelling.toLowerCase();
    if (value === undefined) remark(into, 'not_used', `--${name}`, 'it has no value', '没有取值');
    else if (found.has(name)) remark(into, 'overridden', `--${name}`, 'the first one counts', '以第一个为准');
    else found.set(name, value);
    return '';
  });
  return { prompt: prompt.trim(), flags: place(Object.fromEntries(found), '--', true) };
}

/** A setting in each of its spellings; a bad value is noted and not used, as the API does it with flags. */
export function flagFields<T>(
  flags: Place,
  flag: Flag,
  read: (at: Place, key: string) => Field<T>,
  into: Findings,
): readonly Field<T>[] {
  return SPELLINGS[flag].map((spelling) => {
    const field = read(flags, spelling);
    if (field.kind !== 'violation') return field;
    const { param } = field.violation;
    remark(into, 'not_used', param, 'a flag of this value is ignored', '该取值的参数会被忽略');
    return { kind: 'absent' };
  });
}
