/** Makes what a vendor said fit to be kept and shown: without the key it may repeat, without markup, and short. */

import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';

const MAX_WORDS_CHARS = 500;
/** Shorter parts of a key are words of any sentence. */
const MIN_SECRET_CHARS = 6;
const HIDDEN = '(key)';
/** What is made of a key, which a vendor may repeat as well: headers, signed tokens and signatures. */
const DERIVED = [
  /\b(?:bearer|token) [\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\bsignature[=: ]+[\w+/=-]{16,}/gi,
] as const;
/** The HTTP status before the vendor's own words says nothing to a client. */
const STATUS = /^\d{3} +/;

/** What a call to a vendor answered, with the words in it made fit: failures, those by task, and the report of a credential's test. */
export function fitAnswer<T>(answer: T, credential: string): T {
  if (answer instanceof Map)
    return new Map([...answer].map(([id, one]: [unknown, unknown]) => [id, fitAnswer(one, credential)])) as T;
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('failure' in answer) return { ...answer, failure: fitFailure(answer.failure as Failure, credential) };
  if ('message' in answer && typeof answer.message === 'string')
    return { ...answer, message: fitWords(answer.message, credential) };
  return answer;
}

/** The same of an error that a call ended with, which keeps its kind. */
export function fitError(error: unknown, credential: string): unknown {
  // Some errors of the platform have a message that cannot be assigned to.
  if (error instanceof Error) Object.defineProperty(error, 'message', { value: fitWords(error.message, credential) });
  return error;
}

/** `text` without markup and secrets, in one line of at most 500 characters. */
export function fitWords(text: string, credential: string): string {
  const plain = text.replaceAll(/<[^<>]*>/g, ' ').replaceAll(/[\s\p{Cc}]+/gu, ' ');
  const secrets = credential.split(/[|:"\s\\]+/).filter((part) => part.length >= MIN_SECRET_CHARS);
  const keyless = secrets.reduce((words, secret) => words.replaceAll(secret, HIDDEN), plain);
  return DERIVED.reduce((words, pattern) => words.replaceAll(pattern, HIDDEN), keyless)
    .trim()
    .slice(0, MAX_WORDS_CHARS);
}

/** Whoever asked for what the vendor does not make is told why in the vendor's words; the rest is the operator's affair. */
function fitFailure(failure: Failure, credential: string): Failure {
  const message = fitWords(failure.message, credential);
  if (failure.detail === undefined) return { ...failure, message };
  const detail = fitWords(failure.detail, credential);
  const said = detail.replace(STATUS, '');
  if (FAILURES[failure.kind].fault !== 'client' || said === '') return { ...failure, message, detail };
  return { ...failure, message: `${message} It said: ${said}`, detail };
}
