/**
 * MiniMax's video API as its pages describe it: version 1 with errors in `base_resp` and files to be asked for by ids beyond
 * 53 bits, version 2 with a list and a cancel. A callback address is challenged before a task is made.
 */

import { isObject, property } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

type Mode = 'text' | 'first' | 'first_last' | 'subject';
/** Seconds by resolution; the first one is the default. */
type Lengths = Readonly<Record<string, readonly number[]>>;
type Model = { readonly modes: readonly Mode[]; readonly lengths: Lengths; readonly fast: boolean };

const HD: Lengths = { '768P': [6, 10], '1080P': [6] };
const OLD: Lengths = { '720P': [6] };
const MODELS: Readonly<Record<string, Model>> = {
  'MiniMax-Hailuo-2.3': { modes: ['text', 'first'], lengths: HD, fast: true },
  'MiniMax-Hailuo-2.3-Fast': { modes: ['first'], lengths: HD, fast: true },
  'MiniMax-Hailuo-02': { modes: ['text', 'first', 'first_last'], lengths: { ...HD, '512P': [6, 10] }, fast: true },
  'T2V-01': { modes: ['text'], lengths: OLD, fast: false },
  'I2V-01': { modes: ['first'], lengths: OLD, fast: false },
  'I2V-01-Director': { modes: ['first'], lengths: OLD, fast: false },
  'T2V-01-Director': { modes: ['text'], lengths: OLD, fast: false },
  'I2V-01-live': { modes: ['first'], lengths: OLD, fast: false },
  'S2V-01': { modes: ['subject'], lengths: {}, fast: false },
};
const H3 = 'MiniMax-H3';
const RATIOS = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'];
const CHALLENGE = 'c-5f1d';
/** The last digits of ids that no double holds. */
const FIRST_FILE = 9_205_258_526_306_433_001n;

const FIRST_STATES = { v1: 'Preparing', v2: 'queued' } as const;

export type HailuoTask = FakeTask & {
  readonly api: 'v1' | 'v2';
  readonly request: JsonObject;
  readonly kind: 'generation' | 'regeneration';
  readonly fileId: bigint;
  readonly createdAt: number;
  status: string;
  code: string | null;
};

export type HailuoVendor = Fake & {
  readonly books: readonly HailuoTask[];
  /** Every callback sent so far has been answered. */
  settled(): Promise<void>;
};

export type HailuoOptions = {
  /** Where the finished videos lie. */
  readonly videoUrl?: string;
  /** Where a callback really goes; without it none is sent, and no address is challenged. */
  readonly reach?: (callbackUrl: string) => string;
};

