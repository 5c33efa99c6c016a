/** What must be true after every step, and what must be true at the end. */

import { runAudit } from '../../src/ledger/audit.ts';
import { isTerminal } from '../../src/model/job.ts';
import type { Micros } from '../../src/model/money.ts';
import type { Database } from '../../src/store/database.ts';
import { billOf } from './books.ts';
import type { VendorTask } from './books.ts';
import type { AttemptView, House, JobView } from './look.ts';
import type { Vendor } from './vendor.ts';
import { Violation } from './world.ts';
import type { World } from './world.ts';

/** Whatever a job waits for, it is looked at again by then. */
const LONGEST_WAIT_MS = 20 * 60_000;

export type ChannelPlaces = ReadonlyMap<string, number | null>;

/** Throws a `Violation` for anything that must not be, seen alone or as what came after `before`. */
export function requireOrder(
  world: World,
  house: House,
  before: House | null,
  vendors: readonly Vendor[],
  places: ChannelPlaces,
): void {
  if (house.unbalanced !== 0) throw new Violation(`${house.unbalanced} ledger transactions do not sum to zero`);
  if (house.wrongBalances !== 0) throw new Violation(`${house.wrongBalances} accounts do not have what was booked`);
  const earlier = new Map(before?.jobs.map((job) => [job.id, job]));
  const attempts = Map.groupBy(house.attempts, (attempt) => attempt.jobId);
  for (const job of house.jobs) {
    requireMoney(job);
    requireWay(world, job, earlier.get(job.id) ?? null);
    requireRefusals(job, attempts.get(job.id) ?? []);
    requireOwnTasks(job, attempts.get(job.id) ?? [], vendors);
  }
  for (const [channelId, most] of places) {
    const taken = house.jobs.filter(
      (job) => job.channelId === channelId && (job.state === 'submitting' || job.state === 'running'),
    ).length;
    if (most !== null && taken > most)
      throw new Violation(`channel ${channelId} has ${taken} jobs and room for ${most}`);
  }
}

function requireMoney({ id, state, holds, settlements }: JobView): void {
  if (holds !== 1) throw new Violation(`the job ${id} has ${holds} holds`);
  const due = isTerminal(state) ? 1 : 0;
  if (settlements !== due) throw new Violation(`the job ${id} is ${state} and has ${settlements} settlements`);
}

function requireWay(world: World, job: JobView, before: JobView | null): void {
  if (before !== null && job.version < before.version)
    throw new Violation(`the version of the job ${job.id} went back`);
  if (before !== null && isTerminal(before.state) && job.state !== before.state)
    throw new Violation(`the job ${job.id} was ${before.state} and is ${job.state}`);
  if (!isTerminal(job.state) && job.dueMs > world.nowMs + LONGEST_WAIT_MS)
    throw new Violation(`the job ${job.id} is not looked at for ${job.dueMs - world.nowMs} ms`);
}

/** A vendor is asked again only after the one before has refused the job, or taken and then failed it. */
function requireRefusals(job: JobView, attempts: readonly AttemptView[]): void {
  for (const [index, attempt] of attempts.entries()) {
    if (attempt.number !== index + 1)
      throw new Violation(`the attempts of the job ${job.id} are not numbered in order`);
    const isLast = index === attempts.length - 1;
    const isOver = attempt.state === 'refused' || (attempt.state === 'accepted' && attempt.failed);
    if (!isLast && !isOver)
      throw new Violation(`the job ${job.id} was submitted again after an attempt that is ${attempt.state}`);
    if (attempt.state === 'accepted' && attempt.taskId === null)
      throw new Violation(`the attempt ${attempt.id} was accepted without a task`);
  }
}

/** Nobody gets what somebody else has asked for. */
function requireOwnTasks(job: JobView, attempts: readonly AttemptView[], vendors: readonly Vendor[]): void {
  const tasks = vendors.flatMap(({ books }) => books.tasks);
  for (const { taskId } of attempts) {
    const task = taskId === null ? null : tasks.find(({ id }) => id === taskId);
    if (task === undefined) throw new Violation(`the job ${job.id} has the task ${taskId}, which no vendor has`);
    if (task !== null && task.prompt !== job.prompt)
      throw new Violation(
        `the job ${job.id} of ${job.order} has the task ${task.id}, which was made for ${task.order}`,
      );
  }
}

type Booked = { readonly attemptId: string; readonly kind: 'cost' | 'loss'; readonly micros: Micros };

/** All is settled: the audit is clean, every end was told, and each vendor's bill is in our books. */
export async function requireSettled(
  link: Database,
  house: House,
  vendors: readonly Vendor[],
  channels: ReadonlyMap<string, string>,
): Promise<void> {
  const report = await runAudit(link);
  for (const check of report.checks)
    if (!check.ok) throw new Violation(`the audit found: ${check.name} ${JSON.stringify(check.broken)}`);
  const open = house.jobs.find((job) => !isTerminal(job.state));
  if (open !== undefined) throw new Violation(`the job ${open.id} is still ${open.state}`);
  await requireTold(link, house);
  await requireBills(link, house, vendors, channels);
}

/** Every end of a job was written down for the receiver of webhooks, once. */
async function requireTold(link: Database, house: House): Promise<void> {
  const told = await link.query<{ job_id: string; times: number }>(
    'select job_id, count(*)::integer as times from delivery group by job_id',
  );
  const times = new Map(told.map((row) => [row.job_id, row.times]));
  const wrong = house.jobs.find((job) => times.get(job.id) !== 1);
  if (wrong !== undefined)
    throw new Violation(`the end of the job ${wrong.id} is told ${times.get(wrong.id) ?? 0} times`);
}

async function requireBills(
  link: Database,
  house: House,
  vendors: readonly Vendor[],
  channels: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = await link.query<{ attempt_id: string; kind: Booked['kind']; micros: Micros }>(
    `select txn.attempt_id, txn.kind, -entry.amount_micros as micros
     from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'payable'`,
  );
  const booked = new Map(rows.map((row) => [row.attempt_id, row.micros]));
  const attempts = new Map(house.attempts.map((attempt) => [attempt.id, attempt]));
  for (const vendor of vendors) {
    const own = house.attempts.filter((attempt) => channels.get(attempt.channelId) === vendor.name);
    for (const task of vendor.books.tasks) {
      // Where the vendor lost its own answer, another attempt's id may be what we know the task by.
      const owner = own.find((attempt) => attempt.taskId === task.id) ?? attempts.get(task.token);
      if (owner === undefined)
        throw new Violation(`nothing is known here of ${task.id}, which ${vendor.name} accepted`);
      requireBill(task, owner, booked.get(owner.id) ?? null);
      booked.delete(owner.id);
    }
  }
  for (const [attemptId, micros] of booked)
    throw new Violation(`${micros} are booked for ${attemptId}, and nobody asks for them`);
}

/** A task that nobody could find out about is on the operator's list, and nothing else may be missing. */
function requireBill(task: VendorTask, owner: AttemptView, micros: Micros | null): void {
  const bill = billOf(task);
  if (micros === null && (bill === 0n || owner.orphan)) return;
  if (task.said.size > 1) return;
  if (micros !== bill)
    throw new Violation(`${task.id} is billed with ${bill}, and ${micros ?? 'nothing'} is booked for ${owner.id}`);
}
