/** Signed addresses of files that need no key: the asset and the end of its life, and a signature over both. */

import { isUuid } from '../model/id.ts';
import type { Secrets } from '../secrets.ts';

export function linkTo(secrets: Secrets, publicUrl: string, assetId: string, expiresMs: number): string {
  const expires = String(Math.floor(expiresMs / 1000));
  const signature = secrets.signLink(signedText(assetId, expires));
  return `${publicUrl}/files/${assetId}?expires=${expires}&signature=${signature}`;
}

export type LinkVerdict = 'good' | 'altered' | 'expired';

/** `expires` and `signature` as they came in the query. */
export function judgeLink(
  secrets: Secrets,
  assetId: string,
  expires: unknown,
  signature: unknown,
  nowMs: number,
): LinkVerdict {
  if (typeof expires !== 'string' || typeof signature !== 'string' || !isUuid(assetId)) return 'altered';
  if (!/^\d{1,12}$/.test(expires) || !secrets.verifyLink(signedText(assetId, expires), signature)) return 'altered';
  return Number(expires) * 1000 <= nowMs ? 'expired' : 'good';
}

function signedText(assetId: string, expires: string): string {
  return `file\n${assetId}\n${expires}`;
}
