/** A create that a client library sends again, without a key, to another node while the first node still fetches its files. */

import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { picture } from '../support/pictures.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const SOON = { timeout: 20_000, interval: 10 };

let pictures: Server;
let base: string;
/** Those who wait for a picture. */
const waiting: ServerResponse[] = [];
let node: TestReelgate;
let other: TestReelgate;
beforeAll(async () => {
  pictures = createServer((_, response) => void waiting.push(response));
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(pictures.address() as AddressInfo).port}`;
  base = `http://${host}`;
  node = await startTestReelgate({ REELGATE_FETCH_ALLOW: host });
  other = await startTestReelgate({ REELGATE_FETCH_ALLOW: host }, {}, node);
});
afterAll(async () => {
  await other.stop();
  await node.stop();
  pictures.closeAllConnections();
  await new Promise((resolve) => pictures.close(resolve));
});

function create(at: TestReelgate, prompt: string, retries: number): Promise<Answer> {
  const body = {
    model: 'Kling-3.0-Omni',
    prompt: `${prompt} [stuck]`,
    seconds: '3',
    input_reference: { image_url: `${base}/${prompt}.png` },
  };
  return at.ask('POST', '/v1/videos', { body, headers: { 'x-stainless-retry-count': String(retries) } });
}

/** Resolves once so many fetches of the picture have begun. */
async function fetches(count: number): Promise<void> {
  await vi.waitFor(() => expect(waiting).toHaveLength(count), SOON);
}

function answerFetches(status: number): void {
  for (const response of waiting.splice(0))
    response.writeHead(status, { 'content-type': 'image/png' }).end(status === 200 ? picture(640, 360) : 'no');
}

async function jobs(prompt: string): Promise<number> {
  const [row] = await node.db.query<{ count: bigint }>(`select count(*) from job where spec->>'prompt' = $1`, [
    `${prompt} [stuck]`,
  ]);
  return Number(row?.count);
}

const idOf = ({ body }: Answer): unknown => objectOf(body)['id'];

describe('a create sent again to another node while the first one fetches its files', () => {
  it('is answered with the same job, and nothing is fetched twice', async () => {
    const first = create(node, 'boat', 0);
    await fetches(1);
    const again = create(other, 'boat', 1);
    expect(await node.db.query('select 1 from create_claim')).toHaveLength(1);
    answerFetches(200);
    const [made, replayed] = await Promise.all([first, again]);
    expect([made.status, replayed.status, idOf(replayed)]).toEqual([200, 200, idOf(made)]);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect([await jobs('boat'), waiting.length]).toEqual([1, 0]);
    expect(await node.db.query('select 1 from create_claim')).toEqual([]);
  });

  it('is told to come back where that takes too long, and then gets the job', async () => {
    const impatient = await startTestReelgate({}, { limits: { answerMs: 300 } }, node);
    const first = create(node, 'slow', 0);
    await fetches(1);
    const early = await create(impatient, 'slow', 1).finally(() => impatient.stop());
    expect([early.status, early.headers.get('retry-after'), early.headers.get('x-should-retry')]).toEqual([
      409,
      '1',
      null,
    ]);
    answerFetches(200);
    expect(idOf(await create(other, 'slow', 2))).toBe(idOf(await first));
    expect(await jobs('slow')).toBe(1);
  });

  it('is made anew where the first one failed', async () => {
    const first = create(node, 'broken', 0);
    await fetches(1);
    const again = create(other, 'broken', 1);
    answerFetches(404);
    expect((await first).status).toBe(400);
    await fetches(1);
    answerFetches(200);
    expect((await again).status).toBe(200);
    expect(await jobs('broken')).toBe(1);
  });

  it('is made anew where the first node is dead', async () => {
    const first = create(node, 'dead', 0);
    await fetches(1);
    await node.db.query(`update create_claim set node = 'a dead one'`);
    const again = create(other, 'dead', 1);
    await fetches(2);
    answerFetches(200);
    expect((await again).status).toBe(200);
    expect((await first).status).toBe(200);
    await node.db.query('delete from create_claim');
  });
});
