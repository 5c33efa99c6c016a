/** Judges where somebody wants to be told, before anything is sent there; each try is judged again. */

import type { GuardedFetcher } from '../../media/guard/guarded-fetch.ts';
import { violation } from '../../model/violation.ts';
import type { Violation } from '../../model/violation.ts';

/** A name that cannot be resolved within this time may be one that is slow today: only what is known to be wrong is refused. */
const JUDGE_MS = 1_000;

/** Null where notices may be sent to the URL; `param` is the client's name of the field. */
export async function receiverFault(fetcher: GuardedFetcher, param: string, url: string): Promise<Violation | null> {
  const verdict = await fetcher.check(url, { deadlineMs: JUDGE_MS });
  if (verdict.ok || (verdict.reason !== 'url_invalid' && verdict.reason !== 'url_not_allowed')) return null;
  const en = verdict.message.replace(/\.$/, '');
  return violation('not_allowed_url', param, null, null, { en, zh: en });
}
