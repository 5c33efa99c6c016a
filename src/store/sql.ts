/** SQL as tagged templates: values become parameters, fragments nest, and each distinct text is prepared once. */

import type { Queryable } from './database.ts';

export type Sql = {
  /** The text with numbered parameters, and their values in order. */
  print(): { readonly text: string; readonly values: readonly unknown[] };
};

class Fragment implements Sql {
  readonly strings: readonly string[];
  readonly holes: readonly unknown[];

  constructor(strings: readonly string[], holes: readonly unknown[]) {
    this.strings = strings;
    this.holes = holes;
  }

  print(): { readonly text: string; readonly values: readonly unknown[] } {
    const values: unknown[] = [];
    return { text: this.#write(values), values };
  }

  #write(values: unknown[]): string {
    let text = this.strings[0] ?? '';
    for (const [index, hole] of this.holes.entries()) {
      if (hole instanceof Fragment) text += hole.#write(values);
      else text += `$${values.push(hole)}`;
      text += this.strings[index + 1] ?? '';
    }
    return text;
  }
}

/** `sql\`select ${value}\``; a hole that is itself `sql` is spliced in. Never put user text outside a hole. */
export function sql(strings: TemplateStringsArray, ...holes: readonly unknown[]): Sql {
  return new Fragment(strings, holes);
}

export const nothing: Sql = sql``;

/** A value for a `jsonb` parameter; SQL null for null. */
export function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Statement texts are a closed set written in this folder; the bound only guards against a mistake. */
const MAX_PREPARED = 500;
const names = new Map<string, string>();

function preparedName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_PREPARED) throw new Error('too many distinct SQL texts: a value was spliced into one');
  const name = `rg_${names.size}`;
  names.set(text, name);
  return name;
}

/** All rows of a statement. */
export function rows<Row>(db: Queryable, statement: Sql): Promise<Row[]> {
  const { text, values } = statement.print();
  return db.query<Row>(text, values, preparedName(text));
}

/** The first row, or null if there is none. */
export async function firstRow<Row>(db: Queryable, statement: Sql): Promise<Row | null> {
  return (await rows<Row>(db, statement))[0] ?? null;
}
