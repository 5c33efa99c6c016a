/** What the rows of a backup say about money, added up while they pass by. */

import type { BackupTable } from '../../store/backup.ts';

/** Sums of micro-USD: each book of the ledger, and what the accounts' own rows say. */
export type Books = {
  /** A row as a JSON array of texts in the order of the table's columns. */
  add(table: BackupTable, line: string): void;
  /** As decimal text, by name. */
  totals(): Readonly<Record<string, string>>;
  /** What does not add up, in words. */
  faults(): readonly string[];
};

/** The columns that are added up, and under which name. */
const SUMS: readonly {
  readonly table: string;
  readonly column: string;
  readonly by?: string;
  readonly name: string;
}[] = [
  { table: 'ledger_entry', column: 'amount_micros', by: 'book', name: 'book ' },
  { table: 'account', column: 'available_micros', name: 'accounts available' },
  { table: 'account', column: 'held_micros', name: 'accounts held' },
];

export function openBooks(): Books {
  const sums = new Map<string, bigint>();
  const total = (name: string): bigint => sums.get(name) ?? 0n;
  return {
    add: (table, line) => {
      const wanted = SUMS.filter((sum) => sum.table === table.name);
      if (wanted.length === 0) return;
      const row: unknown = JSON.parse(line);
      if (!Array.isArray(row)) throw new TypeError('a row of a backup is a list');
      const valueOf = (column: string): string => String(row[table.columns.indexOf(column)] ?? '0');
      for (const { column, by, name } of wanted) {
        const key = by === undefined ? name : `${name}${valueOf(by)}`;
        sums.set(key, total(key) + BigInt(valueOf(column)));
      }
    },
    totals: () =>
      Object.fromEntries(
        [...sums].toSorted(([one], [other]) => one.localeCompare(other)).map(([name, sum]) => [name, sum.toString()]),
      ),
    faults: () => {
      const all = [...sums].filter(([name]) => name.startsWith('book ')).reduce((sum, [, amount]) => sum + amount, 0n);
      return [
        ...(all === 0n ? [] : [`the entries of the ledger sum to ${all}, not to zero`]),
        ...['available', 'held']
          .filter((book) => total(`book ${book}`) !== total(`accounts ${book}`))
          .map(
            (book) =>
              `accounts have ${total(`accounts ${book}`)} ${book}, but the ledger says ${total(`book ${book}`)}`,
          ),
      ];
    },
  };
}

/** Whether two sums of the same rows agree. */
export function sameTotals(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}
