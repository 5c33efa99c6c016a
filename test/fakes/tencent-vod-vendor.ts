/**
 * Tencent Cloud VOD as its pages describe it: verifies TC3 signatures over the bytes, answers errors as HTTP 200, refuses a
 * `SessionId` it has seen, and keeps books. Its address is that of a relay, which names the host in its path; the vendor's own
 * SDK, which signs for the host that it connects to, is served at the root.
 */

import { createHash, createHmac } from 'node:crypto';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import { reply, startFakeServer } from './fake-server.ts';
import type { Asked } from './fake-server.ts';
import { faultOf } from './tencent-vod-rules.ts';
import type { Fault } from './tencent-vod-rules.ts';

type VodTask = FakeTask & {
  readonly body: JsonObject;
  readonly createdMs: number;
  state: string;
  /** `ErrCodeExt`; empty where nothing failed. */
  code: string;
  /** `ErrCode` and `Message` where something else than the usual is to be said. */
  errCode: number | null;
  message: string | null;
};

export type TencentVodFake = Fake & {
  /** Without the path of the relay: where the vendor's SDK goes. */
  readonly root: string;
  /** Says of a task what the vendor may say besides its state. */
  tell(id: string, said: { readonly errCode?: number; readonly message?: string }): void;
};

export type TencentVodOptions = {
  readonly subAppId: number;
  readonly secretId: string;
  readonly secretKey: string;
  readonly now?: () => Date;
  /** Where finished videos lie. */
  readonly videoUrl?: string;
};

export const VOD_HOST = 'vod.tencentcloudapi.com';
const CLOCK_SECONDS = 300;
const DEDUP_MS = 72 * 3_600_000;
const MAX_BODY_BYTES = 10_000_000;
const VERSION = '2018-07-17';

export async function startTencentVod(options: TencentVodOptions): Promise<TencentVodFake> {
  const now = options.now ?? (() => new Date());
  const books: VodTask[] = [];
  const sessions = new Set<string>();
  let requests = 0;
  const server = await startFakeServer((asked) => {
    requests += 1;
    const answer = serve(asked);
    const inner = Array.isArray(answer) ? { Error: { Code: answer[0] ?? '', Message: answer[1] ?? '' } } : answer;
    return withDate(reply(200, { Response: { ...(inner as JsonObject), RequestId: `req-${requests}` } }), now());
  });

  function serve(asked: Asked): JsonObject | Fault {
    const { method, url, headers, raw, body } = asked;
    const relayed = url.pathname.split('/')[1] ?? '';
    // The SDK signs the name of the host alone.
    const host = relayed === '' ? (headers['host'] ?? '').replace(/:\d+$/, '') : relayed;
    if (method !== 'POST' || !['/', `/${VOD_HOST}/`].includes(url.pathname))
      return ['InvalidParameter', 'no such path'];
    const fault = signatureFault(headers, host, raw, now(), options);
    if (fault !== null) return fault;
    if (headers['x-tc-version'] !== VERSION) return ['NoSuchVersion', 'X-TC-Version'];
    if (raw.length > MAX_BODY_BYTES) return ['InvalidParameter', 'the body is larger than 10 MB'];
    if (!isObject(body)) return ['InvalidParameter', 'the body is no JSON object'];
    if (body['SubAppId'] !== options.subAppId) return ['InvalidParameterValue.SubAppId', 'SubAppId'];
    switch (headers['x-tc-action']) {
      case 'CreateAigcVideoTask':
        return create(body);
      case 'DescribeTaskDetail':
        return detail(body);
      case 'DescribeTasks':
        return list(body);
      case 'DescribeAigcFaceInfo':
        return faces(body);
      default:
        return ['InvalidAction', 'X-TC-Action'];
    }
  }

  function create(body: JsonObject): JsonObject | Fault {
    const fault = faultOf(body, sessions);
    if (fault !== null) return fault;
    const token = typeof body['SessionId'] === 'string' && body['SessionId'] !== '' ? body['SessionId'] : null;
    const isKnown = books.some((task) => task.token === token && now().getTime() - task.createdMs < DEDUP_MS);
    if (token !== null && isKnown) return ['FailedOperation.TaskDuplicate', 'the SessionId was used before'];
    const id = `${options.subAppId}-AigcVideoTask-${md5(String(books.length))}t`;
    const createdMs = now().getTime();
    books.push({ id, token, body, createdMs, state: 'WAITING', code: '', errCode: null, message: null });
    return { TaskId: id };
  }

  function detail(body: JsonObject): JsonObject | Fault {
    const task = books.find(({ id }) => id === body['TaskId']);
    if (task === undefined) return ['InvalidParameterValue.TaskId', 'no such task'];
    const isEnded = task.state === 'FINISH' || task.state === 'ABORTED';
    const isDone = task.state === 'FINISH' && task.code === '';
    const { ModelName = '', ModelVersion = '', SessionId = '', SessionContext = '' } = task.body;
    const times = timesOf(task);
    return {
      TaskType: 'AigcVideoTask',
      Status: task.state,
      ...times,
      AigcVideoTask: {
        TaskId: task.id,
        Status: isEnded ? 'FINISH' : 'PROCESSING',
        ErrCode: task.errCode ?? (task.code === '' ? 0 : 70000),
        ErrCodeExt: task.code,
        Message: task.message ?? (isDone ? 'SUCCESS' : task.code === '' ? '' : `the fake says ${task.code}`),
        Progress: isEnded ? 100 : task.state === 'PROCESSING' ? 40 : 0,
        Input: { ModelName, ModelVersion },
        Output: isEnded ? outputOf(task, isDone) : null,
        SessionId,
        SessionContext,
      },
      ProcedureTask: null,
      AigcImageTask: null,
    };
  }

  function outputOf(task: VodTask, isDone: boolean): JsonObject {
    const config = task.body['OutputConfig'];
    const seconds = isObject(config) && typeof config['Duration'] === 'number' ? config['Duration'] : 5;
    const file = {
      StorageMode: 'Temporary',
      MediaName: '',
      ClassId: 0,
      ExpireTime: timesOf({ ...task, createdMs: task.createdMs + 7 * 86_400_000 })['CreateTime'] ?? '',
      FileType: 'mp4',
      FileUrl: options.videoUrl ?? `https://example.vod2.myqcloud.com/${task.id}/aigcVideoGenFile.mp4`,
      FileId: '',
      MetaData: null,
      UsageType: '',
    };
    const usage = { InputImageCount: 0, InputSeconds: 0, OutputSeconds: seconds, TotalSeconds: seconds };
    return isDone ? { FileInfos: [file], ProcedureTaskIds: [], Usage: usage } : { FileInfos: [] };
  }

  function list(body: JsonObject): JsonObject | Fault {
    const limit = typeof body['Limit'] === 'number' ? body['Limit'] : 10;
    if (limit > 100) return ['InvalidParameterValue', 'Limit'];
    const range = isObject(body['CreateTime']) ? body['CreateTime'] : {};
    const after = Date.parse(String(range['After'] ?? new Date(0).toISOString()));
    const before = Date.parse(String(range['Before'] ?? now().toISOString()));
    const found = books.filter((task) => task.createdMs >= after && task.createdMs <= before);
    const from = Number(body['ScrollToken'] ?? 0);
    const page = found.slice(from, from + limit).map((task) => ({
      TaskId: task.id,
      Status: task.state,
      FileId: '',
      TaskType: 'AigcVideoTask',
      ...timesOf(task),
      SessionId: task.token ?? '',
      SessionContext: task.body['SessionContext'] ?? '',
    }));
    return { TaskSet: page, ScrollToken: from + limit < found.length ? String(from + limit) : '' };
  }

  function faces(body: JsonObject): JsonObject | Fault {
    const [file, ...others] = (body['FileInfos'] ?? []) as readonly JsonObject[];
    if (file === undefined || others.length > 0) return ['InvalidParameterValue', 'FileInfos takes one video'];
    if (file['Type'] !== 'Url' || !/^https?:/.test(String(file['Url']))) return ['InvalidParameterValue.Url', 'Url'];
    if (String(file['Url']).includes('nobody')) return { FaceInfoSet: [] };
    const session = `face-session-${sessions.size + 1}`;
    sessions.add(session);
    const face = { FaceId: '0', FaceImage: 'https://example.com/face.png', StartTime: 500, EndTime: 4_500 };
    return { FaceInfoSet: [{ SessionId: session, FaceInfoList: [face] }] };
  }

  const taskOf = (id: string): VodTask => {
    const task = books.find((candidate) => candidate.id === id);
    if (task === undefined) throw new Error('the fake has no such task');
    return task;
  };
  return {
    ...server,
    url: `${server.url}/${VOD_HOST}`,
    root: server.url,
    books,
    move: (id, state, code = '') => Object.assign(taskOf(id), { state, code }),
    tell: (id, said) => Object.assign(taskOf(id), said),
  };
}

