/**
 * Volcengine Ark's video tasks as its pages describe them: strict about the body, unknown keys ignored, flags in the prompt
 * obeyed by the first generations, seven days of records, a list per tier, unsigned callbacks.
 */

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

type Resolution = '480p' | '720p' | '1080p' | '4k';

type Model = {
  readonly modes: readonly ('text' | 'first' | 'first_last' | 'reference')[];
  readonly seconds: readonly [number, number];
  readonly resolutions: readonly Resolution[];
  /** 1 to 1.4: the first generation; 1.5; 2 and up. */
  readonly generation: 1 | 1.5 | 2 | 2.5;
};

const HD = ['480p', '720p', '1080p'] as const;
const MODELS: Readonly<Record<string, Model>> = {
  'doubao-seedance-1-0-lite-t2v-250428': { modes: ['text'], seconds: [2, 12], resolutions: HD, generation: 1 },
  'doubao-seedance-1-0-lite-i2v-250428': {
    modes: ['first', 'first_last', 'reference'],
    seconds: [2, 12],
    resolutions: HD,
    generation: 1,
  },
  'doubao-seedance-1-0-pro-250528': {
    modes: ['text', 'first', 'first_last'],
    seconds: [2, 12],
    resolutions: HD,
    generation: 1,
  },
  'doubao-seedance-1-0-pro-fast-251015': {
    modes: ['text', 'first'],
    seconds: [2, 12],
    resolutions: HD,
    generation: 1,
  },
  'doubao-seedance-1-5-pro-251215': {
    modes: ['text', 'first', 'first_last'],
    seconds: [4, 12],
    resolutions: HD,
    generation: 1.5,
  },
  'doubao-seedance-2-0-260128': {
    modes: ['text', 'first', 'first_last', 'reference'],
    seconds: [4, 15],
    resolutions: [...HD, '4k'],
    generation: 2,
  },
  ...Object.fromEntries(
    ['doubao-seedance-2-0-fast-260128', 'doubao-seedance-2-0-mini-260615'].map((name) => [
      name,
      {
        modes: ['text', 'first', 'first_last', 'reference'],
        seconds: [4, 15],
        resolutions: ['480p', '720p'],
        generation: 2,
      } as const,
    ]),
  ),
  'doubao-seedance-2-5-260628': {
    modes: ['text', 'first', 'first_last', 'reference'],
    seconds: [4, 30],
    resolutions: HD,
    generation: 2.5,
  },
};
/** An endpoint that the account made for a model. */
export const ENDPOINT = { id: 'ep-20260514183217-t8rzv', model: 'doubao-seedance-1-5-pro-251215' };

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', 'adaptive'];
const SIZES: Readonly<Record<Resolution, readonly [number, number]>> = {
  '480p': [864, 496],
  '720p': [1280, 720],
  '1080p': [1920, 1080],
  '4k': [3840, 2160],
};
const MAX_REFERENCES = { image_url: 9, video_url: 3, audio_url: 3 };
const PATH = '/contents/generations/tasks';

export type ArkTask = FakeTask & {
  readonly request: JsonObject;
  readonly model: string;
  readonly tier: string;
  /** What it will bill for: a flag in the prompt of an early model wins over the body. */
  readonly seconds: number;
  readonly createdAt: number;
  status: string;
  code: string | null;
};

export type ArkVendor = Fake & {
  readonly books: readonly ArkTask[];
  /** Every callback sent so far has been answered. */
  settled(): Promise<void>;
};

export type ArkOptions = {
  /** Where the finished videos lie. */
  readonly videoUrl?: string;
  /** Where a callback really goes; without it none is sent. */
  readonly reach?: (callbackUrl: string) => string;
};

