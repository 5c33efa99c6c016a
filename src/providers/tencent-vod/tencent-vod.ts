/** Tencent Cloud VOD, which serves the models of many makers: its own API, and the gateway that some sell it by. */

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { CallbackReading, IncomingCallback, Provider, ProviderIo } from '../provider.ts';
import { isTaskId, objectIn, vendorFailure } from '../replies.ts';
import { hostOf } from './call.ts';
import { credentialFault, readCredential } from './credential.ts';
import { gateway } from './gateway.ts';
import { limitsOf } from './inputs.ts';
import { native } from './native.ts';
import { eventSign } from './sign.ts';
import { ERRORS } from './tables.ts';

/** The vendor remembers a `SessionId`, and shows a task, for three days. */
const REMEMBERED_HOURS = 72;

export const tencentVod: Provider = {
  name: 'tencent-vod',
  baseUrl: 'https://vod.tencentcloudapi.com',
  servesEveryModel: false,
  credentialForm: 'SubAppId|SecretId|SecretKey[|Region[|SignKey]], or the one word of a gateway',
  credentialFault,
  errors: ERRORS,
  inputLimits: limitsOf,
  submit: (spec, upstream, io) => apiOf(io).submit(spec, upstream, io),
  check: (task, io) => apiOf(io).check(task, io),
  // The gateway has neither tokens nor a list.
  replay: {
    duplicatesRefused: true,
    rememberedHours: REMEMBERED_HOURS,
    resubmit: async (spec, upstream, io) =>
      isNative(io)
        ? native.resubmit(spec, upstream, io)
        : { kind: 'refused', failure: vendorFailure('outcome_unknown', 'the gateway has no tokens') },
  },
  listRecent: async (_spec, _upstream, window, io) => (isNative(io) ? native.listRecent(window, io) : []),
  testCredential: (io) => apiOf(io).testCredential(io),
  taskRetentionHours: REMEMBERED_HOURS,
  readCallback: async (incoming, io) => readCallback(incoming, io),
};

function isNative(io: Pick<ProviderIo, 'baseUrl'>): boolean {
  return hostOf(io.baseUrl) !== null;
}

function apiOf(io: Pick<ProviderIo, 'baseUrl'>): typeof gateway {
  return isNative(io) ? native : gateway;
}

/**
 * An event of the application, which it sends to one address for all tasks: whoever passes it on finds ours in its
 * `SessionContext`. Signed where the application has a key for that; the signature ends at `T`.
 */
function readCallback(incoming: IncomingCallback, io: ProviderIo): CallbackReading {
  const body = objectIn({ text: incoming.body.toString('utf8') }) ?? {};
  const credential = readCredential(io.credential);
  if (credential.kind === 'keys' && credential.signKey !== null && !isSigned(body, credential.signKey, io.now()))
    return { kind: 'forged' };
  const event = property(body, 'AigcVideoCompleteEvent');
  const id = isObject(event) ? property(event, 'TaskId') : undefined;
  return { kind: 'notice', task: isTaskId(id) ? { id, data: {} } : null, reply: null };
}

function isSigned(body: JsonObject, signKey: string, now: Date): boolean {
  const until = property(body, 'T');
  return (
    typeof until === 'number' && until * 1_000 >= now.getTime() && property(body, 'Sign') === eventSign(signKey, until)
  );
}
