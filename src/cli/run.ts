/** Runs one command line: finds its row in the table, runs it, and writes what it found for people or for programs. */

import { Command as Program, CommanderError, Option } from 'commander';

import { ConfigError, readConfig } from '../config.ts';
import type { Json } from '../model/json.ts';
import { isDatabaseRefusal, isDatabaseUnavailable } from '../store/database.ts';
import { StartupError } from '../store/embedded/startup-error.ts';
import { adminClient } from './admin-client.ts';
import { CliError, EXIT } from './exit.ts';
import type { Exit } from './exit.ts';
import type { CliContext, CommandRow, Environment, Outcome, Words } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import { withDatabase } from './open-database.ts';
import { COLOURED, oneLine, PLAIN, wordsOf } from './paint.ts';

/** The process, as far as the command line touches it. */
export type World = {
  readonly env: Environment;
  readonly out: { readonly isTerminal: boolean; write(text: string): void };
  readonly error: { write(text: string): void };
  input(): Promise<string>;
};

type Shown = { readonly json?: true; readonly text?: true; readonly url?: string };

/** The exit code. Throws only for a fault of Reelgate's own. */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  let ended: Exit = 'ok';
  const program = programOf(world, async (row, given, shown) => {
    const outcome = await row.run(contextOf(world, shown.url ?? null), given);
    if (outcome !== null) world.out.write(`${written(outcome, shown, world)}\n`);
    ended = outcome?.exit ?? 'ok';
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return EXIT[ended];
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    if (failure.message !== null) world.error.write(`reelgate: ${failure.message}\n`);
    return EXIT[failure.exit];
  }
}

type Run = (row: CommandRow, given: Words, shown: Shown) => Promise<void>;

function programOf(world: World, run: Run): Program {
  const program = new Program('reelgate')
    .description('One API for every AI video model. Without a command it serves.')
    .addOption(new Option('--json', 'write JSON, also on a terminal').conflicts('text'))
    .addOption(new Option('--text', 'write for people, also into a pipe'))
    .option('--url <address>', 'the server to ask (REELGATE_URL; else the one of these settings)')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => world.out.write(text), writeErr: (text) => world.error.write(text) });
  const groups = new Map<string, Program>();
  for (const row of COMMANDS) {
    const [first = '', second] = row.name.split(' ');
    const parent = second === undefined ? program : groupOf(program, groups, first);
    addCommand(parent, second ?? first, row, (given) => run(row, given, program.opts<Shown>()));
  }
  return program;
}

function groupOf(program: Program, groups: Map<string, Program>, name: string): Program {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = program
    .command(name)
    .description(GROUPS[name] ?? '')
    .helpCommand(false);
  groups.set(name, group);
  return group;
}

function addCommand(parent: Program, name: string, row: CommandRow, run: (given: Words) => Promise<void>): void {
  const command = parent.command(name).description(row.about);
  for (const argument of row.arguments ?? []) {
    command.argument(argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`, argument.about);
  }
  for (const option of row.options ?? []) {
    const flags = option.value === undefined ? `--${option.name}` : `--${option.name} <${option.value}>`;
    command.addOption(new Option(flags, option.about).makeOptionMandatory(option.required === true));
  }
  command.action(async () => run(wordsGiven(row, command.processedArgs, command.opts())));
}

function wordsGiven(row: CommandRow, given: readonly unknown[], options: Readonly<Record<string, unknown>>): Words {
  const known = new Map<string, unknown>([
    ...(row.arguments ?? []).map(({ name }, place) => [name, given[place]] as const),
    ...(row.options ?? []).map(({ name }) => [name, options[camelCase(name)]] as const),
  ]);
  const optional = (name: string): string | null => {
    const value = known.get(name);
    return typeof value === 'string' ? value : null;
  };
  return {
    optional,
    text: (name) => {
      const value = optional(name);
      if (value === null) throw new RangeError(`the command ${row.name} has no '${name}'`);
      return value;
    },
    flag: (name) => known.get(name) === true,
  };
}

/** As the parser names the value of an option. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function contextOf(world: World, url: string | null): CliContext {
  const say = (line: string): void => world.error.write(`${oneLine(line)}\n`);
  const config = () => readConfig(world.env);
  const address = url ?? (world.env['REELGATE_URL']?.trim() || null);
  return {
    env: world.env,
    config,
    admin: async () => adminClient(config(), address),
    withDatabase: (use, which) => withDatabase(config(), say, use, which),
    input: () => world.input(),
    say,
  };
}

function written(outcome: Outcome, shown: Shown, { env, out }: World): string {
  const isForPeople = shown.json !== true && (shown.text === true || out.isTerminal || outcome.isFile === true);
  if (!isForPeople) return JSON.stringify(outcome.data satisfies Json, null, 2);
  return outcome.text(isColoured(env, out.isTerminal) ? COLOURED : PLAIN);
}

/** After https://no-color.org: any value but an empty one turns colours off. */
function isColoured(env: Environment, isTerminal: boolean): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

function failureOf(error: unknown): { readonly exit: Exit; readonly message: string | null } | null {
  // The parser has written its own sentence, or the help that was asked for.
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? 'ok' : 'usage', message: null };
  if (error instanceof CliError) return { exit: error.exit, message: oneLine(error.message) };
  if (error instanceof ConfigError) return { exit: 'usage', message: oneLine(error.message) };
  if (error instanceof StartupError) return { exit: 'unreachable', message: oneLine(error.message) };
  if (isDatabaseUnavailable(error) || isDatabaseRefusal(error))
    return { exit: 'unreachable', message: `The database cannot be used: ${oneLine(wordsOf(error))}.` };
  return null;
}
