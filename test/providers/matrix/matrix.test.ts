/** Every model through every provider that serves it, in every mode: what is sent, and that a vendor takes it. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listModels } from '../../../src/catalogue/index.ts';
import type { UpstreamTask } from '../../../src/providers/provider.ts';
import type { SeenRequest } from '../suite.ts';
import { VENDORS } from '../vendors.ts';
import type { Vendor } from '../vendors.ts';
import { masked, openWorkbench } from '../workbench.ts';
import { cellsOf } from './cells.ts';
import type { Cell } from './cells.ts';

/** What cannot be sent although the catalogue offers it, with the reason that the provider gives. */
const REFUSED: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {};
/** A video of the vendor's own, which some modes begin with. */
const SOURCES: Readonly<Record<string, { readonly cell: string; readonly done: string }>> = {
  kling: { cell: 'kling-v1 text', done: 'succeed' },
};

type Sent =
  | { readonly requests: readonly Pick<SeenRequest, 'method' | 'path' | 'body'>[] }
  | { readonly refused: string };

describe.each(VENDORS.map((vendor) => [vendor.name, vendor] as const))('through %s', (name, vendor) => {
  const cells = cellsOf(vendor.provider.name);
  const results = new Map<string, Sent>();
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const desk = await openDesk(vendor, cells);
    close = desk.close;
    for (const cell of cells) results.set(cell.name, await desk.send(cell));
  });
  afterAll(() => close());

  const refused = REFUSED[name] ?? {};
  const families = [...new Set(cells.map(({ family }) => family))];

  it(`takes all ${cells.length - Object.keys(refused).length} of ${cells.length} combinations that are not refused`, () => {
    const reasons = [...results].flatMap(([cell, sent]) => ('refused' in sent ? [[cell, sent.refused] as const] : []));
    expect(Object.fromEntries(reasons)).toEqual(
      Object.fromEntries(Object.entries(refused).map(([cell, reason]) => [cell, expect.stringMatching(reason)])),
    );
    expect(results.size).toBe(cells.length);
  });

  it.each(families)('sends for %s what is on its golden page', async (family) => {
    const page = cells.filter((cell) => cell.family === family).map((cell) => [cell.name, results.get(cell.name)]);
    const text = masked(`${JSON.stringify(Object.fromEntries(page), null, 1)}\n`);
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name}-${family}.json`));
  });
});

const WAYS = listModels().flatMap((row) =>
  row.servings.flatMap(({ provider, modes }) =>
    row.modes.filter(({ name }) => modes?.includes(name) ?? true).map(({ name }) => `${provider}: ${row.id} ${name}`),
  ),
);

it(`covers all ${WAYS.length} ways in which providers serve ${listModels().length} models`, () => {
  const providers = new Set(VENDORS.map(({ provider }) => provider.name));
  const covered = [...providers].flatMap((name) => cellsOf(name).map((cell) => `${name}: ${cell.name}`));
  expect(covered.toSorted()).toEqual(WAYS.toSorted());
});

type Desk = { send(cell: Cell): Promise<Sent>; close(): Promise<void> };

async function openDesk({ name, provider, start }: Vendor, cells: readonly Cell[]): Promise<Desk> {
  const { fake, credential } = await start();
  const bench = await openWorkbench(fake.url, credential({}));
  const own = SOURCES[name];
  const source = own === undefined ? null : await sourceTask(cells.find((cell) => cell.name === own.cell));
  if (own !== undefined && source !== null) fake.move(source.id, own.done);

  async function sourceTask(cell: Cell | undefined): Promise<UpstreamTask> {
    if (cell?.spec === undefined || cell.spec === null) throw new Error('the catalogue has no such model');
    const result = await provider.submit(cell.spec, cell.upstream, bench.io());
    if (result.kind !== 'accepted') throw new Error(`refused: ${JSON.stringify(result.failure)}`);
    return result.task;
  }

  return {
    send: async ({ spec, upstream }) => {
      if (spec === null) return { refused: 'the provider can make nothing of this mode' };
      const before = fake.seen.length;
      const io = bench.io({ credential: credential(upstream), taskOf: async () => source });
      const result = await provider.submit(spec, upstream, io);
      if (result.kind === 'refused')
        return { refused: `${result.failure.message} ${result.failure.detail ?? ''}`.trim() };
      // An access token is asked for now and then.
      const requests = fake.seen.slice(before).filter(({ path }) => path !== '/token');
      return { requests: requests.map(({ method, path, body }) => ({ method, path, body })) };
    },
    close: async () => {
      await fake.close();
      await bench.close();
    },
  };
}
