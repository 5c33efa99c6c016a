// Name resolution for user-given URLs: all A and AAAA answers, asked for once per hop.

import { lookup, Resolver } from 'node:dns/promises';

/** Every address of the name; rejects when there is none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

const QUERY_TIMEOUT_MS = 2_000;
const QUERY_TRIES = 2;

/**
 * For names the outside world gave us: asks the name servers directly. Unlike `lookup` this occupies no thread of the
 * pool that file writes need, and tries no search domains, so that a slow or clever zone costs nobody else anything.
 * `nameServers` are `ip` or `ip:port`; null: the machine's.
 */
export function createPublicResolver(nameServers: readonly string[] | null): ResolveHost {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (nameServers !== null) resolver.setServers(nameServers);
  return async (host) => {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const answers = [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (answers.length === 0 && ipv4.status === 'rejected') throw ipv4.reason;
    return answers;
  };
}

/** For names the operator listed: as the machine itself resolves them, with its hosts file and search domains. */
export const resolveLikeTheMachine: ResolveHost = async (host) => {
  const answers = await lookup(host, { all: true, order: 'verbatim' });
  return answers.map((answer) => answer.address);
};
