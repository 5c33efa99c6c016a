/** A server that is killed in the middle of an upload to its S3 store: nothing half is ever seen, and nothing is lost. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { picture } from '../support/pictures.ts';
import { urlOf } from '../support/reelgate.ts';
import { startS3Server } from '../support/s3-server.ts';
import type { S3Server } from '../support/s3-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { newHome } from './server-process.ts';
import type { Home } from './server-process.ts';
import { ask, until } from './shop.ts';

const KEY = `sk-rg-test-${randomBytes(16).toString('hex')}`;
const MEGABYTE = 1024 * 1024;
const LIMIT_MS = 120_000;

let s3: S3Server;
let database: TestDatabase;
let home: Home;
beforeAll(async () => {
  s3 = await startS3Server();
  database = await createTestDatabase();
  home = await newHome();
});
afterAll(async () => {
  await home.remove();
  await database.drop();
  await s3.close();
});

/** A picture with more behind it than fits into one part. */
const LARGE = new Blob([picture(320, 180), randomBytes(12 * MEGABYTE)], { type: 'image/png' });

function create(url: string): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ model: 'viduq3-pro', prompt: 'a boat', seconds: '1', size: '960x540' }))
    form.set(name, value);
  form.set('input_reference', LARGE, 'large.png');
  return fetch(`${url}/v1/videos`, { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: form });
}

async function objects(): Promise<string[]> {
  const list = await (await fetch(`${s3.url}/${s3.bucket}?list-type=2`)).text();
  return Array.from(list.matchAll(/<Key>([^<]+)<\/Key>/g), ([, key = '']) => key);
}

it(
  'leaves no half object behind, and the same request makes the video afterwards',
  async () => {
    const env = { ...s3.env(), DATABASE_URL: urlOf(database.connection), REELGATE_TEST_KEY: KEY };
    const first = await home.start(env);
    const halfSent = s3.break(/^PUT .*partNumber=2/, 'held');
    const cut = create(first.url).catch(() => null);
    await halfSent;
    first.child.kill('SIGKILL');
    await first.exited();
    await cut;
    expect(await objects()).toEqual([]);

    const second = await home.start(env);
    const videoHalfSent = s3.break(/^PUT (?!.*partNumber)/, 'held');
    const created = await create(second.url);
    expect(created.status).toBe(200);
    const { id } = (await created.json()) as { id: string };
    // Killed again while the finished video is on its way to the store.
    await videoHalfSent;
    second.child.kill('SIGKILL');
    await second.exited();
    expect(await objects()).toHaveLength(1);

    const third = await home.start(env);
    const video = await until(
      'the video is there',
      async () => {
        const { body } = await ask(third.url, KEY, 'GET', `/v1/videos/${id}`);
        return body['status'] === 'completed' ? body : null;
      },
      LIMIT_MS,
    );
    const mp4 = await fetch(String(video['video_url']));
    expect([mp4.status, mp4.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    expect((await mp4.arrayBuffer()).byteLength).toBe(Number(mp4.headers.get('content-length')));
    expect(await objects()).toHaveLength(4);
  },
  2 * LIMIT_MS,
);
