/** The command line as an operator has it, in this process: words in; exit code, both outputs and the JSON out. */

import { isObject } from '../../../src/model/json.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { runCli } from '../../../src/cli/run.ts';

export type Ran = { readonly code: number; readonly out: string; readonly error: string };

export type CliOptions = {
  readonly env?: Record<string, string>;
  readonly terminal?: boolean;
  readonly input?: string;
};

export async function cli(
  words: readonly string[],
  { env = {}, terminal = false, input = '' }: CliOptions = {},
): Promise<Ran> {
  const said = { out: '', error: '' };
  const code = await runCli(words, {
    env,
    out: {
      isTerminal: terminal,
      write: (text) => {
        said.out += text;
      },
    },
    error: {
      write: (text) => {
        said.error += text;
      },
    },
    input: async () => input,
  });
  return { code, ...said };
}

/** What was written for programs. */
export function jsonOf({ out, error }: Ran): JsonObject {
  const value: unknown = out === '' ? null : JSON.parse(out);
  if (!isObject(value)) throw new Error(`no JSON object was written: ${out}${error}`);
  return value;
}
