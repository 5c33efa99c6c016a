/** The check-up of a running server: whether it answers, and what the vendors say of its channels. */

import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { AdminClient } from '../admin-client.ts';
import { CliError } from '../exit.ts';
import { oneLine } from '../paint.ts';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

const MAX_CHANNELS = 200;

/** `admin` throws `CliError` where no server can be asked. */
export async function checkServer(admin: () => Promise<AdminClient>): Promise<Finding[]> {
  const check = 'server';
  try {
    const client = await admin();
    const { data } = await client.list('/channels', MAX_CHANNELS);
    const findings: Finding[] = [ok(check, `it answers at ${client.url}`)];
    for (const channel of data) findings.push(...(await checkChannel(client, channel)));
    return findings;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const cure =
      error.exit === 'unreachable'
        ? 'start it, and the check-up asks the vendors too'
        : 'see to that, then run this again';
    return [(error.exit === 'unreachable' ? warn : fail)(check, error.message, cure)];
  }
}

/** Asks its vendor, where that costs nothing, and tells of a circuit that is open. */
async function checkChannel(client: AdminClient, channel: JsonObject): Promise<Finding[]> {
  const check = `channel ${oneLine(String(channel['name']))}`;
  if (channel['state'] !== 'enabled') return [];
  const report = await client.ask('POST', `/channels/${String(channel['id'])}/test`);
  const { credentials } = report;
  const tried = Array.isArray(credentials) ? credentials.filter(isObject) : [];
  const refused = tried.filter((one) => one['ok'] !== true);
  const health = isObject(channel['health']) ? channel['health'] : {};
  const [first] = refused;
  if (first !== undefined)
    return [
      fail(
        check,
        `${refused.length} of ${tried.length} credentials do not work: ${oneLine(String(first['message']))}`,
        'set its credentials again, or disable those that the vendor no longer takes',
      ),
    ];
  if (typeof health['rests_until'] === 'string')
    return [
      warn(
        check,
        `it rests until ${health['rests_until']} (${String(health['cause'])})`,
        'see to its vendor; the server tries it again by itself',
      ),
    ];
  const how = tried.some((one) => one['checked'] === 'live')
    ? 'its vendor takes its credentials'
    : 'its credentials are well formed';
  return [ok(check, how)];
}
