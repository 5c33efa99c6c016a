/** The catalogue of each node: the same on all of them soon, asked of nobody when a job is made, and kept with the job. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BUILT_IN } from '../../src/catalogue/index.ts';
import type { ModelChange } from '../../src/engine/live-catalogue.ts';
import type { KeyMode } from '../../src/model/job.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { SPEC } from '../support/rows.ts';
import { createAt, newKeyOf } from './support/creates.ts';
import { install, scripted } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

let site: Installation;
let one: TestNode;
let other: TestNode;
beforeAll(async () => {
  site = await install();
  await site.channel(scripted('vendor'));
  one = site.node();
  other = site.node();
});
afterAll(() => site.close());

function said(model: string, patch: JsonObject | null): ModelChange {
  return { model, patch: () => patch, actor: 'test', note: null };
}

async function create(node: TestNode, mode: KeyMode, model: string) {
  const key = await newKeyOf(site, mode);
  node.statements();
  const outcome = await createAt(node, key, model);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return outcome.job;
}

const priceOf = (node: TestNode, model: string) => node.context.catalogue.now().named(model)?.prices[0]?.micros;
const ONE_DOLLAR = { prices: [{ unit: 'video', usd: '1' }] };

describe('a node', () => {
  it('asks nobody about models when it makes a job, whatever was changed', async () => {
    const built = await create(one, 'live', 'Kling-2.5');
    await one.context.catalogue.change(said('Kling-2.5', ONE_DOLLAR));
    const changed = await create(one, 'live', 'Kling-2.5');
    expect(one.statements().filter((text) => text.includes('model_override'))).toEqual([]);
    expect([built.modelVersion, changed.modelVersion]).toEqual([null, expect.any(Number)]);
    expect([built.quoteMicros, changed.quoteMicros]).toEqual([210_000n, 1_000_000n]);
  });

  it('sees what another one wrote at its next look, which is one small statement where nothing is new', async () => {
    await one.context.catalogue.change(said('Kling-2.5', ONE_DOLLAR));
    expect(priceOf(other, 'Kling-2.5')).not.toBe(1_000_000n);
    await other.context.catalogue.refresh();
    expect(priceOf(other, 'Kling-2.5')).toBe(1_000_000n);
    other.statements();
    await other.context.catalogue.refresh();
    expect(other.statements()).toHaveLength(1);
    expect(other.context.catalogue.now()).toEqual(expect.objectContaining({ rows: one.context.catalogue.now().rows }));
  });

  it('writes nothing where nothing would change', async () => {
    const { change } = one.context.catalogue;
    expect(await change(said('kling-v2-5', ONE_DOLLAR))).toEqual({ kind: 'same', id: 'Kling-2.5' });
    expect(await change(said('Kling-2.0', null))).toEqual({ kind: 'same', id: 'Kling-2.0' });
  });

  it('finds the row that a job was made with, however often it changed since, and reads it once', async () => {
    const { change, rowOf, now } = one.context.catalogue;
    const versions: number[] = [];
    for (const label of ['first', 'second', 'third']) {
      await change(said('Kling-2.1', { label }));
      versions.push(now().versionOf('Kling-2.1') ?? 0);
    }
    await change(said('Kling-2.1', null));
    const labelAt = async (node: TestNode, modelVersion: number | null) =>
      (await node.context.catalogue.rowOf({ spec: { ...SPEC, model: 'Kling-2.1' }, modelVersion }))?.label;
    const labels = await Promise.all(versions.map((version) => labelAt(one, version)));
    expect(labels).toEqual(['first', 'second', 'third']);
    expect(await rowOf({ spec: { ...SPEC, model: 'Kling-2.1' }, modelVersion: null })).toBe(
      BUILT_IN.named('Kling-2.1'),
    );
    one.statements();
    expect(await labelAt(one, versions[0] ?? 0)).toBe('first');
    expect(one.statements()).toEqual([]);
    expect(await labelAt(other, versions[1] ?? 0)).toBe('second');
    expect(await labelAt(one, 999_999)).toBeUndefined();
  });
});

describe('an override that a later release made impossible', () => {
  it('takes its model out of sale, says why, and leaves the others and the jobs it has alone', async () => {
    const before = await create(one, 'live', 'Kling-O1');
    await site.db.query(
      `insert into model_override (model, patch, actor) values ('Kling-O1', $1, 'an older release')`,
      [JSON.stringify({ ...ONE_DOLLAR, aliases: ['sora-2'] })],
    );
    const { catalogue } = one.context;
    await catalogue.refresh();
    await expect(create(one, 'live', 'Kling-O1')).rejects.toThrow('Kling-O1');
    expect(catalogue.faults().get('Kling-O1')).toMatchObject([{ path: 'aliases[0]' }]);
    expect(catalogue.now().named('sora-2')?.id).toBe('OS-2.0');
    expect((await catalogue.rowOf(before))?.id).toBe('Kling-O1');
    expect(await catalogue.change(said('OS-2.0', { label: 'Sora' }))).toMatchObject({ kind: 'changed' });
    expect(await catalogue.change(said('kling-o1', ONE_DOLLAR))).toEqual({ kind: 'changed', id: 'Kling-O1' });
    expect(priceOf(one, 'Kling-O1')).toBe(1_000_000n);
    expect(catalogue.faults().size).toBe(0);
  });

  it('cannot be made by taking another one back', async () => {
    const { change } = one.context.catalogue;
    await change(said('Kling-3.0', { aliases: [] }));
    expect(await change(said('Kling-2.6', { aliases: ['kling-v2-6', 'kling-v3'] }))).toMatchObject({ kind: 'changed' });
    const refused = await change(said('Kling-3.0', null));
    expect(refused).toMatchObject({
      kind: 'refused',
      faults: [{ message: expect.stringContaining('leaves no place for Kling-2.6') }],
    });
  });
});
