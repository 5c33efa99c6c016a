/** Text for terminals: aligned columns, few colours, and nothing that a stored name could do to the screen. */

import type { Json } from '../model/json.ts';

export type Paint = {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
};

const plain = (text: string): string => text;

export const PLAIN: Paint = { good: plain, warn: plain, bad: plain, dim: plain };

export const COLOURED: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  warn: (text) => `\u001b[33m${text}\u001b[39m`,
  bad: (text) => `\u001b[31m${text}\u001b[39m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
};

const GAP = '  ';
const MAX_CELL_CHARS = 60;
const NOTHING = '-';
/** What a terminal would act on instead of showing it. */
// oxlint-disable-next-line no-control-regex -- these are what is taken out
export const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** One line that a terminal shows as it is. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, ' ').trim();
}

/** What an error says; the code of one that says nothing. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}

/** A value as people read it in a table. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return NOTHING;
  if (typeof value === 'string') return shortened(oneLine(value));
  if (Array.isArray(value))
    return value.length === 0 ? NOTHING : shortened(value.map((item: Json) => cell(item)).join(', '));
  return shortened(oneLine(JSON.stringify(value)));
}

/** Columns as wide as their longest cell; the last one runs free. `paintCell` sees the padded text. */
export function columns(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  paint: Paint,
  paintCell: (text: string, column: number) => string = plain,
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? '').length)),
  );
  const pad = (text: string, column: number): string =>
    column === head.length - 1 ? text : text.padEnd(widths[column] ?? 0);
  const titles = paint.dim(head.map((title, column) => pad(title.toUpperCase(), column)).join(GAP));
  return [
    titles,
    ...lines.map((line) => line.map((text, column) => paintCell(pad(text, column), column)).join(GAP)),
  ].join('\n');
}

function shortened(text: string): string {
  return text.length <= MAX_CELL_CHARS ? text : `${text.slice(0, MAX_CELL_CHARS - 1)}…`;
}
