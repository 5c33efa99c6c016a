/** What the bytes of a submit order, read as each vendor would read them: written from the vendors' pages, not from our adapters. */

import type { ModelRow } from '../../src/model/catalogue.ts';
import { frameSize, sizeText } from '../../src/model/frame-size.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

/** As it was sent; what a wire has no word for is absent. */
export type Order = {
  readonly seconds: number;
  readonly resolution?: string;
  readonly audio?: boolean;
  readonly offPeak?: boolean;
};
export type Sent = { readonly path: string; readonly body: JsonObject };
type Reader = (sent: Sent, row: ModelRow) => Order;

const KLING_MODES: Readonly<Record<string, string>> = { std: '720p', pro: '1080p', '4k': '4k' };
const KLING_SOUNDS: Readonly<Record<string, boolean>> = { on: true, off: false, native: true };

/** By provider: the credential with which a submit is made, and what the submit says. */
export const WIRES: Readonly<Record<string, { readonly credential: string; readonly read: Reader }>> = {
  kling: { credential: 'api-key-0000', read: readKling },
  'tencent-vod': { credential: '1500000001|AKIDEXAMPLE|SECRETKEYEXAMPLE', read: readTencent },
  ark: {
    credential: 'ark-key-0000',
    read: ({ body }) => ({
      seconds: Number(body['duration']),
      resolution: text(body, 'resolution'),
      ...flag('audio', body['generate_audio']),
      offPeak: body['service_tier'] === 'flex',
    }),
  },
  hailuo: {
    credential: 'minimax-key-0000',
    read: ({ body }) => ({ seconds: Number(body['duration']), resolution: text(body, 'resolution').toLowerCase() }),
  },
  vidu: {
    credential: 'vda_key_0000',
    read: ({ body }) => ({
      seconds: Number(body['duration']),
      resolution: text(body, 'resolution'),
      ...flag('audio', body['audio']),
      offPeak: body['off_peak'] === true,
    }),
  },
  jimeng: { credential: 'AKLTEXAMPLE|VOLCSECRETEXAMPLE', read: readJimeng },
  wan: { credential: 'sk-wan-key-0000', read: readWan },
  veo: { credential: 'google-key-0000', read: readGoogle },
  'openai-video': { credential: 'sk-key-0000', read: readOpenai },
  'openai-resale': { credential: 'sk-key-0000', read: readOpenai },
  'vllm-omni': { credential: 'sk-key-0000', read: readOpenai },
  sglang: { credential: 'sk-key-0000', read: readOpenai },
  reelgate: {
    credential: 'sk-key-0000',
    read: ({ body }) => {
      const metadata = within(body, 'metadata');
      return {
        seconds: Number(body['seconds']),
        resolution: text(metadata, 'resolution'),
        ...flag('audio', metadata['generate_audio']),
        ...flag('offPeak', metadata['offpeak']),
      };
    },
  },
  'reelgate-generations': { credential: 'sk-key-0000', read: ({ body }) => readGeneration(body, body) },
  generations: { credential: 'sk-key-0000', read: ({ body }) => readGeneration(body, within(body, 'metadata')) },
  'unified-video': {
    credential: 'sk-key-0000',
    read: ({ body }) => ({ seconds: Number(body['duration']), resolution: text(body, 'resolution') }),
  },
};

function readKling({ path, body }: Sent): Order {
  const settings = path.startsWith('/v1/') ? body : within(body, 'settings');
  const mode = property(body, 'mode');
  const sound = property(settings, 'sound') ?? property(settings, 'audio');
  return {
    seconds: Number(settings['duration']),
    resolution: mode === undefined ? text(settings, 'resolution') : (KLING_MODES[String(mode)] ?? String(mode)),
    ...flag('audio', sound === undefined ? undefined : (KLING_SOUNDS[String(sound)] ?? null)),
  };
}

