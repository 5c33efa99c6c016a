/** One job made in each dialect and read in every other, as the matrix of the documentation says. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DIALECTS } from '../../src/dialects/index.ts';
import { parseJobId } from '../../src/model/id.ts';
import type { Json } from '../../src/model/json.ts';
import { CROSSINGS, valueAt } from '../dialects/crossings.ts';
import type { Call, Crossing } from '../dialects/crossings.ts';
import { smallClip } from '../support/clips.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
/** Core ids of the jobs, by the dialect that made them. */
const made = new Map<string, string>();

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-matrix-'));
  const clip = join(directory, 'clip.mp4');
  await writeFile(clip, await smallClip());
  reelgate = await startTestReelgate({}, { providers: [quickVendor(clip)] });
  await Promise.all(CROSSINGS.map(async (crossing) => made.set(crossing.dialect, await make(crossing))));
  await Promise.all(Array.from(made.values(), (id) => reelgate.ended(`video_${id}`)));
});
afterAll(async () => {
  await reelgate.stop();
  await rm(directory, { recursive: true });
});

async function send({ method, path, headers = {}, body }: Call): Promise<{ status: number; body: Json }> {
  return reelgate.ask(method, path, { headers, ...(body === undefined ? {} : { body }) });
}

async function make({ dialect, create, idAt }: Crossing): Promise<string> {
  const answer = await send(create);
  const id = valueAt(answer.body, idAt);
  const core = typeof id === 'string' ? parseJobId(id.split('/').at(-1) ?? '') : null;
  if (core === null) throw new Error(`${dialect} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return core;
}

it('crosses every dialect there is', () => {
  expect(CROSSINGS.map(({ dialect }) => dialect).toSorted()).toEqual(DIALECTS.map(({ name }) => name).toSorted());
});

describe.each(CROSSINGS)('a job read in $dialect', (reading) => {
  it.each(CROSSINGS.map(({ dialect }) => dialect))('that was made in %s', async (making) => {
    const answer = await send(reading.read(made.get(making) ?? ''));
    expect(answer.status).toBe(200);
    expect(valueAt(answer.body, reading.statusAt)).toBe(reading.done);
    if (reading.urlAt === null) return;
    const url = valueAt(answer.body, reading.urlAt);
    expect(url).toMatch(new RegExp(`^${reelgate.url}/`));
  });

  it('of nobody is not found', async () => {
    const unknown = await send(reading.read('0197f0f0-0000-7000-8000-00000000dead'));
    expect(valueAt(unknown.body, reading.statusAt)).not.toBe(reading.done);
  });
});
