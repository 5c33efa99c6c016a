/** What is billed is what is sent: the price that follows from the outgoing bytes is the quote, however little was said. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BUILT_IN, listModels } from '../../src/catalogue/index.ts';
import { planRequest } from '../../src/engine/create.ts';
import type { ModelRow } from '../../src/model/catalogue.ts';
import { complete } from '../../src/model/complete.ts';
import { frameSize, sizeText } from '../../src/model/frame-size.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { quote } from '../../src/model/price.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { createProviders } from '../../src/providers/index.ts';
import type { Provider, ProviderIo } from '../../src/providers/provider.ts';
import { create, readOf } from '../dialects/openai/support.ts';

type Sent = Pick<VideoSpec, 'seconds' | 'resolution'> & { readonly model: Json };

/** By provider: what its bytes order, read as its vendor would. Of the others, golden pages and fakes say it. */
const READERS: Readonly<Record<string, (body: JsonObject, row: ModelRow) => Sent>> = {
  'openai-video': (body, row) => ({
    model: property(body, 'model') ?? null,
    seconds: Number(property(body, 'seconds')),
    resolution: resolutionOf(String(property(body, 'size')), row),
  }),
};

const studio = {
  start: () => {
    throw new Error('nothing is drawn here');
  },
  status: () => ({ state: 'absent' }) as const,
  cancel: () => undefined,
};
const PROVIDERS = [...createProviders({ studio }).values()].filter(({ name }) => name in READERS);

function resolutionOf(size: string, row: ModelRow): string {
  const found = row.resolutions.values.find((resolution) =>
    row.ratios.values.some((ratio) => sizeText(frameSize(row, resolution, ratio)) === size),
  );
  if (found === undefined) throw new Error(`${size} is no size of ${row.id}`);
  return found;
}

/** A create with anything left out, or as some client might say it. */
function bodies(row: ModelRow): fc.Arbitrary<JsonObject> {
  const sizes = row.resolutions.values.flatMap((resolution) =>
    row.ratios.values.map((ratio) => sizeText(frameSize(row, resolution, ratio))),
  );
  return fc.record(
    {
      seconds: fc.constantFrom(...row.seconds.values, ...row.seconds.values.map(String)),
      size: fc.constantFrom(...sizes),
      resolution: fc.constantFrom(...row.resolutions.values),
      ratio: fc.constantFrom(...row.ratios.values),
      audio: fc.boolean(),
      seed: fc.constantFrom(0, 7),
    },
    { requiredKeys: [] },
  );
}

/** Null for a request that is refused. */
function specOf(row: ModelRow, body: JsonObject): VideoSpec | null {
  const result = create({ model: row.id, prompt: 'a fox', ...body });
  const plan = result.ok ? planRequest(readOf(result), null, BUILT_IN) : null;
  const completion = plan?.ok === true ? complete(plan.spec, row, []) : null;
  return completion?.ok === true ? completion.spec : null;
}

const NO_FILES = {
  path: (): Promise<never> => Promise.reject(new Error('there are no files')),
  link: (): string => 'https://r.example/file',
};

async function sentBy(provider: Provider, row: ModelRow, spec: VideoSpec): Promise<JsonObject> {
  const bodiesSent: JsonObject[] = [];
  const io: ProviderIo = {
    http: async ({ json }) => {
      if (isObject(json)) bodiesSent.push(json);
      return { status: 200, headers: {}, text: '{"id":"task"}' };
    },
    credential: 'key',
    now: () => new Date(0),
    attemptToken: 'token',
    callbackUrl: null,
    files: NO_FILES,
    baseUrl: provider.baseUrl,
    taskOf: async () => null,
    signal: new AbortController().signal,
  };
  await provider.submit(spec, upstreamOf(provider, row), io);
  expect(bodiesSent).toHaveLength(1);
  return bodiesSent[0] ?? {};
}

function upstreamOf(provider: Provider, row: ModelRow): JsonObject {
  return row.servings.find((serving) => serving.provider === provider.name)?.upstream ?? {};
}

describe('what is billed', () => {
  const served = PROVIDERS.flatMap((provider) =>
    listModels()
      .filter((row) => row.servings.some((serving) => serving.provider === provider.name))
      .map((row) => ({ provider, row })),
  );
  it.each(served.map((one) => [one.provider.name, one.row.id, one] as const))(
    'is what %s is told to make with %s',
    async (name, _, { provider, row }) => {
      let orders = 0;
      const law = fc.asyncProperty(bodies(row), async (body) => {
        const spec = specOf(row, body);
        fc.pre(spec !== null);
        orders += 1;
        const sent = READERS[name]?.(await sentBy(provider, row, spec), row);
        expect(sent?.model).toBe(upstreamOf(provider, row)['model']);
        const { seconds = 0, resolution = '' } = sent ?? {};
        const ordered = { ...spec, seconds, billedSeconds: seconds, resolution };
        const quoted = quote(spec, row);
        expect(quoted).not.toBeNull();
        expect(quote(ordered, row)?.amountMicros).toBe(quoted?.amountMicros);
      });
      await fc.assert(law, { numRuns: 200 });
      expect(orders).toBeGreaterThan(0);
    },
  );
});
