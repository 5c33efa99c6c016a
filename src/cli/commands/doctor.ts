/** The check-up: everything that an installation needs, one line each, with the cure for what is wrong. */

import { ConfigError } from '../../config.ts';
import { StartupError } from '../../store/embedded/startup-error.ts';
import type { CliContext, CommandRow, Outcome } from '../command.ts';
import { checkDatabase } from '../doctor/database.ts';
import { fail, ok, warn } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import {
  checkDataDirectory,
  checkDiskSpace,
  checkFileSystem,
  checkPort,
  checkPublicUrl,
  checkStorage,
} from '../doctor/machine.ts';
import { checkServer } from '../doctor/server.ts';
import { wordsOf } from '../paint.ts';
import type { Paint } from '../paint.ts';

export const DOCTOR_COMMANDS: readonly CommandRow[] = [
  {
    name: 'doctor',
    about: 'Check the whole installation, running or not: each finding with its cure',
    needs: 'nothing',
    run: async (context) => outcomeOf(await checkUp(context)),
  },
];

const MACHINE_CHECKS = [checkDataDirectory, checkFileSystem, checkDiskSpace, checkStorage, checkPort, checkPublicUrl];

async function checkUp(context: CliContext): Promise<Finding[]> {
  try {
    const config = context.config();
    const findings = [ok('settings', 'every variable can be read')];
    for (const check of MACHINE_CHECKS) findings.push(await check(config));
    findings.push(...(await checkedDatabase(context)));
    findings.push(...(await checkServer(() => context.admin())));
    return findings;
  } catch (error) {
    if (error instanceof ConfigError)
      return [fail('settings', error.message, 'docs/admin-api.md lists every variable')];
    throw error;
  }
}

async function checkedDatabase(context: CliContext): Promise<Finding[]> {
  const config = context.config();
  try {
    return await context.withDatabase((database) => checkDatabase(config, database));
  } catch (error) {
    const isMissing = error instanceof StartupError && error.message.startsWith('There is no database');
    if (isMissing) return [warn('database', error.message, 'the first start makes it: `npm start`')];
    const cure =
      config.databaseUrl === null
        ? 'see the sentence; the log is postgres/server.log in the data directory'
        : 'see that PostgreSQL runs, and that DATABASE_URL has the right host, user, password and database';
    return [fail('database', wordsOf(error), cure)];
  }
}

function outcomeOf(findings: readonly Finding[]): Outcome {
  const count = (verdict: Finding['verdict']): number => findings.filter((one) => one.verdict === verdict).length;
  const data = { ok: count('fail') === 0, warnings: count('warn'), failures: count('fail'), checks: findings };
  return { data, text: (paint) => text(findings, paint), exit: data.ok ? 'ok' : 'failed' };
}

const TONES = { ok: 'good', warn: 'warn', fail: 'bad' } as const satisfies Record<Finding['verdict'], keyof Paint>;

function text(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(width + 8);
  return findings
    .flatMap(({ check, verdict, found, cure }) => [
      `${paint[TONES[verdict]](verdict.padEnd(4))}  ${check.padEnd(width)}  ${found}`,
      ...(cure === null ? [] : [`${indent}${paint.dim('→')} ${cure}`]),
    ])
    .join('\n');
}
