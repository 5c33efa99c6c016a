/** Files that the operator names on the command line. */

import { readFile } from 'node:fs/promises';

import { CliError } from './exit.ts';
import type { CliContext } from './command.ts';

/** The file's text, or that of standard input for `-`. Throws `CliError`. */
export async function readText(context: Pick<CliContext, 'input'>, path: string): Promise<string> {
  if (path === '-') return context.input();
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

export function unreadable(path: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why = { ENOENT: 'there is no such file', EACCES: 'this user may not read it', EISDIR: 'it is a directory' }[
    code
  ];
  return new CliError('usage', `${path} cannot be read: ${why ?? code}.`);
}