export async function startArkVendor(key: string, options: ArkOptions = {}): Promise<ArkVendor> {
  const { videoUrl = 'https://example.tos-cn-beijing.volces.com/x.mp4', reach = null } = options;
  const books: ArkTask[] = [];
  const deleted = new Set<string>();
  const callbacks: Promise<unknown>[] = [];
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { method, url } = asked;
    if (asked.headers['authorization'] !== `Bearer ${key}`)
      return refusal(401, 'AuthenticationError', `the API key ${asked.headers['authorization'] ?? ''} is not valid`);
    if (url.pathname === PATH && method === 'POST') return create(asked);
    if (url.pathname === PATH && method === 'GET') return list(url.searchParams);
    const task = books.find(({ id }) => url.pathname === `${PATH}/${id}` && !deleted.has(id));
    if (task === undefined) return refusal(404, 'ResourceNotFound', 'no such task');
    if (method === 'GET') return reply(200, shown(task));
    return method === 'DELETE' ? remove(task) : refusal(405, 'MethodNotAllowed', method);
  }

  function create({ body, headers }: Asked): FakeAnswer {
    if (headers['content-type'] !== 'application/json' || !isObject(body))
      return refusal(400, 'InvalidParameter', 'the body must be JSON');
    const asked = String(property(body, 'model') ?? '');
    const name = asked === ENDPOINT.id ? ENDPOINT.model : asked;
    const model =
      MODELS[name.replace(/^(dreamina-seedance-2|seedance-1)/, (start) => `doubao-${start.replace('dreamina-', '')}`)];
    if (model === undefined) return refusal(404, 'InvalidEndpointOrModel.NotFound', `${asked} does not exist`);
    const fault = faultIn(body, model, name.includes('lite'));
    if (fault !== null) return refusal(400, 'InvalidParameter', fault);
    const number = books.length.toString(36).padStart(5, '0');
    const task: ArkTask = {
      id: `cgt-20260514183217-${number}`,
      token: null,
      request: body,
      model: name,
      tier: String(property(body, 'service_tier') ?? 'default'),
      seconds: billedSeconds(body, model),
      createdAt: Math.floor(Date.now() / 1_000),
      status: 'queued',
      code: null,
    };
    books.push(task);
    return reply(200, { id: task.id });
  }

  function move(task: ArkTask, state: string, code: string | null): void {
    task.status = state;
    task.code = code;
    callBack(task);
  }

  function list(query: URLSearchParams): FakeAnswer {
    const [page, size] = [Number(query.get('page_num') ?? 1), Number(query.get('page_size') ?? 20)];
    if (![page, size].every((value) => Number.isInteger(value) && value >= 1 && value <= 500))
      return refusal(400, 'InvalidParameter', 'page_num and page_size go from 1 to 500');
    const ids = query.getAll('filter.task_ids');
    const tier = query.get('filter.service_tier') ?? 'default';
    const all = books
      .filter((task) => !deleted.has(task.id) && task.tier === tier && (ids.length === 0 || ids.includes(task.id)))
      .toReversed();
    return reply(200, { items: all.slice((page - 1) * size, page * size).map(shown), total: all.length });
  }

  function remove(task: ArkTask): FakeAnswer {
    switch (task.status) {
      case 'queued':
        task.status = 'cancelled';
        return reply(200, {});
      case 'running':
        return refusal(409, 'InvalidAction.RunningTaskDeletion', 'a running task cannot be deleted');
      case 'cancelled':
        return refusal(409, 'InvalidAction', 'a cancelled task cannot be deleted');
      default:
        deleted.add(task.id);
        return reply(200, {});
    }
  }

  function shown(task: ArkTask): JsonObject {
    const { request, status } = task;
    const [width, height] = SIZES[String(property(request, 'resolution') ?? '720p') as Resolution];
    const used = Math.floor((width * height * (24 * task.seconds + 1)) / 1024);
    const kept = ['resolution', 'ratio', 'seed', 'generate_audio', 'draft', 'priority', 'safety_identifier'] as const;
    return {
      id: task.id,
      model: task.model,
      status,
      error: status === 'failed' ? { code: task.code ?? 'InternalServiceError', message: 'it did not work' } : null,
      content: status === 'succeeded' ? { video_url: videoUrl } : null,
      usage: status === 'succeeded' ? { completion_tokens: used, total_tokens: used } : null,
      created_at: task.createdAt,
      updated_at: task.createdAt,
      service_tier: task.tier,
      execution_expires_after: 172_800,
      ...(status === 'succeeded' ? { duration: task.seconds, framespersecond: 24 } : {}),
      ...Object.fromEntries(kept.map((name) => [name, property(request, name) ?? null])),
    };
  }

  /** The page names no callback for a cancelled task. */
  function callBack(task: ArkTask): void {
    const url = property(task.request, 'callback_url');
    if (typeof url !== 'string' || reach === null || task.status === 'cancelled') return;
    const body = JSON.stringify(shown(task));
    callbacks.push(fetch(reach(url), { method: 'POST', headers: { 'content-type': 'application/json' }, body }));
  }

  return {
    url: server.url,
    seen: server.seen,
    books,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = books.find((one) => one.id === id);
      if (task === undefined) throw new Error(`no task ${id}`);
      move(task, state, code ?? null);
    },
    settled: async () => void (await Promise.all(callbacks)),
    close: server.close,
  };
}

function refusal(status: number, code: string, message: string): FakeAnswer {
  return reply(status, { error: { code, message, param: '', type: 'BadRequest' } });
}

