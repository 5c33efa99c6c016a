/** Runs a short program of PostgreSQL's to its end, with a bound on time and output. */

import { spawn } from 'node:child_process';

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
};

const MAX_OUTPUT_CHARACTERS = 16_384;

/** `code` is null when the program could not be started, was killed, or ran into the time limit. */
export function runProgram(
  command: Command,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-MAX_OUTPUT_CHARACTERS);
    };
    const { uid, gid } = command;
    const child = spawn(command.file, command.args, {
      env: { ...environment },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      keep(error.message);
      resolve({ code: null, output });
    });
    child.once('close', (code) => resolve({ code, output }));
  });
}
