/** What a command of the command line is: a row of the table that drives parsing, help, documents and tests. */

import type { Config } from '../config.ts';
import type { Json } from '../model/json.ts';
import type { AdminClient } from './admin-client.ts';
import type { Exit } from './exit.ts';
import type { OpenedDatabase, WhichDatabase } from './open-database.ts';
import type { Paint } from './paint.ts';

/** What a command found: `data` for programs, `text` for people. */
export type Outcome = {
  readonly data: Json;
  readonly text: (paint: Paint) => string;
  readonly exit?: Exit;
  /** The text is a file's: it goes into a pipe as it is. */
  readonly isFile?: true;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The world as commands see it. */
export type CliContext = {
  readonly env: Environment;
  /** Throws `ConfigError`. */
  config(): Config;
  /** Throws `CliError` where no admin key is known. */
  admin(): Promise<AdminClient>;
  /** The installation's database, live or started for the length of `use`; made only `or_new`. Throws `StartupError`. */
  withDatabase<T>(use: (database: OpenedDatabase) => Promise<T>, which?: WhichDatabase): Promise<T>;
  /** Everything on standard input as text. */
  input(): Promise<string>;
  /** A line for people about what is going on, beside the outcome. */
  say(line: string): void;
};

/** The words of one call, by the names in the command's row. */
export type Words = {
  /** An argument that is required, or an option's value. */
  text(name: string): string;
  /** Null where it was not given. */
  optional(name: string): string | null;
  flag(name: string): boolean;
};

export type ArgumentRow = { readonly name: string; readonly about: string; readonly optional?: true };
/** `value` names what follows the option; absent for a switch. */
export type OptionRow = {
  readonly name: string;
  readonly value?: string;
  readonly about: string;
  readonly required?: true;
};

/** What must be there for it to work. */
export type Need = 'a running server' | 'the database' | 'nothing';

export type CommandRow = {
  /** One word, or a group and a word. */
  readonly name: string;
  readonly about: string;
  readonly needs: Need;
  readonly arguments?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** Null where there is nothing to tell: it has said everything itself. */
  run(context: CliContext, words: Words): Promise<Outcome | null>;
};
