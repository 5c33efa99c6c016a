/** What is billed is what is sent: length, resolution, sound and off-peak of the outgoing bytes are the quote's, however little was said. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BUILT_IN, listModels } from '../../src/catalogue/index.ts';
import { planRequest } from '../../src/engine/create.ts';
import { upstreamWords } from '../../src/engine/upstream-words.ts';
import type { ModelRow } from '../../src/model/catalogue.ts';
import { complete } from '../../src/model/complete.ts';
import { frameSize, sizeText } from '../../src/model/frame-size.ts';
import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { quote } from '../../src/model/price.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { createProviders } from '../../src/providers/index.ts';
import type { HttpRequest, Provider, ProviderIo } from '../../src/providers/provider.ts';
import { create, readOf } from '../dialects/openai/support.ts';
import { WIRES } from './sent-orders.ts';
import type { Sent } from './sent-orders.ts';

/** Of each model and wire. */
const RUNS = 25;
const studio = {
  start: () => {
    throw new Error('nothing is drawn here');
  },
  status: () => ({ state: 'absent' }) as const,
  cancel: () => undefined,
};
const PROVIDERS = createProviders({ studio });
/** Rows that differ in their address only; the sandbox draws the spec itself. */
const SAME_WIRE = ['deepwl', 'deepwl-openai', 'duoyuanx', 'octopusx', 'sandbox'];

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
      off_peak: fc.boolean(),
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

/** The one request of a submit; null where the provider refuses it by itself. */
async function sentBy(provider: Provider, row: ModelRow, spec: VideoSpec): Promise<Sent | null> {
  const requests: HttpRequest[] = [];
  const io: ProviderIo = {
    http: async (request) => {
      requests.push(request);
      return { status: 200, headers: {}, text: '{}' };
    },
    credential: WIRES[provider.name]?.credential ?? '',
    now: () => new Date(0),
    attemptToken: 'token',
    callbackUrl: null,
    files: {
      path: () => Promise.reject(new Error('there are no files')),
      link: () => 'https://r.example/file',
    },
    baseUrl: provider.baseUrl,
    taskOf: async () => null,
    signal: new AbortController().signal,
  };
  // An empty answer is none of any vendor's: what matters has been sent by then.
  await provider.submit(spec, wordsFor(provider, row) ?? {}, io).catch(() => null);
  const [request, ...others] = requests;
  expect(others).toEqual([]);
  return request === undefined ? null : { path: request.path, body: bodyOf(request) };
}

function bodyOf({ json, form = [] }: HttpRequest): JsonObject {
  if (isObject(json)) return json;
  return Object.fromEntries(form.flatMap((part) => ('text' in part ? [[part.name, part.text]] : [])));
}

/** Null where a channel of the provider would not be asked for a text to become a video. */
function wordsFor(provider: Provider, row: ModelRow): JsonObject | null {
  if (!row.modes.some(({ name }) => name === 'text')) return null;
  return upstreamWords(provider, { models: [row.id], modelMap: {} }, row, 'text');
}

describe('what is billed', () => {
  it('is known of every wire', () => {
    expect([...PROVIDERS.keys()].filter((name) => !(name in WIRES) && !SAME_WIRE.includes(name))).toEqual([]);
  });

  const served = [...PROVIDERS.values()]
    .filter(({ name }) => name in WIRES)
    .flatMap((provider) =>
      listModels()
        .filter((row) => row.prices.length > 0 && wordsFor(provider, row) !== null)
        .map((row) => ({ provider, row })),
    );
  it.each(served.map((one) => [one.provider.name, one.row.id, one] as const))(
    'is what %s is told to make with %s',
    async (name, _, { provider, row }) => {
      let orders = 0;
      const law = fc.asyncProperty(bodies(row), async (body) => {
        const spec = specOf(row, body);
        const sent = spec === null ? null : await sentBy(provider, row, spec);
        fc.pre(spec !== null && sent !== null);
        orders += 1;
        const order = WIRES[name]?.read(sent, row);
        const { seconds, resolution, audio, offPeak } = spec;
        expect({ seconds, resolution, audio, offPeak, ...order }).toEqual({ seconds, resolution, audio, offPeak });
        expect(quote({ ...spec, ...order }, row)).toEqual(quote(spec, row));
      });
      await fc.assert(law, { numRuns: RUNS });
      expect(orders).toBeGreaterThan(0);
    },
  );
});
