/** Clients that create one video after the other, and what they were told. */

import { ask } from './shop.ts';
import type { Reply, Shop } from './shop.ts';

export const UNAVAILABLE = 503;
const CREATORS = 4;

/** May be repeated: the prompt is the request's idempotency key, too. */
export function create(url: string, key: string, prompt: string): Promise<Reply> {
  const body = { model: 'sora-2', prompt, seconds: '4' };
  return ask(url, key, 'POST', '/v1/videos', { body, headers: { 'idempotency-key': prompt } });
}

export type Created = { readonly prompt: string; readonly status: number; readonly id: string };

export type Load = { served(): number; stop(): Promise<{ creates: readonly Created[]; slowestMs: number }> };

/** Clients that create one video after the other, each read back at once. */
export function startLoad(url: string, { key }: Shop): Load {
  const creates: Created[] = [];
  let slowestMs = 0;
  let served = 0;
  let isOver = false;
  const timed = async (request: Promise<Reply>): Promise<Reply> => {
    const began = performance.now();
    const reply = await request;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    served += 1;
    return reply;
  };
  const client = async (name: number): Promise<void> => {
    for (let number = 1; !isOver; number += 1) {
      const prompt = `load ${name}, fox ${number}`;
      const { status, body } = await timed(create(url, key, prompt));
      const id = String(body['id']);
      creates.push({ prompt, status, id });
      if (status !== 200) continue;
      const read = await timed(ask(url, key, 'GET', `/v1/videos/${id}`));
      if (read.status !== 200 && read.status !== UNAVAILABLE)
        throw new Error(`a read was answered with ${read.status}`);
    }
  };
  const clients = Promise.all(Array.from({ length: CREATORS }, (_, name) => client(name)));
  return {
    served: () => served,
    stop: async () => {
      isOver = true;
      await clients;
      return { creates, slowestMs };
    },
  };
}
