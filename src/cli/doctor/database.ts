/** The check-up of the database: whether it can be relied on, and whether what is in it can. */

import type { Config } from '../../config.ts';
import { openInstallationSecrets } from '../../installation-secrets.ts';
import { runAudit } from '../../ledger/audit.ts';
import { createProviders } from '../../providers/index.ts';
import type { SandboxStudio } from '../../providers/sandbox/sandbox.ts';
import type { Secrets } from '../../secrets.ts';
import { listChannels } from '../../store/channels.ts';
import type { Channel } from '../../store/channels.ts';
import { credentialContext } from '../../store/credentials.ts';
import { requireSupportedServer } from '../../store/database.ts';
import type { Database } from '../../store/database.ts';
import { clockLeadMs, unsafeSettings, webhookTrouble } from '../../store/inspection.ts';
import { MIGRATIONS, missingVersions } from '../../store/migrate.ts';
import { readSetting } from '../../store/settings.ts';
import type { OpenedDatabase } from '../open-database.ts';
import { wordsOf } from '../paint.ts';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** Leases and links are made by the database's clock and judged by ours. */
const CLOCK = { warnMs: 2_000, failMs: 60_000 } as const;
const ORIGINS: Readonly<Record<OpenedDatabase['origin'], string>> = {
  given: 'the one of DATABASE_URL',
  running: 'embedded, serving',
  started: 'embedded, started for this check',
};

const refuse = (): never => {
  throw new RangeError('a check-up draws nothing');
};
const NOTHING_IS_DRAWN: SandboxStudio = { start: refuse, status: refuse, cancel: refuse };

/** Everything about the database; what depends on a check that failed is left out. */
export async function checkDatabase(config: Config, { db, origin }: OpenedDatabase): Promise<Finding[]> {
  const version = await requireSupportedServer(db);
  const reached = ok('database', `PostgreSQL ${version}, ${ORIGINS[origin]}`);
  const basics = [reached, await checkDurability(db), await checkClock(db)];
  const schema = await checkMigrations(db);
  if (schema.verdict !== 'ok' || (await readSetting(db, 'first_account')) === null) return [...basics, schema];
  const { finding, secrets } = await checkSecret(config, db);
  return [
    ...basics,
    schema,
    finding,
    await checkAdminKey(config, db),
    ...(secrets === null ? [] : await checkCredentials(secrets, db)),
    await checkWebhooks(db),
    await checkAudit(db),
  ];
}

async function checkDurability(db: Database): Promise<Finding> {
  const check = 'durability';
  const unsafe = await unsafeSettings(db);
  if (unsafe.length === 0) return ok(check, 'what the database acknowledges it keeps');
  return fail(
    check,
    `an acknowledged payment can be lost: ${unsafe.join(', ')}`,
    'turn these settings on in postgresql.conf and restart PostgreSQL',
  );
}

async function checkClock(db: Database): Promise<Finding> {
  const check = 'clock';
  const leadMs = Math.round(await clockLeadMs(db, Date.now));
  const found = `the database's clock is ${Math.abs(leadMs)} ms ${leadMs < 0 ? 'behind' : 'ahead of'} this one`;
  const cure = 'keep both machines on network time (NTP)';
  if (Math.abs(leadMs) >= CLOCK.failMs) return fail(check, found, cure);
  return Math.abs(leadMs) >= CLOCK.warnMs ? warn(check, found, cure) : ok(check, found);
}

async function checkMigrations(db: Database): Promise<Finding> {
  const check = 'schema';
  try {
    const missing = await missingVersions(db, MIGRATIONS);
    if (missing === 0) return ok(check, "the database is at this build's version");
    const found =
      missing === null
        ? 'the database has not been set up yet'
        : `the database is ${missing} versions behind this build`;
    return warn(check, found, 'start the server, or run `reelgate migrate`');
  } catch (error) {
    return fail(check, wordsOf(error), 'run the Reelgate that the database belongs to');
  }
}

async function checkSecret(config: Config, db: Database): Promise<{ finding: Finding; secrets: Secrets | null }> {
  const check = 'secret';
  try {
    const secrets = await openInstallationSecrets(config, db);
    return { finding: ok(check, 'it is the one the database was made with'), secrets };
  } catch (error) {
    return {
      finding: fail(
        check,
        wordsOf(error),
        'restore the secret from where you keep it: nothing else opens what is sealed',
      ),
      secrets: null,
    };
  }
}

async function checkAdminKey({ adminKey }: Config, db: Database): Promise<Finding> {
  const check = 'admin key';
  if (adminKey !== null) return ok(check, 'it is the one of REELGATE_ADMIN_KEY');
  if ((await readSetting(db, 'admin_key_digest')) !== null) return ok(check, 'it was made by the first start');
  return warn(check, 'there is none', 'set REELGATE_ADMIN_KEY, or start the server, which makes one');
}

/** Whether what is stored of each channel can be used at all; whether its vendor agrees, only a running server asks. */
async function checkCredentials(secrets: Secrets, db: Database): Promise<Finding[]> {
  const providers = createProviders({ studio: NOTHING_IS_DRAWN });
  const channels = await listChannels(db);
  if (!channels.some(({ mode, state }) => mode === 'live' && state === 'enabled'))
    return [warn('channels', 'no channel takes live jobs', 'make one: `reelgate channels add`')];
  return channels.flatMap((channel) => {
    const faults = channelFaults(secrets, providers.get(channel.provider) ?? null, channel);
    if (faults.length === 0) return [];
    return [
      fail(
        `channel ${channel.name}`,
        faults.join('; '),
        'set its credentials again: `reelgate config apply`, or PATCH /admin/v1/channels/{id}',
      ),
    ];
  });
}

function channelFaults(
  secrets: Secrets,
  provider: { credentialFault(credential: string): string | null } | null,
  channel: Channel,
): string[] {
  if (provider === null) return [`this build has no provider ${channel.provider}`];
  if (channel.state === 'enabled' && !channel.credentials.some(({ state }) => state === 'enabled'))
    return ['it has no credential in use'];
  return channel.credentials.flatMap((credential) => {
    try {
      const fault = provider.credentialFault(secrets.open(credential.sealed, credentialContext(credential)));
      return fault === null ? [] : [fault];
    } catch {
      return ['a credential cannot be opened: it was sealed with another secret'];
    }
  });
}

async function checkWebhooks(db: Database): Promise<Finding> {
  const check = 'webhooks';
  const { disabledEndpoints, failedDeliveries, overdueDeliveries } = await webhookTrouble(db);
  const troubles = [
    [disabledEndpoints, 'endpoints were turned off because they failed'],
    [failedDeliveries, 'deliveries of the last day were given up'],
    [overdueDeliveries, 'deliveries are more than an hour late'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  if (troubles.length === 0) return ok(check, 'none is failing');
  return warn(
    check,
    troubles.join(', '),
    'see GET /v1/webhook_endpoints/{id}/deliveries of their accounts for what the receivers said',
  );
}

async function checkAudit(db: Database): Promise<Finding> {
  const check = 'audit';
  const broken = (await runAudit(db)).checks.filter((one) => !one.ok);
  if (broken.length === 0) return ok(check, 'every promise about money and jobs holds');
  return fail(
    check,
    `broken: ${broken.map(({ name }) => name).join(', ')}`,
    'see `reelgate audit` for which rows; docs/money.md says what follows',
  );
}
