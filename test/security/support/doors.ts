/** Every way into each dialect: how it makes a video, where its numbers and words stand, and where it takes files by URL. */

import { DIALECTS } from '../../../src/dialects/index.ts';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { CROSSINGS } from '../../dialects/crossings.ts';
import type { Call } from '../../dialects/crossings.ts';
import { picture } from '../../support/pictures.ts';

type Path = readonly (string | number)[];
type File = { readonly name: string; readonly create: Call; readonly at: Path };

export type Door = {
  readonly dialect: Dialect;
  /** A create from words. */
  readonly create: Call;
  readonly prompt: Path;
  readonly seconds: Path;
  /** Where it says how many videos are wanted; null where it cannot. */
  readonly count: Path | null;
  /** Where it says who is to be told; null where it cannot. */
  readonly callback: Path | null;
  /** Creates that make the server fetch a file. */
  readonly files: readonly File[];
};

const PROMPT = 'a paper boat';
const URL_HERE = '';
const PICTURE = picture(640, 360).toString('base64');
const file = (name: string, path: string, body: JsonObject, at: Path, headers: Record<string, string> = {}): File => ({
  name,
  create: { method: 'POST', path, headers, body },
  at,
});

type Row = Omit<Door, 'dialect' | 'create'>;

const ROWS: Readonly<Record<string, Row>> = {
  openai: {
    prompt: ['prompt'],
    seconds: ['seconds'],
    count: ['n'],
    callback: ['callback_url'],
    files: [
      file('image', '/v1/videos', openaiBody({ image: URL_HERE }), ['image']),
      file('input_reference', '/v1/videos', openaiBody({ input_reference: URL_HERE }), ['input_reference']),
      file(
        'file_infos',
        '/v1/videos',
        openaiBody({ metadata: { file_infos: [{ type: 'Url', category: 'Image', url: URL_HERE }] } }),
        ['metadata', 'file_infos', 0, 'url'],
      ),
    ],
  },
  generations: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: ['n'],
    callback: ['callback_url'],
    files: [
      file('image', '/v1/video/generations', { model: 'viduq3p-720p', prompt: PROMPT, duration: 3, image: URL_HERE }, [
        'image',
      ]),
    ],
  },
  unified: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file('images', '/v1/video/create', { model: 'viduq3-pro', prompt: PROMPT, duration: 3, images: [URL_HERE] }, [
        'images',
        0,
      ]),
    ],
  },
  vidu: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file('images', '/ent/v2/img2video', { model: 'viduq3-pro', prompt: PROMPT, duration: 3, images: [URL_HERE] }, [
        'images',
        0,
      ]),
    ],
  },
  kling: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file(
        'image',
        '/v1/videos/image2video',
        { model_name: 'kling-v3', prompt: PROMPT, duration: '5', image: URL_HERE },
        ['image'],
      ),
      file(
        'video_list',
        '/kling/v1/videos/omni-video',
        {
          model_name: 'kling-v3-omni',
          prompt: PROMPT,
          duration: '5',
          video_list: [{ video_url: URL_HERE, refer_type: 'feature' }],
        },
        ['video_list', 0, 'video_url'],
      ),
    ],
  },
  'kling-tasks': {
    prompt: ['prompt'],
    seconds: ['settings', 'duration'],
    count: null,
    callback: ['options', 'callback_url'],
    files: [
      file(
        'contents',
        '/image-to-video/kling-3.0',
        {
          prompt: PROMPT,
          contents: [{ type: 'first_frame', url: URL_HERE }],
          settings: { resolution: '720p', duration: 3 },
        },
        ['contents', 0, 'url'],
      ),
    ],
  },
  ark: {
    prompt: ['content', 0, 'text'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file(
        'content',
        '/api/v3/contents/generations/tasks',
        {
          model: 'doubao-seedance-1-0-pro-250528',
          content: [
            { type: 'text', text: PROMPT },
            { type: 'image_url', image_url: { url: URL_HERE }, role: 'first_frame' },
          ],
          resolution: '480p',
          duration: 3,
        },
        ['content', 1, 'image_url', 'url'],
      ),
    ],
  },
  jimeng: {
    prompt: ['prompt'],
    seconds: ['frames'],
    count: null,
    callback: null,
    files: [
      file(
        'image_urls',
        '/jimeng/?Version=2022-08-31&Action=CVSync2AsyncSubmitTask',
        { req_key: 'jimeng_i2v_first_v30', prompt: PROMPT, image_urls: [URL_HERE] },
        ['image_urls', 0],
      ),
    ],
  },
  dashscope: {
    prompt: ['input', 'prompt'],
    seconds: ['parameters', 'duration'],
    count: null,
    callback: null,
    files: [
      file(
        'img_url',
        '/api/v1/services/aigc/video-generation/video-synthesis',
        {
          model: 'wan2.6-i2v',
          input: { prompt: PROMPT, img_url: URL_HERE },
          parameters: { resolution: '720P', duration: 5 },
        },
        ['input', 'img_url'],
      ),
    ],
  },
  minimax: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file(
        'first_frame_image',
        '/v1/video_generation',
        { model: 'MiniMax-Hailuo-2.3', prompt: PROMPT, duration: 6, first_frame_image: URL_HERE },
        ['first_frame_image'],
      ),
    ],
  },
  'minimax-v2': {
    prompt: ['content', 0, 'text'],
    seconds: ['duration'],
    count: null,
    callback: ['callback_url'],
    files: [
      file(
        'content',
        '/v2/video_generation',
        {
          model: 'MiniMax-H3',
          content: [
            { type: 'text', text: PROMPT },
            { type: 'image_url', image_url: { url: URL_HERE }, role: 'first_frame' },
          ],
          resolution: '768P',
          duration: 4,
        },
        ['content', 1, 'image_url', 'url'],
      ),
    ],
  },
  veo: {
    prompt: ['instances', 0, 'prompt'],
    seconds: ['parameters', 'durationSeconds'],
    count: ['parameters', 'sampleCount'],
    callback: ['webhookConfig', 'uris', 0],
    files: [
      file(
        'image',
        '/v1beta/models/veo-3.1-fast-generate-001:predictLongRunning',
        {
          instances: [{ prompt: PROMPT, image: { uri: URL_HERE, mimeType: 'image/png' } }],
          parameters: { durationSeconds: 4, resolution: '720p' },
        },
        ['instances', 0, 'image', 'uri'],
      ),
    ],
  },
  gateway: {
    prompt: ['prompt'],
    seconds: ['duration'],
    count: ['n'],
    callback: ['callbackUrl'],
    files: [
      file(
        'image',
        '/video-model/start',
        { prompt: PROMPT, duration: 5, image: { type: 'url', url: URL_HERE } },
        ['image', 'url'],
        { 'ai-model-id': 'klingai/kling-v2-6' },
      ),
    ],
  },
  native: {
    prompt: ['prompt'],
    seconds: ['seconds'],
    count: ['count'],
    callback: ['callback_url'],
    files: [
      file('first_frame', '/api/v1/videos', nativeBody([{ role: 'first_frame', url: URL_HERE }]), ['inputs', 0, 'url']),
      file(
        'last_frame',
        '/api/v1/videos',
        nativeBody([
          { role: 'first_frame', data: PICTURE },
          { role: 'last_frame', url: URL_HERE },
        ]),
        ['inputs', 1, 'url'],
      ),
      file(
        'audio',
        '/api/v1/videos',
        { ...nativeBody([{ role: 'audio', url: URL_HERE }]), model: 'wan2.6', seconds: 5 },
        ['inputs', 0, 'url'],
      ),
    ],
  },
};

