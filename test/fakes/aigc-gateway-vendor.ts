/** The `aigc` gateway as public code describes it: signed headers or a bearer key, OpenAI's shape, Tencent's fields in `metadata`. */

import { createHmac } from 'node:crypto';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import { reply, startFakeServer } from './fake-server.ts';
import type { Asked } from './fake-server.ts';

type GatewayTask = FakeTask & { readonly body: JsonObject; state: string; code: string };

export type AigcGatewayOptions = {
  readonly subAppId: string;
  readonly secretId: string;
  readonly secretKey: string;
  /** The other way in. */
  readonly bearer: string;
};

const SCENES = ['motion_control', 'avatar_i2v', 'lip_sync', 'template_effect'];
const MAX_FILE_INFOS = 3;
const CLOCK_SECONDS = 300;

export async function startAigcGateway(options: AigcGatewayOptions): Promise<Fake> {
  const books: GatewayTask[] = [];
  const server = await startFakeServer((asked) => serve(asked));

  function serve(asked: Asked): FakeAnswer {
    if (!isAllowed(asked.headers, options)) return refuse(401, 'invalid_api_key', 'the key is not known');
    const { method, url, body } = asked;
    if (method === 'POST' && url.pathname === '/v1/videos') return create(body);
    const task = books.find(({ id }) => url.pathname === `/v1/videos/${id}`);
    if (method !== 'GET' || task === undefined) return refuse(404, 'task_not_exist', 'there is no such task');
    return reply(200, show(task));
  }

  function create(body: unknown): FakeAnswer {
    if (!isObject(body)) return refuse(400, 'invalid_request', 'the body is no JSON object');
    const metadata = isObject(body['metadata']) ? body['metadata'] : {};
    const files = (metadata['file_infos'] ?? []) as readonly JsonObject[];
    const scene = metadata['scene_type'];
    if (typeof body['model'] !== 'string') return refuse(400, 'invalid_request', 'model is required');
    if (typeof body['prompt'] !== 'string') return refuse(400, 'invalid_request', 'prompt is required');
    if (files.length > MAX_FILE_INFOS) return refuse(400, 'invalid_request', 'FileInfos can contain up to 3 items');
    if (files.some((file) => file['type'] === undefined || file['category'] === undefined))
      return refuse(400, 'invalid_request', 'file_infos needs type and category');
    if (scene !== undefined && !SCENES.includes(String(scene))) return refuse(400, 'invalid_request', 'scene_type');
    const hasVideo = files.some((file) => file['category'] === 'Video') || metadata['video_url'] !== undefined;
    if (scene === 'motion_control' && !hasVideo) return refuse(400, 'invalid_request', 'a video reference is required');
    const task = { id: `v_${books.length + 1}`, token: null, body, state: 'queued', code: '' };
    books.push(task);
    return reply(200, show(task));
  }

  function show(task: GatewayTask): JsonObject {
    const isDone = task.state === 'completed';
    const isEnded = isDone || task.state === 'failed' || task.state === 'cancelled';
    return {
      id: task.id,
      object: 'video',
      model: String(task.body['model']),
      status: task.state,
      progress: isEnded ? 100 : 0,
      created_at: 1767225600,
      ...(isDone ? { video_url: `https://example.com/${task.id}.mp4`, completed_at: 1767225730 } : {}),
      ...(task.code === '' ? {} : { error: { message: 'the fake says so', code: task.code } }),
    };
  }

  return {
    ...server,
    books,
    move: (id, state, code = '') => {
      const task = books.find((candidate) => candidate.id === id);
      if (task === undefined) throw new Error('the fake has no such task');
      Object.assign(task, { state, code });
    },
  };
}

function isAllowed(headers: Readonly<Record<string, string>>, options: AigcGatewayOptions): boolean {
  if (headers['authorization'] === `Bearer ${options.bearer}`) return true;
  const stamp = headers['x-timestamp'] ?? '';
  const text = `${options.secretId}\n${stamp}\n${options.secretKey}`;
  const signature = createHmac('sha256', options.secretKey).update(text).digest('hex');
  return (
    headers['x-subappid'] === options.subAppId &&
    headers['x-secretid'] === options.secretId &&
    headers['x-signature'] === signature &&
    Math.abs(Date.now() / 1_000 - Number(stamp)) <= CLOCK_SECONDS
  );
}

function refuse(status: number, code: string, message: string): FakeAnswer {
  return reply(status, { error: { code, message } });
}
