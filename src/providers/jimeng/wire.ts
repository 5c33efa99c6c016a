/** Requests and replies of Volcengine's visual API. */

import { FailureError } from '../../model/failure.ts';
import type { Failure } from '../../model/failure.ts';
import { shortSideOf } from '../../model/frame-size.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole } from '../../model/request.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpResponse, ProviderIo } from '../provider.ts';
import { base64Of, isTaskId, objectIn, retryAfterMs, urlOrLink, vendorFailure } from '../replies.ts';
import { ERRORS, FINAL, SHAPES, STATES, STATUS_ERRORS, SUCCESS, UNDECIDED } from './tables.ts';
import type { FieldName, MediaField, Shape } from './tables.ts';

const FRAMES_PER_SECOND = 24;
const PICTURES: readonly InputRole[] = ['first_frame', 'last_frame', 'reference_image'];

type Files = Pick<ProviderIo, 'files'>;

/** Null leaves the field out. */
const FIELDS: Readonly<Record<FieldName, (spec: VideoSpec) => Json>> = {
  prompt: ({ prompt }) => prompt,
  seed: ({ seed }) => seed,
  frames: ({ seconds }) => seconds * FRAMES_PER_SECOND + 1,
  aspect_ratio: ({ ratio }) => ratio,
  output_resolution: ({ resolution }) => shortSideOf(resolution),
};

const MEDIA: Readonly<Record<MediaField, (spec: VideoSpec, io: Files) => Promise<JsonObject>>> = {
  images: pictures,
  image_url: async (spec, io) => ({ image_url: address(spec, PICTURES, io) }),
  video_url: async (spec, io) => ({ video_url: address(spec, ['motion_video'], io) }),
  audio_url: async (spec, io) => ({ audio_url: address(spec, ['audio'], io) }),
};

/** Throws a `FailureError` for what the vendor cannot be asked. */
export async function createBody(spec: VideoSpec, reqKey: string, io: Files): Promise<JsonObject> {
  const { fields, media, passedOn } = shapeOf(spec);
  const own = fields.map((name): readonly [string, Json] => [name, FIELDS[name](spec)]);
  const passed = Object.entries(spec.vendor).filter(([key]) => passedOn.includes(key));
  const files: JsonObject[] = [];
  for (const field of media) files.push(await MEDIA[field](spec, io));
  return Object.assign(
    { req_key: reqKey, ...Object.fromEntries([...own, ...passed].filter(([, value]) => value !== null)) },
    ...files,
  );
}

function shapeOf({ mode }: VideoSpec): Shape {
  const shape = SHAPES[mode];
  if (shape === undefined) throw new FailureError(vendorFailure('upstream_protocol', `no product for ${mode}`));
  return shape;
}

/** The vendor's key of the product that makes the video. Throws a `FailureError` where the channel's words name none. */
export function reqKeyOf({ mode, resolution }: VideoSpec, upstream: JsonObject): string {
  const byMode = property(upstream, 'reqKeys');
  const byResolution = isObject(byMode) ? property(byMode, mode) : undefined;
  const listed = isObject(byResolution) ? property(byResolution, resolution) : undefined;
  const key = property(upstream, 'name') ?? listed;
  if (typeof key === 'string') return key;
  throw new FailureError(vendorFailure('upstream_protocol', `no request key for ${mode} at ${resolution}`));
}

/** All by address or all as bytes: whether the two may stand side by side is not documented. */
async function pictures({ inputs }: VideoSpec, io: Files): Promise<JsonObject> {
  const wanted = PICTURES.flatMap((role) => inputs.filter((input) => input.role === role));
  const urls = wanted.flatMap(({ url }) => url ?? []);
  if (urls.length === wanted.length) return { image_urls: urls };
  const bytes: string[] = [];
  for (const input of wanted) bytes.push(await base64Of(input, io));
  return { binary_data_base64: bytes };
}

function address({ inputs }: VideoSpec, roles: readonly InputRole[], io: Files): string {
  const input: SpecInput | undefined = inputs.find(({ role }) => roles.includes(role));
  const found = input === undefined ? null : urlOrLink(input, io);
  if (found !== null) return found;
  const what = input === undefined ? `a file for ${roles.join(' or ')}` : 'a public URL, since it fetches files itself';
  const message = `The provider of this model needs ${what}.`;
  throw new FailureError({ kind: 'channel_unfit', message });
}

type Reply = {
  /** A number as the products give it, or a word of the API in front of them; '' where there is none. */
  readonly code: string;
  readonly message: string;
  readonly data: JsonObject;
};

export function replyIn(response: Pick<HttpResponse, 'text'>): Reply {
  const body = objectIn(response) ?? {};
  const metadata = property(body, 'ResponseMetadata');
  const refused = isObject(metadata) ? property(metadata, 'Error') : undefined;
  const data = property(body, 'data');
  const [code, message] = isObject(refused)
    ? [property(refused, 'Code'), property(refused, 'Message')]
    : [property(body, 'code'), property(body, 'message')];
  return {
    code: typeof code === 'number' || typeof code === 'string' ? String(code) : '',
    message: typeof message === 'string' ? message : '',
    data: isObject(data) ? data : {},
  };
}

/** The id of the task that a submit made; the failure if it made none. Throws where nobody can tell. */
export function submitted(response: HttpResponse): { readonly id: string } | { readonly failure: Failure } {
  const { code, message, data } = replyIn(response);
  const id = property(data, 'task_id');
  if (code === String(SUCCESS) && isTaskId(id)) return { id };
  const kind = known(ERRORS, code) ?? (response.status >= 400 ? STATUS_ERRORS[response.status] : undefined);
  if (kind === undefined || code === String(SUCCESS) || UNDECIDED.includes(code))
    throw new Error(`the vendor answered ${response.status} ${code} to a submit, which decides nothing`);
  return { failure: vendorFailure(kind, `${response.status} ${code} ${message}`, retryAfterMs(response)) };
}

/** What a reply says of a task; null where nobody can tell. */
export function resultOf(response: HttpResponse): CheckResult | null {
  const { code, message, data } = replyIn(response);
  const word = property(data, 'status');
  const state = typeof word === 'string' ? (known(STATES, word) ?? 'waiting') : null;
  if (code !== String(SUCCESS)) {
    const isOver = FINAL.includes(code) || (state === 'done' && code !== '');
    const kind = known(ERRORS, code) ?? 'generation_failed';
    return isOver ? { kind: 'failed', failure: vendorFailure(kind, `${code} ${message}`) } : null;
  }
  switch (state) {
    case 'waiting':
      return { kind: 'waiting', progress: null, checkAfterMs: null };
    case 'done': {
      const url = property(data, 'video_url');
      if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return null;
      return { kind: 'done', video: { from: 'url', url }, usage: { seconds: null, tokens: null } };
    }
    case 'expired':
      return { kind: 'failed', failure: vendorFailure('expired', 'the vendor has let the task expire') };
    case 'unknown':
    case null:
      return null;
  }
}

function known<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
