/** How commands end. */

/** How a command ended, for scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, refused: 4 } as const;
export type Exit = keyof typeof EXIT;

export const EXIT_MEANINGS: Readonly<Record<Exit, string>> = {
  ok: 'it did what was asked',
  failed: 'it did its work and what it found is bad (an audit, a check, a test), or it broke off',
  usage: 'the command line, a setting or the file it was given is wrong',
  unreachable: 'the server or the database does not answer',
  refused: 'the server or the state of things does not allow it',
};

/** An expected end other than the one asked for: one sentence that says what to do. */
export class CliError extends Error {
  readonly exit: Exit;

  constructor(exit: Exit, message: string) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
  }
}
