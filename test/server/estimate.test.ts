/** What a create would cost is told beforehand, exactly, and costs nothing to ask. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const BASE = { prompt: 'a cat [fail:generation_failed]' };

let reelgate: TestReelgate;
let media: MediaServer;

beforeAll(async () => {
  media = await serveMedia({
    '/clip.mp4': { type: 'video/mp4', bytes: await smallClip() },
    '/still.png': { type: 'image/png', bytes: picture(640, 360) },
  });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: media.host });
});
afterAll(async () => {
  await reelgate.stop();
  await media.close();
});

const estimate = (body: JsonObject, key = reelgate.testKey) =>
  reelgate.ask('POST', '/v1/videos/estimate', { key, body: { ...BASE, ...body } });

async function quoteOf(body: JsonObject): Promise<Json> {
  const answer = await reelgate.ask('POST', '/v1/videos', { body: { ...BASE, ...body } });
  return objectOf(objectOf(answer.body)['cost'] ?? null)['quote'] ?? null;
}

describe('POST /v1/videos/estimate', () => {
  it.each<[string, (base: string) => JsonObject]>([
    ['by the second', () => ({ model: 'sora-2', seconds: '8' })],
    ['by the video', () => ({ model: 'viduq1' })],
    ['by the token', () => ({ model: 'sv-1.5-pro-1080p-audio' })],
    ['more with a reference video', (base) => ({ model: 'Kling-O1', video_url: `${base}/clip.mp4` })],
    ['less with a reference picture', (base) => ({ model: 'Kling-O1', images: Array(3).fill(`${base}/still.png`) })],
  ])('is the quote of the create: %s', async (_, bodyFor) => {
    const body = bodyFor(media.base);
    const { status, body: told } = await estimate(body);
    expect(status).toBe(200);
    const amount = objectOf(told)['amount_usd'] ?? null;
    expect(amount).toMatch(/^\d+\.\d{2,6}$/);
    expect(await quoteOf(body)).toBe(amount);
  });

  it('tells what would be held of a live account, and holds nothing', async () => {
    const { key, accountId } = await liveCustomer(reelgate, '5');
    const { body } = await estimate({ model: 'sora-2', seconds: '8' }, key);
    expect(body).toMatchObject({ amount_usd: '0.80', hold_usd: '0.80', currency: 'USD', seconds: '8' });
    expect(await reelgate.admin('GET', `/accounts/${accountId}`)).toMatchObject({ available_usd: '5.00' });
    expect((await reelgate.ask('GET', '/v1/videos', { key })).body).toMatchObject({ data: [] });
  });

  it('is refused where the create would be', async () => {
    const { status, body } = await estimate({ model: 'sora-2', seconds: '7' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param: 'seconds', code: 'invalid_value' } });
  });
});
