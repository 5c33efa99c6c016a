/** Commands about the declarative file: check it, see what it would change, apply it, or write one from what is there. */

import { basename } from 'node:path';

import { CliError } from '../exit.ts';
import type { CliContext, CommandRow, Outcome, Words } from '../command.ts';
import { applySteps } from '../config/apply.ts';
import { exportYaml } from '../config/export.ts';
import { declaredIn } from '../config/kinds.ts';
import type { Declared } from '../config/kinds.ts';
import { planOf, readLive } from '../config/plan.ts';
import type { Step } from '../config/plan.ts';
import { readYaml } from '../config/read-file.ts';
import { readConfigFile } from '../config/schema.ts';
import { readText } from '../files.ts';
import { cell } from '../paint.ts';
import type { Paint } from '../paint.ts';

const USUAL_FILE = 'reelgate.yaml';
const FILE = { name: 'file', about: `the declarative file; by default ${USUAL_FILE}`, optional: true } as const;

export const CONFIG_COMMANDS: readonly CommandRow[] = [
  {
    name: 'config validate',
    about: 'Check a declarative file and its variables without asking any server',
    needs: 'nothing',
    arguments: [FILE],
    run: async (context, words) => {
      const { path, declared } = await read(context, words);
      const counts = Object.fromEntries(
        Object.entries(Object.groupBy(declared, ({ kind }) => kind.name)).map(([kind, found]) => [kind, found.length]),
      );
      const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
      return { data: { file: path, ...counts }, text: () => `${path} is good: ${said.join(', ') || 'nothing in it'}.` };
    },
  },
  {
    name: 'config diff',
    about: 'Show what applying a declarative file would change',
    needs: 'a running server',
    arguments: [FILE],
    options: [{ name: 'exit-code', about: 'end with 1 where there is something to change' }],
    run: async (context, words) => {
      const { steps } = await planned(context, words);
      return { ...planOutcome(steps), exit: words.flag('exit-code') && steps.length > 0 ? 'failed' : 'ok' };
    },
  },
  {
    name: 'config apply',
    about: 'Bring the server to what a declarative file says; what the file never named stays as it is',
    needs: 'a running server',
    arguments: [FILE],
    options: [{ name: 'dry-run', about: 'only show what would change' }],
    run: async (context, words) => {
      const { owner, steps } = await planned(context, words);
      if (words.flag('dry-run')) return planOutcome(steps);
      const admin = await context.admin();
      await applySteps(admin, steps, owner, (step) =>
        context.say(`${TITLES[step.action]} ${step.kind.name} ${step.name}`),
      );
      return planOutcome(steps);
    },
  },
  {
    name: 'config export',
    about: "Write the server's accounts, channels and key limits as a declarative file",
    needs: 'a running server',
    run: async (context) => {
      const text = exportYaml(await readLive(await context.admin()));
      return { data: { yaml: text }, text: () => text.trimEnd(), isFile: true };
    },
  },
  {
    name: 'config release',
    about: 'Let go of everything that a declarative file owns, so that it can be changed in other ways again',
    needs: 'a running server',
    arguments: [FILE],
    run: async (context, words) => {
      const admin = await context.admin();
      const owner = ownerOf(words.optional('file') ?? USUAL_FILE);
      const { owned } = await readLive(admin);
      const steps = owned
        .filter(({ file }) => file === owner)
        .map((one): Step => ({
          action: 'let_go',
          kind: one.kind,
          name: one.name,
          id: one.id,
          fields: one.declared,
          changes: [],
          unfinishedJobs: 0,
        }));
      await applySteps(admin, steps, owner, () => undefined);
      return planOutcome(steps);
    },
  },
];

const TITLES: Readonly<Record<Step['action'], string>> = {
  make: 'make',
  take_over: 'take over',
  change: 'change',
  let_go: 'let go of',
  drain: 'drain',
  delete: 'delete',
};

type Read = { readonly path: string; readonly owner: string; readonly declared: readonly Declared[] };

async function read(context: CliContext, words: Words): Promise<Read> {
  const path = words.optional('file') ?? USUAL_FILE;
  const file = readConfigFile(readYaml(await readText(context, path), path, context.env), path);
  return { path, owner: ownerOf(path), declared: declaredIn(file) };
}

async function planned(context: CliContext, words: Words): Promise<Read & { readonly steps: readonly Step[] }> {
  const given = await read(context, words);
  const live = await readLive(await context.admin());
  return { ...given, steps: planOf(given.declared, live, given.owner) };
}

/** Objects remember the name of their file, not its place on some machine. */
function ownerOf(path: string): string {
  if (path === '-') throw new CliError('usage', 'Objects are owned by a file: name one instead of standard input.');
  return basename(path);
}

function planOutcome(steps: readonly Step[]): Outcome {
  const data = {
    changes: steps.map(({ action, kind, name, changes, unfinishedJobs }) => ({
      action,
      kind: kind.name,
      name,
      fields: changes,
      ...(action === 'drain' ? { unfinished_jobs: unfinishedJobs } : {}),
    })),
  };
  return {
    data,
    text: (paint) =>
      steps.length === 0 ? 'Nothing to change.' : steps.flatMap((step) => linesOf(step, paint)).join('\n'),
  };
}

function linesOf({ action, kind, name, changes, unfinishedJobs }: Step, paint: Paint): string[] {
  const tone = {
    make: paint.good,
    take_over: paint.warn,
    change: paint.warn,
    let_go: paint.dim,
    drain: paint.bad,
    delete: paint.bad,
  }[action];
  const why = action === 'drain' ? `: ${unfinishedJobs} of its jobs are not finished, the next apply deletes it` : '';
  return [
    tone(`${TITLES[action]} ${kind.name} ${name}${why}`),
    ...changes.map(({ field, from, to }) => `    ${field}: ${action === 'make' ? '' : `${cell(from)} → `}${cell(to)}`),
  ];
}
