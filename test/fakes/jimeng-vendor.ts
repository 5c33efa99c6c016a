/**
 * Volcengine's visual API as its pages describe it: every request is signed, a key names the product, which knows only its own
 * tasks; what fails says so by a code, with or without data. Keys that a product does not know are ignored.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { sniffMedia } from '../../src/media/sniff.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

type Product = {
  /** How many pictures, as addresses or as bytes. */
  readonly images: readonly [number, number];
  readonly frames: readonly number[];
  readonly required: readonly string[];
};

const MAX_SKEW_MS = 15 * 60_000;
const TASK_LIFE_MS = 12 * 3_600_000;
const MAX_PICTURE_BYTES = 4.7 * 1024 * 1024;
const MAX_PICTURE_SIDE = 4_096;
const FIVE = [121];
const FIVE_OR_TEN = [121, 241];
const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'];
const TEMPLATES = [
  ...['hitchcock_dolly_in', 'hitchcock_dolly_out', 'robo_arm', 'dynamic_orbit', 'central_orbit', 'crane_push'],
  ...['quick_pull_back', 'counterclockwise_swivel', 'clockwise_swivel', 'handheld', 'rapid_push_pull'],
];

const TEXT = { images: [0, 0], frames: FIVE_OR_TEN, required: ['prompt'] } as const;
const FIRST = { images: [1, 1], frames: FIVE_OR_TEN, required: [] } as const;
const TAIL = { images: [2, 2], frames: FIVE_OR_TEN, required: [] } as const;
const ACTOR = { images: [1, 1], frames: [], required: ['video_url'] } as const;

const PRODUCTS: Readonly<Record<string, Product>> = {
  jimeng_vgfm_t2v_l20: { ...TEXT, frames: FIVE },
  jimeng_vgfm_i2v_l20: { ...FIRST, frames: FIVE },
  jimeng_t2v_v30: TEXT,
  jimeng_t2v_v30_1080p: TEXT,
  jimeng_i2v_first_v30: FIRST,
  jimeng_i2v_first_v30_1080: FIRST,
  jimeng_i2v_first_tail_v30: TAIL,
  jimeng_i2v_first_tail_v30_1080: TAIL,
  jimeng_i2v_recamera_v30: { ...FIRST, frames: FIVE, required: ['template_id'] },
  jimeng_ti2v_v30_pro: { images: [0, 1], frames: FIVE_OR_TEN, required: [] },
  jimeng_dream_actor_m1_gen_video_cv: ACTOR,
  jimeng_dreamactor_m20_gen_video: ACTOR,
  jimeng_realman_avatar_picture_omni_v15: { images: [0, 0], frames: [], required: ['image_url', 'audio_url'] },
};

const isLink = (value: Json): boolean => typeof value === 'string' && /^https?:\/\//.test(value);
/** Not how small it may be: the pictures of most tests have one pixel. */
function isPicture(bytes: Buffer): boolean {
  const picture = sniffMedia(bytes);
  if (picture?.mime !== 'image/jpeg' && picture?.mime !== 'image/png') return false;
  return bytes.length <= MAX_PICTURE_BYTES && Math.max(picture.width ?? 0, picture.height ?? 0) <= MAX_PICTURE_SIDE;
}
const CHECKS: Readonly<Record<string, (value: Json) => boolean>> = {
  prompt: (value) => typeof value === 'string' && [...value].length <= 800,
  seed: (value) => typeof value === 'number' && Number.isInteger(value) && value >= -1,
  aspect_ratio: (value) => RATIOS.includes(String(value)),
  template_id: (value) => TEMPLATES.includes(String(value)),
  camera_strength: (value) => ['weak', 'medium', 'strong'].includes(String(value)),
  image_urls: (value) => Array.isArray(value) && value.every(isLink),
  binary_data_base64: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && isPicture(Buffer.from(one, 'base64'))),
  image_url: isLink,
  video_url: isLink,
  audio_url: isLink,
  output_resolution: (value) => value === 720 || value === 1080,
  pe_fast_mode: (value) => typeof value === 'boolean',
  mask_url: (value) => Array.isArray(value) && value.every(isLink),
};

export type JimengTask = FakeTask & {
  readonly reqKey: string;
  readonly createdAt: number;
  state: string;
  code: number | null;
};

export type JimengVendor = Fake & { readonly books: readonly JimengTask[] };

