/** Limits of a model across its fields, and conditions of its prices, held against a spec. Pure. */

import type { Condition, Rule } from './catalogue.ts';
import type { Json } from './json.ts';
import { ROLE_KINDS } from './request.ts';
import type { ReadRequest, RequestField } from './request.ts';
import type { PlannedSpec } from './spec.ts';
import { violation } from './violation.ts';
import type { Violation } from './violation.ts';

/** A broken rule, by the client's spelling of the field that it is about. */
export function ruleViolation(rule: Rule, params: ReadRequest['params']): Violation {
  const field = fieldOf('only' in rule ? rule.only : rule.forbid);
  return violation('rule', params[field] ?? field, null, null, rule.because);
}

function fieldOf(limit: Condition): RequestField {
  const fields: readonly RequestField[] = [
    'seconds',
    'resolution',
    'ratio',
    'audio',
    'offPeak',
    'motionLevel',
    'scene',
  ];
  return fields.find((field) => Object.hasOwn(limit, field)) ?? 'model';
}

/** What rules and prices look at in a spec, planned or complete. */
export type SpecFacts = Pick<
  PlannedSpec,
  'mode' | 'scene' | 'resolution' | 'ratio' | 'seconds' | 'audio' | 'offPeak' | 'motionLevel'
> & { readonly inputs: readonly { readonly role: keyof typeof ROLE_KINDS }[] };

/** Whether a spec is against a rule. */
export function breaks(rule: Rule, spec: SpecFacts): boolean {
  if (!matches(rule.when, spec)) return false;
  return 'only' in rule ? !matches(rule.only, spec) : matches(rule.forbid, spec);
}

/** Whether a spec is inside a condition. */
export function matches(condition: Condition, spec: SpecFacts): boolean {
  const videoInput = spec.inputs.some((input) => ROLE_KINDS[input.role] === 'video');
  const facts: Readonly<Record<keyof Condition, Json>> = {
    mode: spec.mode,
    scene: spec.scene,
    resolution: spec.resolution,
    ratio: spec.ratio,
    seconds: spec.seconds,
    audio: spec.audio,
    offPeak: spec.offPeak,
    motionLevel: spec.motionLevel,
    videoInput,
  };
  return Object.entries(condition).every(([key, values]) => {
    const allowed: readonly Json[] = values;
    return allowed.includes(facts[key as keyof Condition]);
  });
}
