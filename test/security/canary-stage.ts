/** A server on which everything is used once that could let a secret slip: what works, what is refused, and what breaks. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

import type { Json } from '../../src/model/json.ts';
import { reply, startFakeServer } from '../fakes/fake-server.ts';
import type { Asked } from '../fakes/fake-server.ts';
import { newHome } from '../process/server-process.ts';
import type { Home, ServerProcess } from '../process/server-process.ts';
import { admin, openShop, until } from '../process/shop.ts';
import type { FakeAnswer, SeenRequest } from '../providers/suite.ts';
import { smallClip } from '../support/clips.ts';
import { serveMedia } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { startReceiver } from '../support/receiver.ts';

export type Stage = {
  readonly home: Home;
  readonly servers: readonly ServerProcess[];
  /** By what they are: nobody but their owners may see them. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The same of what users said: no log tells of it. */
  readonly words: ReadonlyMap<string, string>;
  /** All that clients and operators were answered, but for the answers that show a new secret. */
  readonly answers: readonly string[];
  readonly heard: readonly string[];
  readonly vendorSeen: readonly SeenRequest[];
  readonly vendorSaid: readonly string[];
  /** Of the processes that a server had started. */
  readonly environments: readonly Buffer[];
  close(): Promise<void>;
};

/** What becomes of a video whose prompt says so. The vendor's key is refused last: after that it is left alone for a while. */
const FATES = ['done', 'failing', 'garbled', 'refused', 'broken', 'locked'] as const;
const ECHO_CHARS = 3_000;

const canary = (name: string): string => `canary-${name}-${randomBytes(12).toString('hex')}`;

export async function openStage(): Promise<Stage> {
  const home = await newHome();
  const vendorKey = `sk-${canary('vendor')}`;
  const secret = canary('installation-secret');
  const words = new Map(
    ['prompt', 'input signature', 'callback token', 'vendor signature', 'user'].map((name) => [
      name,
      canary(name.replace(' ', '-')),
    ]),
  );
  const media = await serveMedia({
    '/first.png': { type: 'image/png', bytes: picture(1280, 720, 1) },
    '/made.mp4': { type: 'video/mp4', bytes: await smallClip() },
  });
  const receiver = await startReceiver();
  receiver.answer((response, heard) => {
    response.writeHead(500).end(`${JSON.stringify(heard.headers)} ${heard.body}`);
  });
  const vendorSaid: string[] = [];
  const videoUrl = `${media.base}/made.mp4?sig=${words.get('vendor signature') ?? ''}`;
  const vendor = await startFakeServer((asked) => {
    const answer = echo(asked, videoUrl);
    vendorSaid.push(answer.body);
    return answer;
  });
  const servers: ServerProcess[] = [];
  const start = async (): Promise<ServerProcess> => {
    const env = { REELGATE_LOG_LEVEL: 'debug', REELGATE_SECRET: secret, REELGATE_FETCH_ALLOW: '127.0.0.1' };
    const server = await home.start(env);
    servers.push(server);
    return server;
  };
  const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: vendorKey };
  const first = await start();
  const shop = await openShop(first.url, home.adminKey, channel);
  const actor: Actor = {
    key: shop.key,
    adminKey: home.adminKey,
    channelId: shop.channelId,
    channel,
    words,
    answers: [],
    mediaBase: media.base,
    hook: receiver.url,
  };
  const [endpoint, callbacks] = await webhookSecrets(actor, first.url);
  await useEverything(actor, first.url);
  const environments = await environmentsBelow(first.child.pid ?? 0);
  // Killed with jobs under way, whose state it finds again.
  first.child.kill('SIGKILL');
  await first.exited();
  await useEverything(actor, (await start()).url);
  return {
    home,
    servers,
    secrets: new Map([
      ['the secret of the installation', secret],
      ['the key of a channel', vendorKey],
      ['the key of a client', shop.key],
      ['the key of the operator', home.adminKey],
      ['the secret of a webhook', endpoint],
      ['the secret of callbacks', callbacks],
    ]),
    words,
    answers: actor.answers,
    heard: receiver.heard.map((one) => JSON.stringify(one)),
    vendorSeen: vendor.seen,
    vendorSaid,
    environments,
    close: async () => {
      await home.remove();
      await Promise.all([vendor.close(), media.close(), receiver.close()]);
    },
  };
}

/** A vendor that repeats all that it was sent in each of its refusals. */
function echo(asked: Asked, videoUrl: string): FakeAnswer {
  const sent = asked.raw.toString('utf8');
  const said = `${asked.method} ${asked.path} ${JSON.stringify(asked.headers)} ${sent}`.slice(0, ECHO_CHARS);
  const refuse = (status: number, code: string): FakeAnswer =>
    reply(status, { error: { message: said, type: 'error', code, param: null } });
  const id = asked.path.split('/').at(-1) ?? '';
  const fate = FATES.find((one) => sent.includes(`{{${one}}}`) || id.startsWith(one));
  if (asked.method === 'POST' && fate === 'refused') return refuse(400, 'moderation_blocked');
  if (asked.method === 'POST' && fate === 'locked') return refuse(401, 'invalid_api_key');
  if (fate === 'broken') return { status: 200, body: `<h1>${said}</h1>` };
  if (asked.method === 'POST') return task(taskOf(`${fate ?? 'done'}-${randomBytes(4).toString('hex')}`, 'queued'));
  if (fate === 'garbled') return { status: 500, body: said };
  if (fate === 'failing') return task({ ...taskOf(id, 'failed'), error: { code: 'server_error', message: said } });
  return task({ ...taskOf(id, 'completed'), video_url: videoUrl });
}