/** `credential` as `AccessKeyId|SecretAccessKey`; `videoUrl`: where the finished videos lie. */
export async function startJimengVendor(
  credential: string,
  videoUrl = 'https://example.volccdn.com/x.mp4',
): Promise<JimengVendor> {
  const [accessKeyId = '', secret = ''] = credential.split('|');
  const books: JimengTask[] = [];
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { method, url, body, headers } = asked;
    const action = url.searchParams.get('Action') ?? '';
    const fault = signatureFault(asked, accessKeyId, secret);
    if (fault !== null) return refusedAtTheDoor(401, action, fault, `not let in: ${headers['authorization'] ?? ''}`);
    if (method !== 'POST' || url.pathname !== '/' || url.searchParams.get('Version') !== '2022-08-31')
      return refusedAtTheDoor(404, action, 'InvalidActionOrVersion', 'no such action');
    if (headers['content-type']?.startsWith('application/json') !== true || !isObject(body))
      return failed(400, 50200, 'not JSON');
    const reqKey = String(property(body, 'req_key'));
    const product = PRODUCTS[reqKey];
    if (product === undefined) return failed(400, 50200, 'Invalid Input Parameters: req_key');
    const prefix = reqKey.startsWith('jimeng_realman_avatar_') ? 'CV' : 'CVSync2Async';
    if (action === `${prefix}SubmitTask`) return submit(body, reqKey, product);
    if (action === `${prefix}GetResult`) return result(reqKey, String(property(body, 'task_id')));
    return failed(400, 50400, 'Access Denied');
  }

  function submit(body: JsonObject, reqKey: string, product: Product): FakeAnswer {
    const wrong = faultIn(body, product);
    if (wrong !== null) return failed(400, 50215, `Input invalid for this service: ${wrong}`);
    if (String(property(body, 'prompt') ?? '').includes('{{policy}}'))
      return failed(400, 50412, 'Pre Text Risk Not Pass');
    const id = String(7_392_616_336_519_610_409n + BigInt(books.length));
    books.push({ id, token: null, reqKey, createdAt: Date.now(), state: 'in_queue', code: null });
    return succeeded({ task_id: id });
  }

  function result(reqKey: string, id: string): FakeAnswer {
    const task = books.find((one) => one.id === id && one.reqKey === reqKey);
    if (task === undefined) return succeeded({ ...NOTHING, status: 'not_found' });
    if (Date.now() - task.createdAt > TASK_LIFE_MS) return succeeded({ ...NOTHING, status: 'expired' });
    const data = { ...NOTHING, status: task.state };
    if (task.code !== null) return failed(400, task.code, 'Risk Not Pass', data);
    return succeeded(task.state === 'done' ? { ...data, binary_data_base64: [], video_url: videoUrl } : data);
  }

  return {
    url: server.url,
    seen: server.seen,
    books,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = books.find((one) => one.id === id);
      if (task === undefined) throw new Error(`no task ${id}`);
      task.state = state;
      task.code = code === undefined ? null : Number(code);
    },
    close: server.close,
  };
}

const NOTHING = { binary_data_base64: null, image_urls: null, resp_data: '', status: '', video_url: '' };

function succeeded(data: JsonObject): FakeAnswer {
  const fixed = { message: 'Success', request_id: '20260101-0001', status: 10_000, time_elapsed: '10ms' };
  return reply(200, { code: 10_000, data, ...fixed });
}

function failed(status: number, code: number, message: string, data: JsonObject | null = null): FakeAnswer {
  return reply(status, { code, data, message, request_id: 'r4', status: code, time_elapsed: '10ms' });
}

function refusedAtTheDoor(status: number, action: string, code: string, message: string): FakeAnswer {
  const fixed = { RequestId: 'r8', Action: action, Version: '2022-08-31', Service: 'cv', Region: 'cn-north-1' };
  return reply(status, { ResponseMetadata: { ...fixed, Error: { Code: code, Message: message } } });
}

function faultIn(body: JsonObject, product: Product): string | null {
  const missing = product.required.find((key) => (property(body, key) ?? '') === '');
  if (missing !== undefined) return missing;
  const wrong = Object.entries(body).find(([key, value]) => CHECKS[key]?.(value) === false);
  if (wrong !== undefined) return wrong[0];
  const frames = property(body, 'frames') ?? 121;
  if (product.frames.length > 0 && !product.frames.includes(Number(frames))) return 'frames';
  const [links, bytes] = ['image_urls', 'binary_data_base64'].map((key) => property(body, key) ?? []);
  const count = (Array.isArray(links) ? links.length : 0) + (Array.isArray(bytes) ? bytes.length : 0);
  const [min, max] = product.images;
  if (count < min || count > max) return 'image_urls';
  return min === 0 && max > 0 && count === 0 && property(body, 'prompt') === undefined ? 'prompt' : null;
}

/** The word for what is wrong with a request's signature; null if nothing. */
function signatureFault({ method, url, headers, raw }: Asked, accessKeyId: string, secret: string): string | null {
  const pattern =
    /^HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/cn-north-1\/cv\/request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id, day = '', list = '', signature = ''] = pattern.exec(headers['authorization'] ?? '') ?? [];
  if (id === undefined) return 'InvalidSignature';
  if (id !== accessKeyId) return 'InvalidAccessKey';
  const time = headers['x-date'] ?? '';
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const at = Date.UTC(Number(time.slice(0, 4)), Number(parts[1]) - 1, ...parts.slice(2).map(Number));
  if (!time.startsWith(day) || !(Math.abs(Date.now() - at) <= MAX_SKEW_MS)) return 'InvalidTimestamp';
  const names = list.split(';');
  // The vendor's own Node SDK leaves the host unsigned unless it is told to sign it.
  if (!['x-date', 'x-content-sha256'].every((name) => names.includes(name))) return 'InvalidSignature';
  const hash = createHash('sha256').update(raw).digest('hex');
  if (headers['x-content-sha256'] !== hash) return 'SignatureDoesNotMatch';
  const canonical = `${method}\n${url.pathname}\n${url.search.slice(1).split('&').toSorted().join('&')}\n${names
    .map((name) => `${name}:${headers[name] ?? ''}\n`)
    .join('')}\n${list}\n${hash}`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const sign = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = sign(sign(sign(sign(secret, day), 'cn-north-1'), 'cv'), 'request');
  const expected = sign(key, `HMAC-SHA256\n${time}\n${day}/cn-north-1/cv/request\n${digest}`);
  return timingSafeEqual(Buffer.from(signature, 'hex'), expected) ? null : 'SignatureDoesNotMatch';
}
