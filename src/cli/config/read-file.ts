/** Reads a declarative file: YAML, with `${NAME}` and `${NAME:-otherwise}` filled in from the environment. */

import { isScalar, parseDocument, visit } from 'yaml';

import { CliError } from '../exit.ts';
import type { Environment } from '../command.ts';

const MAX_FILE_CHARS = 4 * 1024 * 1024;
const MAX_FAULTS = 20;
/** `$${` is a plain `${`. */
const PLACE = /\$(\$)?\{([^}]*)\}/g;
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/** The value that the text stands for. Throws `CliError` that names the lines of what is wrong, never a value. */
export function readYaml(text: string, path: string, env: Environment): unknown {
  if (text.length > MAX_FILE_CHARS) throw new CliError('usage', `${path} is longer than ${MAX_FILE_CHARS} characters.`);
  const document = parseDocument(text, { prettyErrors: false });
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const faults = document.errors.map(({ message, pos }) => `line ${lineOf(pos[0])}: ${message}`);
  visit(document, {
    Scalar: (_key, node) => {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const { value, missing } = filled(node.value, env);
      node.value = value;
      faults.push(...missing.map((what) => `line ${lineOf(node.range?.[0] ?? 0)}: ${what}`));
    },
  });
  if (faults.length > 0)
    throw new CliError('usage', `${path} cannot be read: ${faults.slice(0, MAX_FAULTS).join('; ')}.`);
  return document.toJS() as unknown;
}

/** The text with every reference filled in, and what could not be. An empty variable counts as unset. */
function filled(text: string, env: Environment): { readonly value: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const value = text.replace(PLACE, (whole, escaped: string | undefined, inside: string) => {
    if (escaped !== undefined) return whole.slice(1);
    const [, name = '', otherwise] = REFERENCE.exec(inside) ?? [];
    if (name === '') missing.push(`${whole} is no reference such as \${NAME} or \${NAME:-otherwise}`);
    const found = env[name] ?? '';
    if (found !== '') return found;
    if (otherwise === undefined && name !== '') missing.push(`the variable ${name} is not set`);
    return otherwise ?? '';
  });
  return { value, missing };
}
