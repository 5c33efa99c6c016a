/** SQL as tagged templates: values become parameters, fragments nest, and each distinct text is written and prepared once. */

import type { Queryable } from './database.ts';

/** Opaque: made by `sql`, read by `rows` and `firstRow`. */
export type Sql = { readonly strings: readonly string[]; readonly holes: readonly unknown[] };

class Fragment implements Sql {
  readonly strings: readonly string[];
  readonly holes: readonly unknown[];

  constructor(strings: readonly string[], holes: readonly unknown[]) {
    this.strings = strings;
    this.holes = holes;
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

/** All rows of a statement. */
export function rows<Row>(db: Queryable, statement: Sql): Promise<Row[]> {
  const values: unknown[] = [];
  const shape = walk(ROOT, statement, values);
  const { text, name } = (shape.prepared ??= prepare(statement));
  return db.query<Row>(text, values, name);
}

/** The first row, or null if there is none. */
export async function firstRow<Row>(db: Queryable, statement: Sql): Promise<Row | null> {
  return (await rows<Row>(db, statement))[0] ?? null;
}

type Prepared = { readonly text: string; readonly name: string };

/** What was met so far on the way through a statement: pieces of text, known by identity, and values. */
type Shape = { readonly next: Map<readonly string[] | typeof VALUE, Shape>; prepared: Prepared | null };

const VALUE = Symbol('a value');
const ROOT: Shape = { next: new Map(), prepared: null };
/** Statement texts are a closed set written in this folder; the bound only guards against a mistake. */
const MAX_PREPARED = 500;
const names = new Map<string, string>();

/** The shape behind `from`, with the statement's values added to `values`. */
function walk(from: Shape, { strings, holes }: Sql, values: unknown[]): Shape {
  let shape = step(from, strings);
  for (const hole of holes) {
    if (hole instanceof Fragment) {
      shape = walk(shape, hole, values);
    } else {
      values.push(hole);
      shape = step(shape, VALUE);
    }
  }
  return shape;
}

function step(from: Shape, met: readonly string[] | typeof VALUE): Shape {
  const known = from.next.get(met);
  if (known !== undefined) return known;
  const shape: Shape = { next: new Map(), prepared: null };
  from.next.set(met, shape);
  return shape;
}

function prepare(statement: Sql): Prepared {
  const text = write(statement, { count: 0 });
  const known = names.get(text);
  if (known !== undefined) return { text, name: known };
  if (names.size >= MAX_PREPARED) throw new Error('too many distinct SQL texts: a value was spliced into one');
  const name = `rg_${names.size}`;
  names.set(text, name);
  return { text, name };
}

/** With numbered parameters. */
function write({ strings, holes }: Sql, parameters: { count: number }): string {
  const parts = holes.map((hole, index) => {
    const written = hole instanceof Fragment ? write(hole, parameters) : `$${(parameters.count += 1)}`;
    return written + (strings[index + 1] ?? '');
  });
  return (strings[0] ?? '') + parts.join('');
}
