/** What a client hears where no channel takes its job. */

import type { Failure } from '../model/failure.ts';

export const NO_CHANNEL: Failure = {
  kind: 'no_channel',
  message: 'No channel serves this model at the moment. The operator can add one with POST /admin/v1/channels.',
};

/** `unfit`: what the channels that serve the model cannot do of what is asked for. */
export function unserved(unfit: readonly string[]): Failure {
  if (unfit.length === 0) return NO_CHANNEL;
  return {
    kind: 'channel_unfit',
    message: `No channel that serves this model can do this at the moment: ${unfit.join('; ')}.`,
  };
}
