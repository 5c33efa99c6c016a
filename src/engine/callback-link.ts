/** The address that a vendor is given for an attempt: it names the attempt, and nobody else can make it up. */

import type { Secrets } from '../secrets.ts';

export function callbackUrl(secrets: Secrets, publicUrl: string, channelId: string, attemptId: string): string {
  return `${publicUrl}/callbacks/${channelId}/${attemptId}.${secrets.signLink(signedText(channelId, attemptId))}`;
}

/** The attempt that the last step of a callback's address names; null if it is not ours. */
export function attemptOfCallback(secrets: Secrets, channelId: string, lastStep: string): string | null {
  const [attemptId = '', signature = ''] = lastStep.split('.', 2);
  return secrets.verifyLink(signedText(channelId, attemptId), signature) ? attemptId : null;
}

function signedText(channelId: string, attemptId: string): string {
  return `callback:${channelId}:${attemptId}`;
}