/** From the page: the canonical request is of the headers that the caller says it signed, in their order. */
function signatureFault(
  headers: Readonly<Record<string, string>>,
  host: string,
  raw: Buffer,
  now: Date,
  { secretId, secretKey }: TencentVodOptions,
): Fault | null {
  const form =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/vod\/tc3_request, SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})$/;
  const [, id, date, signed = '', signature] = form.exec(headers['authorization'] ?? '') ?? [];
  if (id === undefined) return ['AuthFailure.SignatureFailure', 'Authorization is malformed'];
  if (id !== secretId) return ['AuthFailure.SecretIdNotFound', `The SecretId ${id} is not found`];
  const stamp = Number(headers['x-tc-timestamp']);
  if (!(Math.abs(now.getTime() / 1_000 - stamp) <= CLOCK_SECONDS))
    return ['AuthFailure.SignatureExpire', 'The signature has expired'];
  if (!signed.startsWith('content-type;host')) return ['AuthFailure.SignatureFailure', 'SignedHeaders'];
  const values: Readonly<Record<string, string>> = {
    'content-type': headers['content-type'] ?? '',
    host,
    'x-tc-action': (headers['x-tc-action'] ?? '').toLowerCase(),
  };
  const lines = signed.split(';').map((name) => `${name}:${values[name] ?? headers[name] ?? ''}\n`);
  const canonical = `POST\n/\n\n${lines.join('')}\n${signed}\n${sha256(raw)}`;
  const day = new Date(stamp * 1_000).toISOString().slice(0, 10);
  const toSign = `TC3-HMAC-SHA256\n${stamp}\n${day}/vod/tc3_request\n${sha256(Buffer.from(canonical))}`;
  const key = mac(mac(mac(Buffer.from(`TC3${secretKey}`), day), 'vod'), 'tc3_request');
  const isRight = date === day && mac(key, toSign).toString('hex') === signature;
  return isRight ? null : ['AuthFailure.SignatureFailure', 'The provided credentials could not be validated'];
}

function timesOf(task: Pick<VodTask, 'createdMs' | 'state'>): Readonly<Record<string, string>> {
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}/, '');
  return {
    CreateTime: time(task.createdMs),
    BeginProcessTime: task.state === 'WAITING' ? '' : time(task.createdMs + 2_000),
    FinishTime: task.state === 'FINISH' ? time(task.createdMs + 130_000) : '',
  };
}

function withDate(answer: FakeAnswer, time: Date): FakeAnswer {
  return { ...answer, headers: { date: time.toUTCString() } };
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
