/** A small web server for inputs, standing in for the `example.com` of the documents. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type MediaServer = {
  readonly base: string;
  /** `host:port`, for `REELGATE_FETCH_ALLOW`. */
  readonly host: string;
  close(): Promise<void>;
};

/** Serves `files` by path, whatever query follows; anything else is 404. */
export async function serveMedia(
  files: Readonly<Record<string, { type: string; bytes: Buffer }>>,
): Promise<MediaServer> {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const file = files[path];
    if (file === undefined) response.writeHead(404).end('not here');
    else response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length }).end(file.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
