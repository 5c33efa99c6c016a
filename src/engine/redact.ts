/** Vendors and libraries repeat in their errors what they were sent: nothing of a credential goes on from here. */

import type { Failure } from '../model/failure.ts';
import { credentialContext } from '../store/credentials.ts';
import type { Credential } from '../store/credentials.ts';
import type { EngineContext } from './engine-context.ts';

/** A shorter part of a credential is no secret, and its characters would be taken out of ordinary words. */
const MIN_SECRET_CHARS = 6;

export function redacted(message: string, credential: string): string {
  const parts = [credential, ...credential.split(/[|:\s]/)].filter((part) => part.length >= MIN_SECRET_CHARS);
  return parts.reduce((text, part) => text.replaceAll(part, '…'), message);
}

type Opener = Pick<EngineContext, 'secrets'>;

/** The words of an error that came of a call with the credential. */
export function redactedError(opener: Opener, credential: Credential, error: unknown): string {
  return redacted(error instanceof Error ? error.message : String(error), textOf(opener, credential));
}

/** A failure in a vendor's words. */
export function redactedFailure(opener: Opener, credential: Credential, failure: Failure): Failure {
  const { message, detail } = failure;
  const text = textOf(opener, credential);
  return {
    ...failure,
    message: redacted(message, text),
    ...(detail === undefined ? {} : { detail: redacted(detail, text) }),
  };
}

/** Empty for one that cannot be opened: no call was made with it. */
function textOf({ secrets }: Opener, credential: Credential): string {
  try {
    return secrets.open(credential.sealed, credentialContext(credential));
  } catch {
    return '';
  }
}
