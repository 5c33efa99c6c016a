/** `npm run guards [-- --letter S]`: breaks the guards of a copy of this tree, one after the other, and says which cases notice. */

import { parseArgs } from 'node:util';

import { columns, PLAIN } from '../../../src/cli/paint.ts';
import { copyTree } from './guarded-tree.ts';
import type { GuardedTree } from './guarded-tree.ts';
import { GUARDS } from './guards.ts';
import type { Guard } from './guards.ts';
import { outcomeOf } from './verdict.ts';
import type { Report } from './verdict.ts';

const USAGE = 'usage: npm run guards -- [--letter A]';
const HEAD = ['letter', 'guard', 'broken in', 'red of run', 'cases that turned red'];

type Proof = {
  readonly guard: Guard;
  /** Cases that are green while it is whole. */
  readonly run: number;
  /** Those of them that turned red. */
  readonly red: readonly string[];
  /** Their names, or why there are none. */
  readonly words: string;
};

let isInterrupted = false;

function readOrder(): readonly Guard[] {
  const { values } = parseArgs({ options: { letter: { type: 'string' } } });
  return GUARDS.filter(({ letter }) => letter === (values.letter ?? letter));
}

async function main(guards: readonly Guard[]): Promise<boolean> {
  const tree = await copyTree();
  try {
    const reports = await runUnbroken(tree, new Set(guards.map(({ test }) => test)));
    const proofs: Proof[] = [];
    for (const guard of guards) {
      if (isInterrupted) break;
      const proof = await prove(tree, guard, reports.get(guard.test) ?? null);
      say(`${guard.letter} without “${guard.guard}”: ${proof.red.length} of ${proof.run} cases turn red`);
      proofs.push(proof);
    }
    return tell(proofs) && proofs.length === guards.length;
  } finally {
    await tree.remove();
  }
}

/** The reports on files of which every test passed: the others would prove nothing. */
async function runUnbroken(tree: GuardedTree, tests: Iterable<string>): Promise<Map<string, Report>> {
  const reports = new Map<string, Report>();
  for (const test of tests) {
    if (isInterrupted) break;
    const report = await tree.run(test);
    if (report?.success === true) reports.set(test, report);
    say(`${test} unbroken: ${report === null ? 'no report' : report.success ? 'green' : 'NOT GREEN'}`);
  }
  return reports;
}

async function prove(tree: GuardedTree, guard: Guard, unbroken: Report | null): Promise<Proof> {
  if (unbroken === null) return { guard, run: 0, red: [], words: 'NONE: not green unbroken' };
  const { green: run } = outcomeOf(guard.letter, guard.test, unbroken);
  const report = await tree.runWithout(guard);
  const { green, red: all } = report === null ? { green: [], red: [] } : outcomeOf(guard.letter, guard.test, report);
  const red = all.filter((id) => run.includes(id));
  const none = green.length === 0 ? 'NONE: no case came to an end' : 'NONE: nothing noticed';
  return { guard, run: run.length, red, words: red.length === 0 ? none : red.join(' ') };
}

/** Whether each guard was missed. */
function tell(proofs: readonly Proof[]): boolean {
  const lines = proofs.map(({ guard, run, red, words }) => [
    guard.letter,
    guard.guard,
    guard.file,
    `${red.length} of ${run}`,
    words,
  ]);
  const missed = proofs.filter(({ red }) => red.length > 0);
  say(`\n${columns(HEAD, lines, PLAIN)}\n\n${missed.length} of ${proofs.length} broken guards turned a case red`);
  return missed.length === proofs.length;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const asked = readOrder();
if (asked.length === 0) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  // Whoever is interrupted finishes the run at hand, and removes the copy.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isInterrupted = true;
    });
  if (!(await main(asked))) process.exitCode = 1;
}
