/** `npm run audit`: asks the database of this installation whether every promise about money and jobs holds. */

import { ConfigError, readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { runAudit } from '../src/ledger/audit.ts';
import type { AuditReport } from '../src/ledger/audit.ts';
import { openDatabase } from '../src/store/database.ts';
import type { DatabaseConnection } from '../src/store/database.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/embedded-postgres.ts';
import { StartupError } from '../src/store/embedded/startup-error.ts';
import { visitEmbeddedPostgres } from '../src/store/embedded/visit.ts';

const BROKEN = 1;
const COULD_NOT_ASK = 2;

type Opened = { readonly connection: DatabaseConnection; close(): Promise<void> };

async function main(): Promise<void> {
  const { connection, close } = await open(readConfig(process.env));
  try {
    const db = openDatabase({ connection, maxConnections: 1, applicationName: 'reelgate-audit' });
    const report = await runAudit(db).finally(() => db.close());
    process.stdout.write(`${table(report)}\n`);
    if (!report.ok) process.exitCode = BROKEN;
  } finally {
    await close();
  }
}

/** The database of a server that runs is asked as it is; one that rests is started for the length of the audit. */
async function open(config: Config): Promise<Opened> {
  if (config.databaseUrl !== null) return { connection: { url: config.databaseUrl }, close: async () => undefined };
  const running = await visitEmbeddedPostgres(config.dataDir);
  if (running !== null) return { connection: running, close: async () => undefined };
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (level, message) => {
      if (level === 'warn') process.stderr.write(`${message}\n`);
    },
    runAs: config.databaseUser,
  });
  return { connection: postgres.connection, close: () => postgres.stop() };
}

function table(report: AuditReport): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const lines = report.checks.flatMap((check) => [
    `${check.ok ? 'ok    ' : 'BROKEN'}  ${check.name.padEnd(width)}  ${check.promise}`,
    ...check.broken.map(({ subject, found }) => `        ${subject}  ${found}`),
  ]);
  const doubted = new Set(report.checks.flatMap((check) => check.accounts.map(({ id }) => id)));
  if (doubted.size > 0) lines.push('', `Accounts whose books are in doubt: ${[...doubted].join(', ')}`);
  const broken = report.checks.filter((check) => !check.ok).length;
  const verdict = broken === 0 ? 'Every promise is kept.' : `${broken} of ${report.checks.length} promises are broken.`;
  return [...lines, '', verdict].join('\n');
}

try {
  await main();
} catch (error) {
  const isPlain = error instanceof StartupError || error instanceof ConfigError;
  process.stderr.write(`The audit could not be made: ${isPlain ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_ASK;
}