export async function startHailuoVendor(key: string, options: HailuoOptions = {}): Promise<HailuoVendor> {
  const { videoUrl = 'https://cdn.example/v.mp4', reach = null } = options;
  const books: HailuoTask[] = [];
  const deleted = new Set<string>();
  const callbacks: Promise<unknown>[] = [];
  let retrievals = 0;
  const server = await startFakeServer(answer);

  async function answer(asked: Asked): Promise<FakeAnswer> {
    const { method, url } = asked;
    const isSecond = url.pathname.startsWith('/v2/');
    const given = asked.headers['authorization'] ?? '';
    if (given !== `Bearer ${key}`)
      return isSecond
        ? refusal2(401, 'authorized_error', `login fail: ${given} (1004)`)
        : refusal1(2049, `bad ${given}`);
    const record = books.find(({ id }) => url.pathname.endsWith(`/video_generation/${id}`) && !deleted.has(id));
    switch (`${method} ${url.pathname.replace(/\/\d+$/, '/:id')}`) {
      case 'POST /v1/video_generation':
        return create1(asked);
      case 'GET /v1/query/video_generation':
        return query1(url.searchParams.get('task_id') ?? '');
      case 'GET /v1/files/retrieve':
        return retrieve(url.searchParams.get('file_id') ?? '');
      case 'POST /v2/video_generation':
        return create2(asked, 'generation');
      case 'POST /v2/video_regeneration':
        return create2(asked, 'regeneration');
      case 'GET /v2/query/video_generation':
        return list(url.searchParams);
      case 'GET /v2/query/video_generation/:id':
        return record?.api === 'v2' ? reply(200, { task: shown2(record) }) : noSuchTask();
      case 'DELETE /v2/video_generation/:id':
        return record?.api === 'v2' ? remove(record) : noSuchTask();
      default:
        return reply(404, { error: 'no such page' });
    }
  }

  async function create1({ body }: Asked): Promise<FakeAnswer> {
    const fault = isObject(body) ? fault1(body) : 'the body must be JSON';
    if (!isObject(body) || fault !== null) return refusal1(2013, `invalid params, ${fault ?? ''}`);
    if (!(await isReachable(property(body, 'callback_url')))) return refusal1(2013, 'invalid params, callback_url');
    const { id } = record('v1', body, 'generation');
    return reply(200, { task_id: id, base_resp: { status_code: 0, status_msg: 'success' } });
  }

  async function create2({ body }: Asked, kind: HailuoTask['kind']): Promise<FakeAnswer> {
    const fault = isObject(body) ? fault2(body, kind) : 'the body must be JSON';
    if (!isObject(body) || fault !== null)
      return refusal2(400, 'bad_request_error', `invalid params, ${fault ?? ''} (2013)`);
    if (!(await isReachable(property(body, 'callback_url'))))
      return refusal2(400, 'bad_request_error', 'invalid params, callback_url (2013)');
    return reply(200, { task_id: record('v2', body, kind).id });
  }

  function record(api: HailuoTask['api'], request: JsonObject, kind: HailuoTask['kind']): HailuoTask {
    const task: HailuoTask = {
      id: String(106_916_112_212_032 + books.length),
      token: null,
      api,
      request,
      kind,
      fileId: FIRST_FILE + BigInt(books.length),
      createdAt: Math.floor(Date.now() / 1_000),
      status: FIRST_STATES[api],
      code: null,
    };
    books.push(task);
    return task;
  }

  function move(task: HailuoTask, state: string, code: string | null): void {
    task.status = state;
    task.code = code;
    callBack(task);
  }

  function query1(id: string): FakeAnswer {
    const task = books.find((one) => one.id === id && one.api === 'v1');
    return task === undefined ? refusal1(2013, 'invalid params, task_id') : reply(200, shown1(task));
  }

  /** The id is a number here, which JSON.stringify could not write. */
  function retrieve(fileId: string): FakeAnswer {
    const task = books.find((one) => String(one.fileId) === fileId && one.status === 'Success');
    if (task === undefined) return refusal1(2013, 'invalid params, file_id');
    retrievals += 1;
    const url = `${videoUrl}?sign=${retrievals}`;
    const body =
      `{"file":{"file_id":${fileId},"bytes":5896337,"created_at":1700469398,"filename":"output_aigc.mp4",` +
      `"purpose":"video_generation","download_url":"${url}"},"base_resp":{"status_code":0,"status_msg":"success"}}`;
    return { status: 200, body };
  }

  function list(query: URLSearchParams): FakeAnswer {
    const [page, size] = [Number(query.get('page_num') ?? 1), Number(query.get('page_size') ?? 20)];
    const all = books.filter(({ id, api }) => api === 'v2' && !deleted.has(id)).toReversed();
    return reply(200, { items: all.slice((page - 1) * size, page * size).map(shown2), total: all.length });
  }

  function remove(task: HailuoTask): FakeAnswer {
    if (task.status === 'running' || task.status === 'cancelled')
      return refusal2(400, 'bad_request_error', `invalid params, the task is ${task.status} (2013)`);
    const action = task.status === 'queued' ? 'cancelled' : 'deleted';
    if (action === 'cancelled') task.status = 'cancelled';
    else deleted.add(task.id);
    return reply(200, { task_id: task.id, action, status: action });
  }

  function shown2(task: HailuoTask): JsonObject {
    const { request, status } = task;
    const seconds = property(request, 'duration') ?? 5;
    return {
      id: task.id,
      model: property(request, 'model') ?? null,
      status,
      created_at: task.createdAt,
      updated_at: task.createdAt,
      resolution: property(request, 'resolution') ?? null,
      duration: seconds,
      ratio: property(request, 'ratio') ?? '',
      task_type: task.kind,
      modality: 'video',
      usage:
        status === 'succeeded'
          ? { total_seconds: seconds, input_seconds: 0, output_seconds: seconds, total_tokens: 273_890 }
          : {},
      ...(status === 'succeeded' ? { content: { url: videoUrl } } : {}),
      ...(status === 'failed' ? { error: { code: task.code ?? '1000', message: 'it did not work' } } : {}),
    };
  }

  async function isReachable(callbackUrl: Json | undefined): Promise<boolean> {
    if (callbackUrl === undefined) return true;
    if (typeof callbackUrl !== 'string' || !URL.canParse(callbackUrl)) return false;
    if (reach === null) return true;
    const answered = await post(reach(callbackUrl), { challenge: CHALLENGE }).catch(() => null);
    const echoed: unknown = answered?.status === 200 ? await answered.json().catch(() => null) : null;
    return isObject(echoed) && property(echoed, 'challenge') === CHALLENGE;
  }

  function callBack(task: HailuoTask): void {
    const url = property(task.request, 'callback_url');
    if (typeof url !== 'string' || reach === null) return;
    callbacks.push(post(reach(url), task.api === 'v1' ? called1(task) : { task: shown2(task) }));
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

function post(url: string, body: Json): Promise<Response> {
  const signal = AbortSignal.timeout(3_000);
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

function refusal1(code: number, message: string): FakeAnswer {
  return reply(200, { task_id: '', base_resp: { status_code: code, status_msg: message } });
}

function refusal2(status: number, type: string, message: string): FakeAnswer {
  return reply(status, {
    type: 'error',
    error: { type, message, http_code: String(status) },
    request_id: '0217852290',
  });
}

function noSuchTask(): FakeAnswer {
  return refusal2(400, 'bad_request_error', 'invalid task_id (2013)');
}

function shown1({ id, status, code, fileId }: HailuoTask): JsonObject {
  const [status_code, status_msg] = status === 'Fail' ? [Number(code ?? 1000), 'it did not work'] : [0, 'success'];
  const file = { file_id: String(fileId), video_width: 1920, video_height: 1080 };
  return { task_id: id, status, ...(status === 'Success' ? file : {}), base_resp: { status_code, status_msg } };
}

const CALLED: Readonly<Record<string, string>> = { Success: 'success', Fail: 'failed' };

/** Callbacks of version 1 spell the states in their own way. */
function called1(task: HailuoTask): JsonObject {
  return { ...shown1(task), status: CALLED[task.status] ?? 'processing' };
}

const PICTURE = /^(https?:\/\/|data:image\/(jpe?g|png|webp);base64,)/;

/** What is wrong with a request of version 1; null if nothing. */
function fault1(body: JsonObject): string | null {
  const model = MODELS[String(property(body, 'model'))];
  if (model === undefined) return 'model';
  const has = (key: string): boolean => property(body, key) !== undefined;
  const subject = property(body, 'subject_reference');
  const mode: Mode = has('subject_reference')
    ? 'subject'
    : has('last_frame_image')
      ? 'first_last'
      : has('first_frame_image')
        ? 'first'
        : 'text';
  if (!model.modes.includes(mode)) return `the model makes no video from ${mode}`;
  const lengths = model.lengths[String(property(body, 'resolution') ?? Object.keys(model.lengths)[0])];
  const right: Readonly<Record<string, (value: Json) => boolean>> = {
    prompt: (value) => typeof value === 'string' && value.length <= 2_000 && value !== '',
    resolution: (value) => lengths !== undefined && !(value === '512P' && mode !== 'first'),
    duration: (value) => lengths?.some((seconds) => seconds === value) === true,
    first_frame_image: (value) => PICTURE.test(String(value)),
    last_frame_image: (value) => PICTURE.test(String(value)) && has('first_frame_image'),
    subject_reference: () => isSubject(subject),
    prompt_optimizer: (value) => typeof value === 'boolean',
    fast_pretreatment: (value) => typeof value === 'boolean' && model.fast,
    aigc_watermark: (value) => typeof value === 'boolean',
  };
  if (mode === 'text' && !has('prompt')) return 'prompt';
  return Object.keys(right).find((key) => has(key) && right[key]?.(property(body, key) ?? null) !== true) ?? null;
}

function isSubject(subjects: Json | undefined): boolean {
  if (!Array.isArray(subjects) || subjects.length !== 1 || !isObject(subjects[0])) return false;
  const pictures = property(subjects[0], 'image');
  const isOne = Array.isArray(pictures) && pictures.length === 1 && PICTURE.test(String(pictures[0]));
  return isOne && property(subjects[0], 'type') === 'character';
}

const ROLES: Readonly<Record<string, readonly string[]>> = {
  image_url: ['first_frame', 'last_frame', 'reference_image'],
  video_url: ['reference_video', 'base_video'],
  audio_url: ['reference_audio'],
};
const MOST: Readonly<Record<string, number>> = {
  first_frame: 1,
  last_frame: 1,
  reference_image: 9,
  reference_video: 3,
  reference_audio: 3,
  base_video: 1,
};

/** What is wrong with a request of version 2; null if nothing. */
function fault2(body: JsonObject, kind: HailuoTask['kind']): string | null {
  const content = property(body, 'content');
  if (property(body, 'model') !== H3) return 'model';
  if (!Array.isArray(content) || !content.every(isObject)) return 'content';
  const texts = content.filter((item) => property(item, 'type') === 'text');
  const media = content.filter((item) => property(item, 'type') !== 'text');
  const roles = media.map((item) => String(property(item, 'role') ?? 'first_frame'));
  if (media.some((item) => !isMedium(item))) return 'content';
  if (Object.entries(MOST).some(([role, most]) => roles.filter((one) => one === role).length > most)) return 'too many';
  const resolution = property(body, 'resolution');
  if (kind === 'regeneration')
    return resolution === '2K' && roles.includes('base_video') ? null : 'base_video and 2K are required';
  if (texts.length === 0 || !texts.every(isWorded)) return 'content must include a non-empty text item';
  if (roles.includes('base_video')) return 'base_video';
  const isFramed = roles.some((role) => role.endsWith('_frame'));
  const isReferred = roles.some((role) => role.startsWith('reference_'));
  if (isFramed && isReferred) return 'frames and references do not go together';
  if (roles.length > 0 && roles.every((role) => role === 'reference_audio')) return 'audio needs a picture or a video';
  if (roles.includes('last_frame') && !roles.includes('first_frame')) return 'last_frame needs first_frame';
  if (resolution !== '768P' && resolution !== '2K') return 'resolution';
  const [seconds, ratio] = [property(body, 'duration'), property(body, 'ratio')];
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 4 || seconds > 15) return 'duration';
  if (media.length === 0 && !RATIOS.includes(String(ratio))) return 'ratio';
  return ratio === undefined || ratio === 'adaptive' || RATIOS.includes(String(ratio)) ? null : 'ratio';
}

function isMedium(item: JsonObject): boolean {
  const type = String(property(item, 'type'));
  const home = property(item, type);
  const url = isObject(home) ? property(home, 'url') : undefined;
  const role = property(item, 'role');
  const isRole = role === undefined || ROLES[type]?.includes(String(role)) === true;
  return (
    isRole &&
    typeof url === 'string' &&
    /^(https?:\/\/|mm_file:\/\/|data:(image|video|audio)\/[a-z0-9]+;base64,)/.test(url)
  );
}

function isWorded(item: JsonObject): boolean {
  const text = property(item, 'text');
  return typeof text === 'string' && text.trim() !== '' && text.length <= 7_000;
}
