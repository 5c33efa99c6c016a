/** Reads the Dockerfile as far as ours goes: stages of instructions. */

import { readFileSync } from 'node:fs';

export type Instruction = { readonly name: string; readonly words: string };

/** What one `FROM` begins. */
export type Stage = {
  readonly image: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
};

export function readDockerfile(path: string): readonly Stage[] {
  const lines = readFileSync(path, 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', words = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`not an instruction: ${line}`);
    const stage = stages.at(-1);
    if (name === 'FROM') {
      const [, image = '', alias = null] = /^(\S+)(?: AS (\S+))?$/.exec(words) ?? [];
      stages.push({ image, name: alias, instructions: [] });
    } else if (stage === undefined) throw new Error(`before any FROM: ${line}`);
    else stage.instructions.push({ name, words });
  }
  return stages;
}

export function wordsOf(stage: Stage, name: string): readonly string[] {
  return stage.instructions.filter((one) => one.name === name).map((one) => one.words);
}

/** `NAME=value` pairs of all `ENV` lines. */
export function envOf(stage: Stage): Readonly<Record<string, string>> {
  const pairs = wordsOf(stage, 'ENV').flatMap((words) => words.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
