/** Commands that serve, bring the schema up to date, ask the books, and renew the secret. */

import type { AuditReport } from '../../ledger/audit.ts';
import { runAudit } from '../../ledger/audit.ts';
import { migrate, MIGRATIONS } from '../../store/migrate.ts';
import type { AdminClient } from '../admin-client.ts';
import { saidOutcome } from '../answers.ts';
import type { CommandRow, Outcome } from '../command.ts';
import type { Paint } from '../paint.ts';

const MAX_ROTATION_ROUNDS = 100_000;

export const UPKEEP_COMMANDS: readonly CommandRow[] = [
  {
    name: 'serve',
    about: 'Run the server until it is told to stop (what `reelgate` alone does)',
    needs: 'nothing',
    run: async () => {
      await import('../../main.ts');
      return null;
    },
  },
  {
    name: 'migrate',
    about: "Bring the database to this build's schema; a start does the same",
    needs: 'the database',
    run: async (context) => {
      const { applied, version } = await context.withDatabase(({ db }) => migrate(db, MIGRATIONS), 'or_new');
      const what = applied.length === 0 ? 'Nothing was missing' : `Applied ${applied.join(', ')}`;
      return saidOutcome({ applied, version }, `${what}: the database is at version ${version}.`);
    },
  },
  {
    name: 'audit',
    about: 'Ask the database whether every promise about money and jobs holds',
    needs: 'the database',
    run: async (context) => {
      const report = await context.withDatabase(({ db }) => runAudit(db));
      return { data: report, text: (paint) => auditText(report, paint), exit: report.ok ? 'ok' : 'failed' };
    },
  },
  {
    name: 'secrets rotate',
    about: 'Seal every stored credential and webhook secret anew, with the newest secret',
    needs: 'a running server',
    run: async (context) => rotationOutcome(await rotateAll(await context.admin())),
  },
];

type Rotation = { readonly resealed: number; readonly unreadable: number; readonly left: number };

/** The server does a bounded part at a time: asked until nothing is left that it can do. */
async function rotateAll(admin: AdminClient): Promise<Rotation> {
  let resealed = 0;
  for (let round = 1; ; round += 1) {
    const answer = await admin.ask('POST', '/secrets/rotate');
    const [done, unreadable, left] = ['resealed', 'unreadable', 'left'].map((name) => Number(answer[name] ?? 0));
    resealed += done ?? 0;
    const rotation = { resealed, unreadable: unreadable ?? 0, left: left ?? 0 };
    if (rotation.left <= rotation.unreadable || done === 0 || round === MAX_ROTATION_ROUNDS) return rotation;
  }
}

function rotationOutcome(rotation: Rotation): Outcome {
  const { resealed, unreadable, left } = rotation;
  const rest = left === 0 ? 'nothing is left' : `${left} are left, of which ${unreadable} cannot be opened`;
  return { ...saidOutcome(rotation, `${resealed} sealed anew; ${rest}.`), exit: left === 0 ? 'ok' : 'failed' };
}

export function auditText(report: AuditReport, paint: Paint): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const lines = report.checks.flatMap((check) => [
    `${check.ok ? paint.good('ok    ') : paint.bad('BROKEN')}  ${check.name.padEnd(width)}  ${check.promise}`,
    ...check.broken.map(({ subject, found }) => `        ${subject}  ${found}`),
  ]);
  const doubted = new Set(report.checks.flatMap((check) => check.accounts.map(({ id }) => id)));
  if (doubted.size > 0) lines.push('', `Accounts whose books are in doubt: ${[...doubted].join(', ')}`);
  const broken = report.checks.filter((check) => !check.ok).length;
  const verdict = broken === 0 ? 'Every promise is kept.' : `${broken} of ${report.checks.length} promises are broken.`;
  return [...lines, '', verdict].join('\n');
}
