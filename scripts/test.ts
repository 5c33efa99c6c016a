/** `npm test`: runs the suite and closes with one line computed from the runner's own report. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
};

const directory = mkdtempSync(join(tmpdir(), 'reelgate-report-'));
const reportPath = join(directory, 'report.json');
const given = process.argv.slice(2);
const run = spawnSync(
  'node_modules/.bin/vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`, ...given],
  {
    stdio: 'inherit',
  },
);
try {
  const report = JSON.parse(readFileSync(reportPath, 'utf8')) as Report;
  // A file that could not be loaded, or a set-up that failed, has no failed test of its own, yet must count.
  const failed = Math.max(report.numFailedTests, run.status === 0 ? 0 : 1);
  process.stdout.write(`${report.numPassedTests} passed, ${failed} failed\n`);
  process.exitCode = run.status === 0 && failed === 0 && report.numPassedTests > 0 ? 0 : 1;
} catch {
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
