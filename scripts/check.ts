/** `npm run check`: format, lint, types, dead code and the house rules, side by side; the first word of each is its verdict. */

import { spawn } from 'node:child_process';

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  format: ['oxfmt', '--check', 'src', 'test', 'bench', 'scripts', 'bin'],
  lint: ['oxlint', '--deny-warnings', 'src', 'test', 'bench', 'scripts'],
  types: ['tsc', '--noEmit', '-p', 'tsconfig.json'],
  'dead code': ['knip', '--no-progress'],
  tidy: ['vitest', 'run', '--config', 'test/tidy.config.ts'],
};

function run(name: string, command: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(`node_modules/.bin/${command[0] ?? ''}`, command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const verdicts = await Promise.all(Object.entries(TOOLS).map(([name, command]) => run(name, command)));
process.exitCode = verdicts.every(Boolean) ? 0 : 1;