/** One for each dialect. */
export const DOORS: readonly Door[] = DIALECTS.map((dialect) => {
  const row = ROWS[dialect.name];
  const crossing = CROSSINGS.find((one) => one.dialect === dialect.name);
  if (row === undefined || crossing === undefined) throw new Error(`there is no door into ${dialect.name}`);
  return { dialect, create: crossing.create, ...row };
});

/** The call with another value at a place of its body, which is made where there is none. */
export function put(call: Call, at: Path, value: Json): Call {
  return { ...call, body: objectAt(putInto(call.body ?? {}, at, value)) };
}

function putInto(into: Json, [step, ...rest]: Path, value: Json): Json {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = Array.isArray(into) ? [...into] : [];
    list[step] = putInto(list[step] ?? null, rest, value);
    return list;
  }
  const object = isObject(into) ? into : {};
  return { ...object, [step]: putInto(object[step] ?? null, rest, value) };
}

function objectAt(value: Json): JsonObject {
  if (!isObject(value)) throw new Error('the body of a call is an object');
  return value;
}

function nativeBody(inputs: readonly JsonObject[]): JsonObject {
  return { model: 'Kling-3.0-Omni', prompt: PROMPT, seconds: 3, inputs };
}

function openaiBody(over: JsonObject): JsonObject {
  return { model: 'Kling-3.0-Omni', prompt: PROMPT, seconds: '3', size: '1280x720', ...over };
}
