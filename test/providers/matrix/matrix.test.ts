/** Every model through every provider that serves it, in every mode: what is sent, and that a vendor takes it. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listModels } from '../../../src/catalogue/index.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import type { UpstreamTask } from '../../../src/providers/provider.ts';
import type { SeenRequest } from '../suite.ts';
import { VENDORS } from '../vendors.ts';
import type { Vendor } from '../vendors.ts';
import { masked, openWorkbench } from '../workbench.ts';
import { cellsOf, variantsOf } from './cells.ts';
import type { Cell } from './cells.ts';

/** For a page of thousands of requests on a busy machine. */
const PATIENCE_MS = 120_000;
/** What is on offer but not of every channel, with the reason that the provider gives. */
const REFUSED: Readonly<
  Record<string, { readonly isExpected: (spec: VideoSpec) => boolean; readonly reason: RegExp }>
> = {
  // The catalogue cannot know of a channel whether it has a key of Vertex AI or of the Gemini API.
  'veo-gemini': { isExpected: ({ audio }) => !audio, reason: /always makes sound/ },
};
/** A video of the vendor's own, which some modes begin with. */
const SOURCES: Readonly<Record<string, { readonly cell: string; readonly done: string }>> = {
  kling: { cell: 'kling-v1 text', done: 'succeed' },
};

type Sent =
  | { readonly requests: readonly Pick<SeenRequest, 'method' | 'path' | 'body'>[] }
  | { readonly refused: string };

describe.each(VENDORS.map((vendor) => [vendor.name, vendor] as const))('through %s', (name, vendor) => {
  const cells = cellsOf(vendor);
  const variants = variantsOf(vendor);
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk(vendor, cells);
  });
  afterAll(() => desk.close());

  it.each([...new Set(cells.map(({ family }) => family))])(
    'sends for %s what is on its golden page',
    async (family) => {
      const page: Record<string, Sent> = {};
      for (const cell of cells.filter((one) => one.family === family))
        page[cell.name] = await desk.send(cell.upstream, cell.spec);
      expect(Object.values(page).filter((sent) => 'refused' in sent)).toEqual([]);
      const text = masked(`${JSON.stringify(page, null, 1)}\n`);
      await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name}-${family}.json`));
    },
  );

  const title = `${variants.length} variants of ${cells.length} combinations are taken, or refused for a known reason`;
  it(title, { timeout: PATIENCE_MS }, async () => {
    const unexplained: string[] = [];
    for (const { name: cell, upstream, spec } of variants) {
      const sent = await desk.send(upstream, spec);
      const isKnown =
        'refused' in sent && REFUSED[name]?.isExpected(spec) === true && REFUSED[name].reason.test(sent.refused);
      if ('refused' in sent && !isKnown) unexplained.push(`${cell}: ${sent.refused} ${JSON.stringify(spec)}`);
    }
    expect(unexplained).toEqual([]);
  });
});

const WAYS = listModels().flatMap((row) =>
  row.servings.flatMap(({ provider, modes }) =>
    row.modes.filter(({ name }) => modes?.includes(name) ?? true).map(({ name }) => `${provider}: ${row.id} ${name}`),
  ),
);
/** Models that gateways alone resell. */
const RESOLD = listModels().filter(({ servings }) => servings.length === 0);

it(`covers all ${WAYS.length} ways in which providers serve models, and ${RESOLD.length} models that are only resold`, () => {
  const covered = new Set(
    VENDORS.flatMap((vendor) => cellsOf(vendor).map((cell) => `${vendor.provider.name}: ${cell.name}`)),
  );
  expect(WAYS.filter((way) => !covered.has(way))).toEqual([]);
  for (const { id, modes } of RESOLD)
    for (const mode of modes)
      expect(
        [...covered].some((way) => way.endsWith(`: ${id} ${mode.name}`)),
        id,
      ).toBe(true);
});

type Desk = { send(upstream: JsonObject, spec: VideoSpec): Promise<Sent>; close(): Promise<void> };

async function openDesk({ name, provider, start }: Vendor, cells: readonly Cell[]): Promise<Desk> {
  const { fake, credential } = await start();
  const bench = await openWorkbench(fake.url, credential({}));
  const own = SOURCES[name];
  const source = own === undefined ? null : await sourceTask(cells.find((cell) => cell.name === own.cell));
  if (own !== undefined && source !== null) fake.move(source.id, own.done);

  async function sourceTask(cell: Cell | undefined): Promise<UpstreamTask> {
    if (cell === undefined) throw new Error('the catalogue has no such model');
    const result = await provider.submit(cell.spec, cell.upstream, bench.io());
    if (result.kind !== 'accepted') throw new Error(`refused: ${JSON.stringify(result.failure)}`);
    return result.task;
  }

  return {
    send: async (upstream, spec) => {
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
