/** What a client hears where no channel takes its job. */

import type { Rule } from '../model/catalogue.ts';
import type { Failure } from '../model/failure.ts';
import type { ReadRequest } from '../model/request.ts';
import { ruleViolation } from '../model/rules.ts';
import { violationMessage } from '../model/violation.ts';

const NO_CHANNEL: Failure = {
  kind: 'no_channel',
  message: 'No channel serves this model at the moment. The operator can add one with POST /admin/v1/channels.',
};

/** `unfit`: the limits by which channels that serve the model cannot do it; `params`: how the client spells its fields. */
export function unserved(unfit: readonly Rule[], params: ReadRequest['params'] = {}): Failure {
  if (unfit.length === 0) return NO_CHANNEL;
  const violations = unfit.map((rule) => ruleViolation(rule, params));
  const message = violations.map((fault) => violationMessage(fault, 'en')).join(' ');
  return { kind: 'channel_unfit', message, violations };
}
