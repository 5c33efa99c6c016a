/**
 * `npm run supply`: whether the packages are as they should be, and whether the registry knows of a weakness in any. What it
 * would not say is never taken for good: then the exit code is 2.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { readPackages, SUPPLY_RULES } from './supply-rules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WRONG = 1;
const NOT_ASKED = 2;
const ASK_MS = 120_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

function checkRules(): number {
  let verdict = 0;
  for (const rule of SUPPLY_RULES) {
    const faults = rule.faults(...readPackages());
    process.stdout.write(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${rule.name}\n`);
    for (const fault of faults) process.stdout.write(`       ${fault}\n`);
    if (faults.length > 0) verdict = WRONG;
  }
  return verdict;
}

type Advisories = {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
};

/** Null where the registry did not answer, or answered something else. */
function weakPackages(): readonly string[] | null {
  const asked = spawnSync('npm', ['audit', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: ASK_MS,
    maxBuffer: MAX_ANSWER_BYTES,
  });
  try {
    const { vulnerabilities } = JSON.parse(asked.stdout) as Advisories;
    if (vulnerabilities === undefined) return null;
    return Object.entries(vulnerabilities).map(([name, { severity, range }]) => `${name} ${range} (${severity})`);
  } catch {
    return null;
  }
}

function checkAdvisories(): number {
  const weak = weakPackages();
  if (weak === null) {
    process.stdout.write(
      '?    the registry gave no advisories: whether a version has a known weakness was NOT checked\n',
    );
    return NOT_ASKED;
  }
  process.stdout.write(`${weak.length === 0 ? 'ok  ' : 'FAIL'} the registry knows of no weakness in any package\n`);
  for (const fault of weak) process.stdout.write(`       ${fault}\n`);
  return weak.length === 0 ? 0 : WRONG;
}

const rules = checkRules();
const advisories = checkAdvisories();
process.exitCode = rules === 0 ? advisories : rules;
