/** Access tokens of service accounts, asked for once and used until they end. */

import { FailureError } from '../../model/failure.ts';
import { property } from '../../model/json.ts';
import type { HttpResponse, ProviderIo } from '../provider.ts';
import { UpstreamSilence } from '../provider.ts';
import { objectIn, vendorFailure } from '../replies.ts';
import type { ServiceAccount } from './credential.ts';
import { signAssertion } from './sign.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const FORM = 'application/x-www-form-urlencoded';
/** A token about to end is not used: the call that bears it may take a while. */
const SPARE_MS = 5 * 60_000;
/** The one asked for longest ago is forgotten. */
const MAX_TOKENS = 1_000;

type Token = { readonly text: string; readonly endsMs: number };

export type Tokens = {
  /** Throws `FailureError` where Google refuses the account, `UpstreamSilence` where it could not be asked. */
  of(account: ServiceAccount, io: ProviderIo): Promise<string>;
  /** A token that Google no longer takes. */
  forget(account: ServiceAccount): void;
};

export function createTokens(): Tokens {
  const known = new Map<string, Token>();
  return {
    of: async (account, io) => {
      const key = keyOf(account);
      const have = known.get(key);
      if (have !== undefined && have.endsMs - SPARE_MS > io.now().getTime()) return have.text;
      const token = await ask(account, io);
      known.delete(key);
      known.set(key, token);
      const [oldest] = known.keys();
      if (known.size > MAX_TOKENS && oldest !== undefined) known.delete(oldest);
      return token.text;
    },
    forget: (account) => {
      known.delete(keyOf(account));
    },
  };
}

function keyOf({ email, tokenUrl, privateKey }: ServiceAccount): string {
  return [tokenUrl, email, privateKey].join('\n');
}

async function ask(account: ServiceAccount, io: ProviderIo): Promise<Token> {
  const fields = new URLSearchParams({ grant_type: GRANT, assertion: signAssertion(account, io.now()) });
  const response = await grant(account, fields, io);
  const body = objectIn(response) ?? {};
  if (response.status >= 400 && response.status < 500 && response.status !== 429) {
    const said = ['error', 'error_description'].map((name) => property(body, name));
    throw new FailureError(
      vendorFailure(
        'upstream_credential',
        `${response.status} ${said.filter((word) => typeof word === 'string').join(' ')}`,
      ),
    );
  }
  const [text, seconds] = [property(body, 'access_token'), property(body, 'expires_in')];
  if (response.status !== 200 || typeof text !== 'string' || typeof seconds !== 'number')
    throw new UpstreamSilence(`Google answered ${response.status} when asked for an access token`, false);
  return { text, endsMs: io.now().getTime() + seconds * 1_000 };
}

/** Whatever happens here, the request that needs the token was not sent. */
async function grant(account: ServiceAccount, fields: URLSearchParams, io: ProviderIo): Promise<HttpResponse> {
  try {
    return await io.http({
      method: 'POST',
      path: account.tokenUrl,
      headers: { 'content-type': FORM },
      text: fields.toString(),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UpstreamSilence(`no access token: ${why}`, false);
  }
}
