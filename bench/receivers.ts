/** Many receivers of webhooks in one process, each with an address of its own; the first few may hang. */

import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceiversOrder =
  | { readonly kind: 'open' }
  /** Answers, in milliseconds from the first to the last, once `count` messages were answered by receivers that do not hang. */
  | { readonly kind: 'hear'; readonly hanging: number; readonly count: number };

/** Of the n-th receiver. */
export function receiverHost(n: number, port: number): string {
  return `127.0.${1 + (n >> 8)}.${n & 255}:${port}`;
}

const stuck = new Set<ServerResponse>();
let hear = { hanging: 0, count: 0 };
let heard = 0;
let firstMs = 0;

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    const [, , third = 0, fourth = 0] = (request.headers.host ?? '').split(/[.:]/).map(Number);
    if ((third - 1) * 256 + fourth < hear.hanging) return void stuck.add(response);
    response.end('noted');
    heard += 1;
    if (heard === 1) firstMs = performance.now();
    if (heard === hear.count) process.send?.(performance.now() - firstMs);
  });
});

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const order = message as ReceiversOrder;
  if (order.kind === 'open') {
    server.listen(0, () => process.send?.((server.address() as AddressInfo).port));
    return;
  }
  for (const response of stuck) response.destroy();
  stuck.clear();
  hear = order;
  heard = 0;
});
