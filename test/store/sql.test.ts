/** Statements that are put together from pieces: what reaches PostgreSQL, and that no two different ones are taken for one. */

import { expect, it } from 'vitest';

import type { Queryable } from '../../src/store/database.ts';
import { firstRow, nothing, rows, sql } from '../../src/store/sql.ts';
import type { Sql } from '../../src/store/sql.ts';

type Sent = { readonly text: string; readonly values: readonly unknown[]; readonly name: string | undefined };

async function sentFor(statement: Sql): Promise<Sent> {
  const sent: Sent[] = [];
  const db: Queryable = {
    query: async (text, values = [], name) => {
      sent.push({ text, values, name });
      return [];
    },
  };
  await rows(db, statement);
  const [one] = sent;
  if (one === undefined) throw new Error('nothing was sent');
  return one;
}

it('numbers the values of all pieces in the order in which they stand', async () => {
  const where = sql`where a = ${1} and b = ${2}`;
  const sent = await sentFor(sql`select ${0} from t ${where} ${nothing} limit ${3}`);
  expect(sent.text).toBe('select $1 from t where a = $2 and b = $3  limit $4');
  expect(sent.values).toEqual([0, 1, 2, 3]);
});

it('gives one text one name, whatever its values and wherever it is written', async () => {
  const find = (id: unknown): Sql => sql`select * from job where id = ${id}`;
  const [one, other] = [await sentFor(find('a')), await sentFor(find(null))];
  expect(other).toMatchObject({ text: one.text, name: one.name, values: [null] });
  expect((await sentFor(sql`select * from job where id = ${'b'}`)).name).toBe(one.name);
});

it('tells statements apart that have the same pieces in different places', async () => {
  const both = (left: unknown, right: unknown): Sql => sql`select ${left}, ${right}`;
  const piece = sql`now()`;
  const texts = [both(piece, 1), both(1, piece), both(piece, piece), both(1, 2), both(sql`${piece}`, 1)];
  const sent = [];
  for (const statement of texts) sent.push(await sentFor(statement));
  expect(sent.map(({ text }) => text)).toEqual([
    'select now(), $1',
    'select $1, now()',
    'select now(), now()',
    'select $1, $2',
    'select now(), $1',
  ]);
  expect(new Set(sent.map(({ name }) => name)).size).toBe(4);
});

it('answers the first row, or null', async () => {
  const answering = (found: readonly unknown[]): Queryable => ({ query: async <Row>() => [...found] as Row[] });
  expect(await firstRow(answering([{ n: 1 }, { n: 2 }]), sql`select 1`)).toEqual({ n: 1 });
  expect(await firstRow(answering([]), sql`select 1`)).toBeNull();
});
