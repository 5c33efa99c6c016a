/** Words in square brackets that script the sandbox, such as `[delay:3s]`; they are taken out of the prompt. */

import { FAILURES, isFailureKind } from '../../model/failure.ts';
import type { FailureKind } from '../../model/failure.ts';

export type Directives = {
  /** The video is not ready before this has passed. */
  readonly delayMs: number;
  /** The making fails with this kind. */
  readonly fail: FailureKind | null;
  /** The submit is refused with this kind. */
  readonly refuse: FailureKind | null;
  /** Accepted, but the answer never arrives. */
  readonly lost: boolean;
  /** Accepted, but never finished. */
  readonly stuck: boolean;
  /** So many checks get no answer first. */
  readonly flaky: number;
};

export type Script = { readonly prompt: string; readonly directives: Directives } | { readonly fault: string };

export const DIRECTIVES = ['delay', 'fail', 'refuse', 'lost', 'stuck', 'flaky'] as const;
type Directive = (typeof DIRECTIVES)[number];

const BRACKETS = new RegExp(`\\[(${DIRECTIVES.join('|')})(?::([^\\][]{0,40}))?\\]`, 'gi');
const MAX_DELAY_MS = 24 * 3_600_000;
const MAX_FLAKY = 100;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Kinds that a vendor can answer with. */
export const SCRIPTED_KINDS: readonly FailureKind[] = [
  'invalid_request',
  'content_rejected',
  'rate_limited',
  'upstream_credential',
  'upstream_unavailable',
  'upstream_protocol',
  'generation_failed',
];

const CALM: Directives = { delayMs: 0, fail: null, refuse: null, lost: false, stuck: false, flaky: 0 };

export function readDirectives(prompt: string): Script {
  let directives = CALM;
  for (const [whole, word = '', argument = ''] of prompt.matchAll(BRACKETS)) {
    const name = DIRECTIVES.find((known) => known === word.toLowerCase());
    if (name === undefined) continue;
    const read = readOne(name, argument.trim().toLowerCase());
    if (typeof read === 'string') return { fault: `'${whole}' in the prompt is not understood: ${read}.` };
    directives = { ...directives, ...read };
  }
  return { prompt: prompt.replace(BRACKETS, ' ').replace(/\s+/g, ' ').trim(), directives };
}

/** What the word means, or what would have been right. */
function readOne(name: Directive, argument: string): Partial<Directives> | string {
  switch (name) {
    case 'delay': {
      const match = /^(\d{1,6})(ms|s|m|h)$/.exec(argument);
      const delayMs = match === null ? Number.NaN : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
      return delayMs <= MAX_DELAY_MS ? { delayMs } : 'write a time of at most 24 h such as [delay:3s]';
    }
    case 'flaky': {
      const flaky = /^\d{1,3}$/.test(argument) ? Number(argument) : Number.NaN;
      return flaky <= MAX_FLAKY ? { flaky } : `write a number of at most ${MAX_FLAKY} such as [flaky:3]`;
    }
    case 'fail':
    case 'refuse': {
      const kind = isFailureKind(argument) && SCRIPTED_KINDS.includes(argument) ? argument : null;
      if (kind === null) return `write one of ${SCRIPTED_KINDS.join(', ')}`;
      return name === 'fail' ? { fail: kind } : { refuse: kind };
    }
    case 'lost':
      return { lost: true };
    case 'stuck':
      return { stuck: true };
  }
}

/** What a scripted failure tells the client. */
export function scriptedMessage(kind: FailureKind): string {
  return `The sandbox was told by the prompt to answer '${kind}' (${FAILURES[kind].fault} fault).`;
}
