/** The audit: every promise about money and jobs, asked of the live database. It finds and tells; it never repairs. */

import { charge } from '../model/price.ts';
import { AUDIT_QUESTIONS, countBroken, findBroken, listCharged, MAX_EXAMPLES, sumBooks } from '../store/audit.ts';
import type { ChargedJob } from '../store/audit.ts';
import type { Database } from '../store/database.ts';

export type AuditCheck = {
  readonly name: string;
  readonly promise: string;
  readonly ok: boolean;
  /** Up to twenty rows that break the promise. */
  readonly broken: readonly { readonly subject: string; readonly found: string }[];
  /** The accounts whose books this puts in doubt, with how many rows of theirs. */
  readonly accounts: readonly { readonly id: string; readonly broken: number }[];
};
export type AuditReport = {
  readonly ok: boolean;
  readonly checks: readonly AuditCheck[];
  /** What is in each book of the ledger, as micro-USD in text. */
  readonly books: Readonly<Record<string, string>>;
};

/** A large ledger takes its time. */
const QUESTION_TIMEOUT_MS = 10 * 60_000;
const PAGE = 500;

/** One snapshot is not needed: every question is one statement, and each change is one statement too. */
export async function runAudit(db: Database): Promise<AuditReport> {
  const checks: AuditCheck[] = [];
  const timeout = { statementTimeoutMs: QUESTION_TIMEOUT_MS };
  for (const question of AUDIT_QUESTIONS) {
    const { name, promise } = question;
    const broken = await db.transaction((tx) => findBroken(tx, question), timeout);
    const accounts = broken.length === 0 ? [] : await db.transaction((tx) => countBroken(tx, question), timeout);
    checks.push({ name, promise, ok: broken.length === 0, broken, accounts });
  }
  checks.push(await recomputeCharges(db));
  const books = await db.transaction(sumBooks, timeout);
  return { ok: checks.every((check) => check.ok), checks, books };
}

async function recomputeCharges(db: Database): Promise<AuditCheck> {
  const broken: { subject: string; found: string }[] = [];
  const accounts = new Map<string, number>();
  let after: string | null = null;
  do {
    const page: readonly ChargedJob[] = await listCharged(db, after, PAGE);
    for (const job of page) {
      const due = charge(job.spec, job.price, job.quoteMicros, job.facts?.durationMs ?? null);
      if (due === job.chargeMicros) continue;
      accounts.set(job.accountId, (accounts.get(job.accountId) ?? 0) + 1);
      if (broken.length < MAX_EXAMPLES)
        broken.push({ subject: job.id, found: `${job.chargeMicros} charged, ${due} is due` });
    }
    after = page.length < PAGE ? null : (page.at(-1)?.id ?? null);
  } while (after !== null);
  return {
    name: 'charges_follow_the_price',
    promise: 'each charge is what the price the job was made with gives for the length that was delivered',
    ok: broken.length === 0,
    broken,
    accounts: [...accounts].map(([id, count]) => ({ id, broken: count })),
  };
}
