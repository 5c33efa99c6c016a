/** What the wires of relays have in common: servers that pass requests on to models of which only the operator knows. */

import type { Failure } from '../model/failure.ts';
import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { InputRole } from '../model/request.ts';
import type { ModeName, SpecInput, VideoSpec } from '../model/spec.ts';
import { UpstreamBusy } from './provider.ts';
import type {
  CallbackReading,
  CheckResult,
  FormPart,
  HttpRequest,
  HttpResponse,
  IncomingCallback,
  Provider,
  ProviderIo,
  ReplayResult,
  SubmitResult,
  UpstreamTask,
} from './provider.ts';
import { refusalOf, taskFailure } from './relay-failures.ts';
import { placed, unsaidInput } from './relay-places.ts';
import type { Places } from './relay-places.ts';
import { DANGEROUS_KEYS, DANGEROUS_TEXTS, ERRORS, STATES } from './relay-words.ts';
import { isTaskId, objectIn, retryAfterMs } from './replies.ts';

const DEFAULT_BUSY_MS = 5_000;
const MAX_CREDENTIAL_CHARS = 500;
const CONFLICT = 409;
const UNPROCESSABLE = 422;

/** One kind of create. */
export type Create = {
  readonly path: string;
  readonly places: Places;
  /** Whether the body is a form: also only where a file goes along. */
  readonly form: 'never' | 'with_file' | 'always';
  /** The input that goes along as a file, and under which name; not where the body names the relay's own task for it. */
  readonly file: { readonly name: string; readonly role: InputRole } | null;
};

/** How one relay differs from another that speaks the same wire. */
export type Quirks = {
  readonly openTo: NonNullable<Provider['openTo']>;
  readonly create: Create;
  /** Modes that are asked for in another way. */
  readonly creates?: Readonly<Partial<Record<ModeName, Create>>>;
  /** The vendor's own keys that it takes, and where: the body itself is ''. */
  readonly vendor: { readonly at: string; readonly keys: readonly string[] | 'all' } | null;
  /** Codes of errors with an HTTP status of 500 and above after which it is sure that nothing was made. */
  readonly decided: readonly string[];
  /** For how many hours it makes one task of creates with the same `Idempotency-Key`; null if it does not. */
  readonly rememberedHours: number | null;
  /** Whether what it says of the cost is true, in USD. */
  readonly tellsCost: boolean;
};

/** What a reply says of a task; null where it does not. */
export type TaskRecord = {
  readonly id: string | null;
  readonly word: string | null;
  readonly url: string | null;
  /** 0 to 100. */
  readonly progress: number | null;
  readonly seconds: number | null;
  readonly costMicros: Micros | null;
};

/** One API that relays speak. */
export type Wire = {
  readonly lookPath: (id: string) => string;
  readonly read: (body: JsonObject) => TaskRecord;
  /** Whether an id in a reply may be that of the task that was asked for. */
  readonly isSame: (said: string, id: string) => boolean;
  /** Where the file of a task lies that says no address; null if the API has no such place. */
  readonly contentPath: ((id: string) => string) | null;
};

export type Relay = { readonly name: string; readonly baseUrl: string; readonly wire: Wire; readonly quirks: Quirks };

