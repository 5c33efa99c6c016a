/** Makes what a vendor said fit to be kept and shown: without the key it may repeat, without markup, and short. */

import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { CheckResult, Provider, ProviderIo, ReplayResult, SubmitResult } from './provider.ts';

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

/** The provider, with what its vendor says in its answers made fit wherever that leaves it. */
export function withFitWords(provider: Provider): Provider {
  const { checkMany, replay } = provider;
  return {
    ...provider,
    submit: async (spec, upstream, io) => fitted(await provider.submit(spec, upstream, io), io),
    check: async (task, io) => fitted(await provider.check(task, io), io),
    ...(checkMany === undefined ? {} : { checkMany: { ...checkMany, ask: fittingMany(checkMany.ask) } }),
    ...(replay === undefined
      ? {}
      : {
          replay: {
            ...replay,
            resubmit: async (spec, upstream, io) => fitted(await replay.resubmit(spec, upstream, io), io),
          },
        }),
  };
}

type AskMany = NonNullable<Provider['checkMany']>['ask'];

function fittingMany(ask: AskMany): AskMany {
  return async (tasks, io) => {
    const results = await ask(tasks, io);
    return new Map([...results].map(([id, result]) => [id, fitted(result, io)]));
  };
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

function fitted<Result extends SubmitResult | CheckResult | ReplayResult>(
  result: Result,
  { credential }: Pick<ProviderIo, 'credential'>,
): Result {
  return 'failure' in result ? { ...result, failure: fitFailure(result.failure, credential) } : result;
}

/** Whoever asked for what the vendor does not make is told why in the vendor's words; the rest is the operator's affair. */
function fitFailure(failure: Failure, credential: string): Failure {
  if (failure.detail === undefined) return failure;
  const detail = fitWords(failure.detail, credential);
  const said = detail.replace(STATUS, '');
  if (FAILURES[failure.kind].fault !== 'client' || said === '') return { ...failure, detail };
  return { ...failure, message: `${failure.message} It said: ${said}`, detail };
}