/** Some makers' models are told their size in pixels, in fields that are encoded twice. */
function readTencent({ body }: Sent, row: ModelRow): Order {
  const output = within(body, 'OutputConfig');
  const label = property(output, 'Resolution');
  const own = parsed(property(parsed(property(body, 'ExtInfo')), 'AdditionalParameters'));
  const { width, height, size = `${String(width)}x${String(height)}` } = own;
  return {
    seconds: Number(output['Duration']),
    resolution: label === undefined ? resolutionOf(String(size), row) : String(label).toLowerCase(),
    ...flag('audio', isEnabled(property(output, 'AudioGeneration'))),
    offPeak: isEnabled(property(output, 'OffPeak')) === true,
  };
}

/** The key names the product, which makes one resolution. */
function readJimeng({ body }: Sent, row: ModelRow): Order {
  const products = row.servings.find(({ provider }) => provider === 'jimeng')?.upstream['reqKeys'];
  const byResolution = isObject(products) && isObject(products['text']) ? products['text'] : {};
  const [resolution] = Object.entries(byResolution).find(([, key]) => key === body['req_key']) ?? ['unknown'];
  return { seconds: (Number(body['frames']) - 1) / 24, resolution };
}

function readWan({ body }: Sent, row: ModelRow): Order {
  const parameters = within(body, 'parameters');
  const label = property(parameters, 'resolution');
  const size = text(parameters, 'size').replace('*', 'x');
  return {
    seconds: Number(parameters['duration']),
    resolution: label === undefined ? resolutionOf(size, row) : String(label).toLowerCase(),
    ...flag('audio', property(parameters, 'audio')),
  };
}

/** Of several videos at once each would be billed. */
function readGoogle({ body }: Sent): Order {
  const [omni, veo] = [within(body, 'response_format'), within(body, 'parameters')];
  if (property(body, 'response_format') !== undefined)
    return { seconds: Number(text(omni, 'duration').replace(/s$/, '')), resolution: text(omni, 'resolution') };
  if (property(veo, 'sampleCount') !== 1) throw new Error('more than one video is ordered');
  return { seconds: Number(veo['durationSeconds']), resolution: text(veo, 'resolution') };
}

function readOpenai({ body }: Sent, row: ModelRow): Order {
  return {
    seconds: Number(body['seconds']),
    resolution: resolutionOf(text(body, 'size'), row),
    ...flag('audio', parsedFlag(property(body, 'generate_sound'))),
  };
}

function readGeneration(body: JsonObject, more: JsonObject): Order {
  return {
    seconds: Number(body['duration']),
    resolution: text(more, 'resolution'),
    ...flag('audio', property(more, 'audio')),
    ...flag('offPeak', property(more, 'off_peak')),
  };
}

function resolutionOf(size: string, row: ModelRow): string {
  const found = row.resolutions.values.find((resolution) =>
    row.ratios.values.some((ratio) => sizeText(frameSize(row, resolution, ratio)) === size),
  );
  if (found === undefined) throw new Error(`${size} is no size of ${row.id}`);
  return found;
}

function within(body: JsonObject, key: string): JsonObject {
  const inner = property(body, key);
  return isObject(inner) ? inner : {};
}

function text(body: JsonObject, key: string): string {
  return String(property(body, key) ?? '');
}

function parsed(value: Json | undefined): JsonObject {
  const inner: unknown = typeof value === 'string' ? JSON.parse(value) : null;
  return isObject(inner) ? inner : {};
}

/** Forms say everything as text. */
function parsedFlag(value: Json | undefined): Json | undefined {
  return value === 'true' ? true : value === 'false' ? false : value;
}

function isEnabled(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : value === 'Enabled';
}

/** A word that is there but is none that the vendor knows is nobody's order. */
function flag(name: 'audio' | 'offPeak', value: Json | undefined): Partial<Order> {
  if (value === undefined) return {};
  if (typeof value !== 'boolean') throw new Error(`${name} is ${JSON.stringify(value)}`);
  return { [name]: value };
}
