/** Commands that make, check and restore backups. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Config } from '../../config.ts';
import type { Storage } from '../../media/storage/storage.ts';
import { secretPath } from '../../operator-key.ts';
import { withAssets } from '../assets.ts';
import { createBackup } from '../backup/create.ts';
import { restoreBackup } from '../backup/restore.ts';
import { verifyBackup } from '../backup/verify.ts';
import type { Verified } from '../backup/verify.ts';
import { recordOutcome } from '../answers.ts';
import { CliError } from '../exit.ts';
import type { CliContext, CommandRow, Outcome, Words } from '../command.ts';
import { withConnection, withEmbedded } from '../open-database.ts';
import type { OpenedDatabase } from '../open-database.ts';
import { auditText } from './upkeep.ts';

const FILE = { name: 'file', about: 'the backup' };

export const BACKUP_COMMANDS: readonly CommandRow[] = [
  {
    name: 'backup create',
    about: 'Write all rows as they are at one moment into one file, also while the server works; secrets stay sealed',
    needs: 'the database',
    arguments: [{ name: 'file', about: 'what to write; by default reelgate-<time>.tar', optional: true }],
    options: [{ name: 'assets', about: 'videos and inputs too, not only what is known of them' }],
    run: async (context, words) => {
      const config = context.config();
      const path = resolve(words.optional('file') ?? `reelgate-${new Date().toISOString().replaceAll(':', '')}.tar`);
      const create = (assets: Storage | null) => context.withDatabase(({ db }) => createBackup({ db, path, assets }));
      return recordOutcome(await (words.flag('assets') ? withAssets(config, create) : create(null)));
    },
  },
  {
    name: 'backup verify',
    about: 'Read a backup from end to end: digests, counts, and the sums of its ledger',
    needs: 'nothing',
    arguments: [FILE],
    run: async (_context, words) => verifyOutcome(await verifyBackup(resolve(words.text('file')))),
  },
  {
    name: 'backup restore',
    about: 'Bring a backup into an empty data directory or database, and audit it there',
    needs: 'nothing',
    arguments: [FILE],
    run: (context, words) => restore(context, words),
  },
];

function verifyOutcome({ header, manifest, faults }: Verified): Outcome {
  const { rows, assets, ledger } = manifest;
  const data = {
    ok: faults.length === 0,
    faults,
    taken_at: header.taken_at,
    reelgate: header.reelgate,
    schema_version: header.migrations.at(-1)?.version ?? 0,
    rows,
    ledger_micros: ledger,
    assets: { included: assets.included, count: assets.count, bytes: assets.bytes, missing: assets.missing.length },
  };
  const count = Object.values(rows).reduce((sum, some) => sum + some, 0);
  const held = assets.included ? `${assets.count} files of ${assets.bytes} bytes` : 'no files';
  const good = `The backup of ${header.taken_at} is whole: ${count} rows, ${held}, schema version ${data.schema_version}.`;
  return {
    data,
    exit: data.ok ? 'ok' : 'failed',
    text: (paint) =>
      data.ok
        ? paint.good(good)
        : [paint.bad('The backup is damaged:'), ...faults.map((fault) => `  ${fault}`)].join('\n'),
  };
}

async function restore(context: CliContext, words: Words): Promise<Outcome> {
  const config = context.config();
  const path = resolve(words.text('file'));
  const verified = await verifyBackup(path);
  const [fault] = verified.faults;
  if (fault !== undefined) throw new CliError('failed', `The backup is damaged: ${fault}.`);
  const { rows, assets, audit } = await intoEmpty(config, context.say, ({ db }) =>
    withAssets(config, (assets) => restoreBackup({ db, path, verified, assets })),
  );
  const needsSecret = config.secret === null && !existsSync(secretPath(config.dataDir));
  const next = needsSecret
    ? `Before the first start, set REELGATE_SECRET or put the old server's secret into ${secretPath(config.dataDir)}.`
    : 'Start the server with the secret that the old one had.';
  return {
    data: { rows, assets, audit, next },
    exit: audit.ok ? 'ok' : 'failed',
    text: (paint) => [auditText(audit, paint), '', `Restored ${rows} rows and ${assets} files. ${next}`].join('\n'),
  };
}

/** A database that a failed restore has made does not stay. */
async function intoEmpty<T>(
  config: Config,
  say: (line: string) => void,
  use: (database: OpenedDatabase) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== null) return withConnection({ url: config.databaseUrl }, 'given', use);
  const home = join(config.dataDir, 'postgres');
  if (existsSync(home))
    throw new CliError(
      'refused',
      `There is a database in ${config.dataDir} already: name an empty directory in REELGATE_DATA_DIR.`,
    );
  try {
    return await withEmbedded(config, say, use);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}
