/** Reads the shots of a video: each has words and a length of its own. */

import type { Json, JsonObject } from '../../model/json.ts';
import { violation } from '../../model/violation.ts';
import { readInteger, readSeconds, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, missing, prefer, remarkUnknown } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { isGiven, readItems, unread } from './places.ts';

const MAX_SHOTS = 6;
const MAX_SHOT_CHARS = 512;

/** `prompt` says all shots in a row, for vendors that know one prompt only; `seconds` is absent unless all say theirs. */
export type Shots = {
  readonly prompt: readonly Field<string>[];
  readonly seconds: Field<number>;
  readonly vendor: JsonObject;
};

export function readShots(top: Place, into: Findings): Shots {
  const items = readItems(top, 'multi_prompt', into, MAX_SHOTS);
  if (items.length === 0) return { prompt: [], seconds: { kind: 'absent' }, vendor: {} };
  const shots = items.map((item) => readShot(item, into));
  const texts = shots.flatMap(({ text }) => (text === null ? [] : [text]));
  const lengths = shots.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const sum = lengths.reduce((all, one) => all + one, 0);
  const param = 'multi_prompt';
  return {
    // Where the client gave a prompt as well, the shots are no contradiction of it.
    prompt: isGiven(top, 'prompt') ? [] : [{ kind: 'value', value: texts.join('\n'), param }],
    seconds: lengths.length === items.length ? { kind: 'value', value: sum, param } : { kind: 'absent' },
    vendor: { multi_prompt: shots.map(({ said }) => said) },
  };
}

type Shot = { readonly text: string | null; readonly seconds: number | null; readonly said: Json };

function readShot(at: Place, into: Findings): Shot {
  const index = prefer(into, [readInteger(at, 'index')])?.value ?? null;
  const text = prefer(into, [readText(at, 'prompt')])?.value ?? null;
  const seconds = prefer(into, [readSeconds(at, 'duration')])?.value ?? null;
  if (text === null) blame(into, missing(`${at.path}prompt`));
  const chars = [...(text ?? '')].length;
  if (chars > MAX_SHOT_CHARS) {
    const allowed = { min: 1, max: MAX_SHOT_CHARS, unit: 'characters' };
    const subject = { en: `${chars} characters`, zh: `${chars} 个字符` };
    blame(into, violation('too_long', `${at.path}prompt`, null, allowed, subject));
  }
  remarkUnknown(into, unread(at));
  return { text, seconds, said: { index, prompt: text, duration: seconds === null ? null : String(seconds) } };
}
