/** The process of the command line: its words in, its exit code out. */

import { text } from 'node:stream/consumers';

import { runCli } from './run.ts';

// Whoever reads the pipe may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const code = await runCli(process.argv.slice(2), {
  env: process.env,
  out: {
    isTerminal: process.stdout.isTTY,
    write: (words) => void process.stdout.write(words),
  },
  error: { write: (words) => void process.stderr.write(words) },
  input: () => text(process.stdin),
});

// What a server that could not start has said stands.
process.exitCode ??= code;
