/** A vendor's file server that cuts connections, forgets, and can or cannot serve the rest of a file. */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type FileVendor = {
  readonly base: string;
  /** `range` header of each request, null where there was none. */
  readonly ranges: (string | null)[];
  /** `authorization` header of each request, null where there was none. */
  readonly keys: (string | null)[];
  /** What happens to the next requests, in order; then all goes well. A number cuts after so many bytes. */
  readonly script: (number | 'gone')[];
  servesRanges: boolean;
  close(): Promise<void>;
};

export async function serveFile(file: Buffer): Promise<FileVendor> {
  const state: Omit<FileVendor, 'base' | 'close'> = { ranges: [], keys: [], script: [], servesRanges: true };
  const server = createServer((request, response) => answer(state, file, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    base: `http://127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

function answer(
  state: Omit<FileVendor, 'base' | 'close'>,
  file: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const range = request.headers.range ?? null;
  state.ranges.push(range);
  state.keys.push(request.headers.authorization ?? null);
  const fate = state.script.shift() ?? null;
  if (fate === 'gone') return void response.writeHead(403).end('this link has expired');
  const start = range === null || !state.servesRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
  const part = file.subarray(start);
  const headers = { 'content-type': 'video/mp4', 'content-length': part.length };
  const tag = state.servesRanges ? { etag: '"v1"', 'accept-ranges': 'bytes' } : {};
  if (start === 0) response.writeHead(200, { ...headers, ...tag });
  else
    response.writeHead(206, {
      ...headers,
      ...tag,
      'content-range': `bytes ${start}-${file.length - 1}/${file.length}`,
    });
  if (fate === null) return void response.end(part);
  response.write(part.subarray(0, fate), () => response.destroy());
}