export function createRelay(relay: Relay): Provider {
  const { quirks } = relay;
  const submit = (spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> =>
    submitTo(relay, spec, upstream, io);
  return {
    name: relay.name,
    baseUrl: relay.baseUrl,
    servesEveryModel: false,
    openTo: quirks.openTo,
    credentialFault,
    errors: ERRORS,
    submit,
    check: (task, io) => check(relay, task, io),
    videoHeaders: (credential) => ({ authorization: `Bearer ${credential}` }),
    readCallback: (incoming) => readCallback(relay, incoming),
    ...(quirks.rememberedHours === null
      ? {}
      : {
          replay: {
            duplicatesRefused: true,
            rememberedHours: quirks.rememberedHours,
            resubmit: (spec, upstream, io) => resubmit(relay, spec, upstream, io),
          },
        }),
  };
}

export function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const name = property(upstream, 'name') ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** The request with the key. */
export function call(io: ProviderIo, request: HttpRequest): Promise<HttpResponse> {
  const headers = { authorization: `Bearer ${io.credential}`, accept: 'application/json', ...request.headers };
  return io.http({ ...request, headers });
}

/** A question without effect; throws for every answer that is none. */
export async function look(io: ProviderIo, path: string): Promise<{ body: JsonObject; response: HttpResponse }> {
  const response = await call(io, { method: 'GET', path });
  if (response.status === 429)
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the vendor answered ${response.status} to a check`);
  return { body, response };
}

/** Throws for an id that could lead elsewhere. */
export function safeId(id: string): string {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  return encodeURIComponent(id);
}

export function credentialFault(credential: string): string | null {
  if (/^bearer\s/i.test(credential)) return "write the API key alone, without 'Bearer' before it";
  return /^[\x21-\x7e]+$/.test(credential) && credential.length <= MAX_CREDENTIAL_CHARS
    ? null
    : `write the API key as one word of at most ${MAX_CREDENTIAL_CHARS} printable characters`;
}

async function submitTo(
  { quirks, wire }: Relay,
  spec: VideoSpec,
  upstream: JsonObject,
  io: ProviderIo,
): Promise<SubmitResult> {
  const create = quirks.creates?.[spec.mode] ?? quirks.create;
  const unsaid = unsaidInput(spec, create.places, create.file?.role ?? null);
  if (unsaid !== null) return { kind: 'refused', failure: tooManyOf(unsaid) };
  const response = await call(io, await requestOf(create, quirks, spec, upstream, io));
  if (response.status >= 400) {
    const failure = refusalOf(response, quirks.decided);
    if (failure === null) throw new Error(`the vendor answered ${response.status} to a submit`);
    return { kind: 'refused', failure };
  }
  const body = objectIn(response);
  const id = body === null ? null : wire.read(body).id;
  if (id === null || !isTaskId(id)) throw new Error('the vendor accepted a submit without an id');
  return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: pollHint(response) };
}

/** A relay that remembers the token answers with the task that it has, or says that it had another request with it. */
async function resubmit(relay: Relay, spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<ReplayResult> {
  let status = 0;
  const http: ProviderIo['http'] = async (request) => {
    const response = await io.http(request);
    status = response.status;
    return response;
  };
  const result = await submitTo(relay, spec, upstream, { ...io, http });
  return result.kind === 'refused' && (status === CONFLICT || status === UNPROCESSABLE)
    ? { kind: 'duplicate', task: null }
    : result;
}

async function requestOf(
  create: Create,
  quirks: Quirks,
  spec: VideoSpec,
  upstream: JsonObject,
  io: ProviderIo,
): Promise<HttpRequest> {
  const wanted = { spec, model: modelName(spec, upstream), io };
  const body = await placed(wanted, create.places, vendorKeys(spec, quirks));
  const { sourceTask } = create.places;
  const isNamed = typeof sourceTask === 'string' && Object.hasOwn(body, sourceTask.split('.')[0] ?? '');
  const file = spec.inputs.find(({ role }) => role === create.file?.role);
  const parts = create.file === null || file === undefined || isNamed ? [] : [await partOf(create.file.name, file, io)];
  // Relays that know the header make one task of it; the others ignore it.
  const request = { method: 'POST', path: create.path, headers: { 'idempotency-key': io.attemptToken } } as const;
  const isForm = create.form === 'always' || (create.form === 'with_file' && parts.length > 0);
  return isForm ? { ...request, form: [...textParts(body), ...parts] } : { ...request, json: body };
}

function vendorKeys({ vendor }: VideoSpec, { vendor: taken }: Quirks): JsonObject {
  if (taken === null) return {};
  const kept = Object.entries(vendor).filter(
    ([key, value]) => (taken.keys === 'all' || taken.keys.includes(key)) && isSafeEntry(key, value),
  );
  if (kept.length === 0) return {};
  return taken.at === '' ? Object.fromEntries(kept) : { [taken.at]: Object.fromEntries(kept) };
}

/** Whether a server could take a client's own key for nothing but what it says. */
function isSafeEntry(key: string, value: Json): boolean {
  return !DANGEROUS_KEYS.test(key) && !(typeof value === 'string' && DANGEROUS_TEXTS.test(value));
}

function textParts(body: JsonObject): readonly FormPart[] {
  return Object.entries(body).map(([name, value]) => ({
    name,
    text: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}

async function partOf(name: string, input: SpecInput, io: ProviderIo): Promise<FormPart> {
  const [kind = 'file', ending = 'bin'] = input.mime.split('/');
  return { name, path: await io.files.path(input), mime: input.mime, fileName: `${kind}.${ending}` };
}

function tooManyOf(role: InputRole): Failure {
  const what = role.replaceAll('_', ' ');
  return {
    kind: 'channel_unfit',
    message: `The provider of this model cannot be given this input, or so many of its kind: ${what}.`,
  };
}

async function check({ wire, quirks }: Relay, task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const { body, response } = await look(io, wire.lookPath(task.id));
  const record = wire.read(body);
  if (record.id !== null && !wire.isSame(record.id, task.id)) throw new Error('the vendor answered for another task');
  if (record.word === null) throw new Error('the vendor did not say how the task is');
  const waiting: CheckResult = {
    kind: 'waiting',
    progress: record.progress === null ? null : record.progress / 100,
    checkAfterMs: pollHint(response),
  };
  switch (property(STATES, record.word.toLowerCase()) ?? 'waiting') {
    case 'done':
      return done(wire, quirks, task, record, io);
    case 'upsampled':
      return record.url === null ? waiting : done(wire, quirks, task, record, io);
    case 'failed':
      return { kind: 'failed', failure: taskFailure(body, record.word) };
    default:
      return waiting;
  }
}

function done(wire: Wire, quirks: Quirks, task: UpstreamTask, record: TaskRecord, io: ProviderIo): CheckResult {
  const cost = quirks.tellsCost && record.costMicros !== null ? { costMicros: record.costMicros } : {};
  const usage = { seconds: record.seconds, tokens: null, ...cost };
  if (record.url !== null) return { kind: 'done', video: { from: 'url', url: record.url }, usage };
  if (wire.contentPath === null) throw new Error('the vendor says that the video is done, but not where it is');
  const url = io.baseUrl.replace(/\/+$/, '') + wire.contentPath(task.id);
  return { kind: 'done', video: { from: 'url', url, withCredential: true }, usage };
}

/** Nothing signs it that we could verify: all it can do is to hasten the next check. */
async function readCallback({ wire }: Relay, incoming: IncomingCallback): Promise<CallbackReading> {
  const body = objectIn({ text: incoming.body.toString('utf8') });
  const about = body === null ? null : property(body, 'data');
  const id = body === null ? null : (wire.read(isObject(about) ? about : body).id ?? wire.read(body).id);
  return { kind: 'notice', task: isTaskId(id ?? undefined) ? { id: id ?? '', data: {} } : null, reply: null };
}

function pollHint(response: HttpResponse): number | null {
  const text = response.headers['openai-poll-after-ms'] ?? '';
  return /^\d{1,7}$/.test(text) ? Number(text) : null;
}
