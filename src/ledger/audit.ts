/** The audit: every promise about money and jobs, asked of the live database. */

import { AUDIT_QUESTIONS, findBroken } from '../store/audit.ts';
import type { Database } from '../store/database.ts';

export type AuditCheck = {
  readonly name: string;
  readonly promise: string;
  readonly ok: boolean;
  /** Up to twenty rows that break the promise. */
  readonly broken: readonly { readonly subject: string; readonly found: string }[];
};
export type AuditReport = { readonly ok: boolean; readonly checks: readonly AuditCheck[] };

/** One snapshot is not needed: every question is one statement, and each change is one statement too. */
export async function runAudit(db: Database): Promise<AuditReport> {
  const checks: AuditCheck[] = [];
  for (const question of AUDIT_QUESTIONS) {
    const broken = await findBroken(db, question);
    checks.push({ name: question.name, promise: question.promise, ok: broken.length === 0, broken });
  }
  return { ok: checks.every((check) => check.ok), checks };
}
