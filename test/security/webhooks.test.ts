/** Callbacks of vendors and notices to clients: the cases W on the whole server. */

import { afterAll, beforeAll, expect } from 'vitest';

import { openai } from '../../src/dialects/openai/dialect.ts';
import type { Json } from '../../src/model/json.ts';
import { startReceiver } from '../support/receiver.ts';
import { objectOf } from '../support/reelgate.ts';
import { WEBHOOKS } from './cases/webhooks.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld, VENDOR_KEY } from './support/world.ts';
import type { World } from './support/world.ts';

const PUBLIC = 'https://reelgate.example';
const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3', size: '1280x720' };
const MAC = /\.[^./]+$/;

let world: World;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  receiver = await startReceiver();
  world = await openWorld({}, { REELGATE_PUBLIC_URL: PUBLIC, REELGATE_FETCH_ALLOW: receiver.host });
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});

type Submitted = { readonly id: string; readonly callback: string; readonly task: string };

/** The vendor could not make it, and says so at once. */
async function fail({ id, callback, task }: Submitted, message: string): Promise<void> {
  world.vendor.tasks.set(task, { status: 'failed', error: { code: 'generation_failed', message } });
  await fetch(callback, { method: 'POST', body: '{}' });
  await world.reelgate.ended(id, world.mine.key);
}

/** A job at the vendor, and the address at which the vendor was asked to call back. */
async function submitted(over: Record<string, Json> = {}): Promise<Submitted> {
  const made = await world.ask({ method: 'POST', path: '/v1/videos', body: { ...VIDEO, ...over } });
  const submit = world.vendor.seen.findLast(({ method }) => method === 'POST');
  const callback = String(objectOf(submit?.body ?? null)['callback_url']).replace(PUBLIC, world.reelgate.url);
  return { id: String(objectOf(made.body)['id']), callback, task: `video_${world.vendor.submits()}` };
}

runCases('W', WEBHOOKS, {
  W03: async (row) => {
    const [one, other] = [await submitted(), await submitted()];
    const mac = MAC.exec(one.callback)?.[0] ?? '';
    const looks = (): number => world.vendor.seen.filter(({ path }) => path.includes(one.task)).length;
    const before = looks();
    const bodies = new Set<string>();
    for (const value of row.values.map(String)) {
      const wrong = value
        .replace('{cut}', mac.slice(1, -1))
        .replace('{longer}', `${mac.slice(1)}A`)
        .replace('{other}', MAC.exec(other.callback)?.[0].slice(1) ?? '');
      const url = one.callback.replace(MAC, wrong);
      const answer = await leavesNothing(world, () => world.ask({ method: 'POST', path: url, body: {} }, null));
      expectAnswer({ ...row, id: `${row.id} ${value}` }, answer, null);
      bodies.add(JSON.stringify(answer.body));
    }
    expect(bodies.size).toBe(1);
    expect(looks()).toBe(before);
    expect((await fetch(one.callback, { method: 'POST', body: '{}' })).status).toBe(200);
    await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(before);
  },
  W16: async (row) => {
    const name = 'hook.example.com';
    world.names.set(name, ['127.0.0.1']);
    const url = `http://${name}:${new URL(receiver.url).port}/hook`;
    const body = { url, event_types: ['video.failed'] };
    const made = await world.ask({ method: 'POST', path: '/v1/webhook_endpoints', body });
    const path = `/v1/webhook_endpoints/${String(objectOf(made.body)['id'])}`;
    world.names.set(name, ['127.0.0.2']);
    const connections = receiver.connections();
    const tested = await leavesNothing(world, () => world.ask({ method: 'POST', path: `${path}/test`, body: {} }));
    expectAnswer(row, tested, openai);
    await fail(await submitted(), 'no');
    const tries = async (): Promise<Json | undefined> => {
      const { data } = objectOf((await world.ask({ method: 'GET', path: `${path}/deliveries` })).body);
      return Array.isArray(data) ? objectOf(data[0] ?? {})['last_error'] : undefined;
    };
    await expect.poll(tries, { timeout: 20_000 }).toEqual(expect.stringContaining('not on the public internet'));
    expect(receiver.connections()).toBe(connections);
    await world.ask({ method: 'DELETE', path });
  },
  W20: async () => {
    const made = await submitted({ callback_url: receiver.url });
    const { id, task } = made;
    await fail(made, `the account of ${VENDOR_KEY} at ${world.vendor.url} lost ${task}`);
    const [heard] = await receiver.hears(1);
    for (const secret of [VENDOR_KEY, world.vendor.url, `"${task}"`, world.mine.key])
      expect(heard?.body).not.toContain(secret);
    expect(heard?.body).toContain(id);
  },
});