/** What is wrong with a body; null if nothing. Keys that the page does not know are ignored. */
function faultIn(body: JsonObject, model: Model, isLite: boolean): string | null {
  const content = property(body, 'content');
  if (!Array.isArray(content) || content.length === 0) return 'content is required';
  for (const item of content) {
    const fault = itemFault(item);
    if (fault !== null) return fault;
  }
  const mode = modeOf(content.filter(isObject));
  if (mode === null) return 'TaskTypeConstraint: these contents do not go together';
  if (!model.modes.includes(mode)) return `TaskTypeConstraint: the model makes no video from ${mode}`;
  const checks: Readonly<Record<string, (value: Json) => boolean>> = {
    callback_url: (value) => typeof value === 'string' && URL.canParse(value),
    return_last_frame: isFlag,
    watermark: isFlag,
    resolution: (value) =>
      model.resolutions.some((one) => one === value) && !(isLite && mode === 'reference' && value === '1080p'),
    ratio: (value) => RATIOS.includes(String(value)) && (value !== 'adaptive' || adapts(model, mode, isLite)),
    duration: (value) => isIn(value, ...model.seconds) || (value === -1 && model.generation > 1),
    frames: (value) => model.generation === 1 && isIn(value, 29, 289) && (Number(value) - 25) % 4 === 0,
    seed: (value) => model.generation < 2 && isIn(value, -1, 2 ** 32 - 1),
    camera_fixed: (value) => model.generation < 2 && mode !== 'reference' && isFlag(value),
    service_tier: (value) => value === 'default' || (value === 'flex' && model.generation < 2),
    execution_expires_after: (value) => isIn(value, 3_600, 259_200),
    generate_audio: (value) => model.generation >= 1.5 && isFlag(value),
    draft: (value) =>
      (model.generation === 1.5 || model.generation === 2.5) &&
      isFlag(value) &&
      (value === false || (property(body, 'resolution') === '480p' && property(body, 'service_tier') !== 'flex')),
    tools: (value) => model.generation === 2 && Array.isArray(value),
    safety_identifier: (value) => model.generation >= 2 && typeof value === 'string' && value.length <= 64,
    priority: (value) => model.generation >= 2 && isIn(value, 0, 9),
    output_format: (value) => model.generation === 2.5 && (value === 'mp4' || value === 'mov'),
    omni_reference_task_type: (value) =>
      model.generation === 2.5 && ['auto', 'reference', 'edit', 'extend'].includes(String(value)),
  };
  const wrong = Object.entries(checks).find(([key, isRight]) => {
    const value = property(body, key);
    return value !== undefined && !isRight(value);
  });
  return wrong === undefined ? null : `the parameter ${wrong[0]} is not valid`;
}

const ROLES: Readonly<Record<string, readonly string[]>> = {
  image_url: ['first_frame', 'last_frame', 'reference_image'],
  video_url: ['reference_video'],
  audio_url: ['reference_audio'],
};
const PLACES: Readonly<Record<string, RegExp>> = {
  image_url: /^(https?:\/\/|data:image\/[a-z0-9.+-]+;base64,|asset:\/\/)/,
  video_url: /^(https?:\/\/|asset:\/\/)/,
  audio_url: /^(https?:\/\/|data:audio\/[a-z0-9.+-]+;base64,)/,
};

function itemFault(item: Json): string | null {
  if (!isObject(item)) return 'a content is no object';
  const type = String(property(item, 'type'));
  if (type === 'text') return typeof property(item, 'text') === 'string' ? null : 'a text without text';
  const home = property(item, type);
  const url = isObject(home) ? property(home, 'url') : undefined;
  if (typeof url !== 'string' || PLACES[type]?.test(url) !== true) return `${type}.url is not valid`;
  const role = property(item, 'role');
  return role === undefined || ROLES[type]?.includes(String(role)) === true ? null : `${String(role)} is no role`;
}

/** Null where the contents belong to more than one way of making a video. */
function modeOf(content: readonly JsonObject[]): Model['modes'][number] | null {
  const media = content.filter((item) => property(item, 'type') !== 'text');
  if (media.length === 0) return 'text';
  const roles = media.map((item) => String(property(item, 'role') ?? 'first_frame')).toSorted();
  if (roles.join() === 'first_frame') return 'first';
  if (roles.join() === 'first_frame,last_frame') return 'first_last';
  if (!roles.every((role) => role.startsWith('reference_'))) return null;
  const tooMany = Object.entries(MAX_REFERENCES).some(
    ([type, most]) => media.filter((item) => property(item, 'type') === type).length > most,
  );
  return tooMany || roles.every((role) => role === 'reference_audio') ? null : 'reference';
}

function adapts(model: Model, mode: Model['modes'][number], isLite: boolean): boolean {
  if (mode === 'text') return model.generation > 1;
  return !(isLite && mode === 'reference');
}

function isFlag(value: Json): boolean {
  return typeof value === 'boolean';
}

function isIn(value: Json, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function billedSeconds(body: JsonObject, model: Model): number {
  const content = property(body, 'content');
  const said = JSON.stringify(content).match(/--dur(?:ation)? (\d+)/)?.[1];
  if (model.generation < 2 && said !== undefined) return Number(said);
  const asked = Number(property(body, 'duration') ?? 5);
  return asked === -1 ? model.seconds[0] : asked;
}