/** Asked again at once. */
function task(body: Readonly<Record<string, Json>>): FakeAnswer {
  return { ...reply(200, body), headers: { 'openai-poll-after-ms': '200' } };
}

function taskOf(id: string, status: string): Readonly<Record<string, Json>> {
  return { id, object: 'video', model: 'sora-2', status, progress: 50, created_at: 1, seconds: '4', size: '1280x720' };
}

type Actor = {
  readonly key: string;
  readonly adminKey: string;
  readonly channelId: string;
  readonly channel: Readonly<Record<string, string>>;
  readonly words: ReadonlyMap<string, string>;
  readonly answers: string[];
  readonly mediaBase: string;
  readonly hook: string;
};

/** The answer's text, which is kept. */
async function say(actor: Actor, url: string, method: string, path: string, key: string, body?: Json): Promise<string> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    // Text is sent as it is, well formed or not.
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  actor.answers.push(`${method} ${path.replace(key, '')}: ${response.status} ${text}`);
  return text;
}

/** Of an endpoint and of callbacks. */
async function webhookSecrets(actor: Actor, url: string): Promise<[string, string]> {
  const ask = async (method: string, path: string, body?: object): Promise<string> => {
    const headers = { authorization: `Bearer ${actor.key}`, 'content-type': 'application/json' };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}/v1/webhook_endpoints${path}`, { method, headers, ...init });
    const { signing_secret: secret } = (await response.json()) as { signing_secret: string };
    return secret.replace('whsec_', '');
  };
  const endpoint = { url: actor.hook, event_types: ['video.completed', 'video.failed'] };
  return [await ask('POST', '', endpoint), await ask('GET', '/callback_secret')];
}

async function useEverything(actor: Actor, url: string): Promise<void> {
  const { key, adminKey, words } = actor;
  const word = (name: string): string => words.get(name) ?? '';
  const prompt = word('prompt');
  const input = (file: string): Json => ({
    image_url: `${actor.mediaBase}/${file}?X-Signature=${word('input signature')}`,
  });
  const create = (fate: string): Promise<string> =>
    say(actor, url, 'POST', '/v1/videos', key, {
      model: 'sora-2',
      prompt: `${prompt} {{${fate}}}`,
      seconds: '4',
      size: '1280x720',
      user: word('user'),
      input_reference: input('first.png'),
      callback_url: `${actor.hook}?token=${word('callback token')}`,
    });
  for (const fate of ['done', 'failing']) {
    const { id } = JSON.parse(await create(fate)) as { id: string };
    await until(`the video has ended: ${fate}`, async () => {
      const job = await admin(url, adminKey, 'GET', `/jobs/${id.replace('video_', '')}`);
      return job['state'] === 'succeeded' || job['state'] === 'failed' ? true : null;
    });
    for (const path of [`/v1/videos/${id}`, `/api/v1/videos/${id}`, `/v1/videos/${id}/events`])
      await say(actor, url, 'GET', path, key);
  }
  for (const fate of FATES.slice(2)) await create(fate);
  await say(actor, url, 'POST', '/v1/videos', key, `{"model": "sora-2", "prompt": "${prompt}", `);
  await say(actor, url, 'POST', '/v1/videos', key, { model: prompt, prompt, seconds: prompt });
  await say(actor, url, 'POST', '/v1/videos', key, { model: 'sora-2', prompt, input_reference: input('none.png') });
  await say(actor, url, 'GET', `/nowhere?key=${key}`, key);
  await say(actor, url, 'GET', `/v1/videos/${key}`, key);
  await say(actor, url, 'GET', '/v1/videos', `${key}x`);
  await say(actor, url, 'GET', `/files/${actor.channelId}?expires=1&signature=${word('input signature')}`, key);
  await say(actor, url, 'POST', `/admin/v1/channels/${actor.channelId}/test`, adminKey);
  await say(actor, url, 'POST', '/admin/v1/channels', adminKey, { ...actor.channel, name: 'No', provider: 'kling' });
  for (const path of ['/metrics', '/readyz', '/healthz', '/openapi/openai.json'])
    await say(actor, url, 'GET', path, adminKey);
  for (const path of ['channels', 'accounts', 'keys', 'jobs', 'ledger', 'loose_ends', 'audit'])
    await say(actor, url, 'GET', `/admin/v1/${path}`, adminKey);
  const { data } = await admin(url, adminKey, 'GET', '/jobs?limit=100');
  for (const { id } of data as { id: string }[]) await say(actor, url, 'GET', `/admin/v1/jobs/${id}`, adminKey);
  await say(actor, url, 'GET', '/v1/webhook_endpoints', key);
}

const PARENT = /^PPid:\t(\d+)$/m;

/** What each process below this one was given, as far as the system tells. */
async function environmentsBelow(pid: number): Promise<Buffer[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc').catch(() => [])) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') : '';
    parents.set(Number(name), Number(PARENT.exec(status)?.[1] ?? 0));
  }
  const isBelow = (one: number): boolean => {
    const parent = parents.get(one) ?? 0;
    return parent === pid || (parent > 1 && isBelow(parent));
  };
  const below = [...parents.keys()].filter(isBelow);
  return Promise.all(below.map((one) => readFile(`/proc/${one}/environ`).catch(() => Buffer.alloc(0))));
}
