/** A real S3-speaking server with one bucket, behind a wire that tests may break. */

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import S3rver from 's3rver';

const BUCKET = 'videos';
/** The only key that the server knows. */
const KEY = 'S3RVER';
const UPLOADS = /^(?:GET .*[?&]uploads\b|DELETE .*[?&]uploadId=)/;

/**
 * How a request goes wrong: answered with 500 or 507, cut off unheard, cut off when it was done, cut off in the middle of the
 * answer, silent from there on, or held in the middle of its body until the client is gone.
 */
export type S3Fault = 'error' | 'full' | 'reset' | 'lost' | 'cut' | 'silent' | 'held';

export type S3Server = {
  readonly bucket: string;
  readonly url: string;
  /** `REELGATE_STORAGE` and the key; `options` are added to the address, such as `&presign=1`. */
  env(options?: string): Record<string, string>;
  /** Method and address of every request so far. */
  readonly requests: readonly string[];
  /** The next `times` requests whose `METHOD /address` fits the pattern go wrong. Resolves when the first of them has. */
  break(pattern: RegExp, fault: S3Fault, times?: number): Promise<void>;
  /** Uploads in parts that were neither finished nor given up, by the directories of their parts. */
  uploads(): Promise<readonly string[]>;
  /** Everything goes well from now on. */
  mend(): void;
  close(): Promise<void>;
};

type Rule = { readonly pattern: RegExp; readonly fault: S3Fault; readonly happened: () => void; times: number };

export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-s3-'));
  const store = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port: storePort } = await store.run();
  const parts = join(directory, BUCKET, '._S3rver_uploads');
  const requests: string[] = [];
  let rules: Rule[] = [];
  const wire = createServer((request, response) => {
    const line = `${request.method ?? ''} ${request.url ?? ''}`;
    requests.push(line);
    const rule = rules.find((one) => one.times > 0 && one.pattern.test(line));
    if (rule !== undefined) rule.times -= 1;
    if (rule === undefined && UPLOADS.test(line)) void tellUploads(request, response, parts);
    else pass(request, response, storePort, rule ?? null);
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  return {
    bucket: BUCKET,
    url,
    env: (options = '') => ({
      REELGATE_STORAGE: `s3://${BUCKET}/media?endpoint=${url}${options}`,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: KEY,
    }),
    requests,
    break: (pattern, fault, times = 1) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      rules.push({ pattern, fault, times, happened: resolve });
      return promise;
    },
    uploads: async () => (await unfinished(parts)).map((id) => join(parts, id)),
    mend: () => {
      rules = [];
    },
    close: async () => {
      wire.closeAllConnections();
      await new Promise((resolve) => wire.close(resolve));
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function unfinished(parts: string): Promise<string[]> {
  return existsSync(parts) ? readdir(parts) : [];
}

/** The list of unfinished uploads and the end of one, the only calls that the server does not know. */
async function tellUploads(request: IncomingMessage, response: ServerResponse, parts: string): Promise<void> {
  const id = URL.parse(request.url ?? '', 'http://s3')?.searchParams.get('uploadId') ?? null;
  if (id !== null) {
    await rm(join(parts, basename(id)), { recursive: true, force: true });
    return void response.writeHead(204).end();
  }
  const uploads = (await unfinished(parts)).map(async (name) => {
    const key = await readFile(join(parts, name, 'key'), 'utf8');
    const initiated = (await stat(join(parts, name))).mtime.toISOString();
    return `<Upload><Key>${key}</Key><UploadId>${name}</UploadId><Initiated>${initiated}</Initiated></Upload>`;
  });
  const list = (await Promise.all(uploads)).join('');
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<ListMultipartUploadsResult>${list}</ListMultipartUploadsResult>`);
}

function pass(request: IncomingMessage, response: ServerResponse, port: number, rule: Rule | null): void {
  const fault = rule?.fault ?? null;
  const broken = (): void => {
    request.socket.destroy();
    rule?.happened();
  };
  if (fault === 'reset') return broken();
  if (fault === 'error' || fault === 'full') {
    request.resume();
    request.once('end', () => {
      response.writeHead(fault === 'full' ? 507 : 500).end();
      rule?.happened();
    });
    return;
  }
  if (fault === 'held') {
    // Not sent on at all: this server would keep half a body, which S3 never does.
    request.once('data', () => {
      request.pause();
      rule?.happened();
    });
    return;
  }
  const { method, url: path, headers } = request;
  const onward = forward({ host: '127.0.0.1', port, method, path, headers, agent: false });
  onward.on('error', () => request.socket.destroy());
  response.on('close', () => onward.destroy());
  onward.once('response', (answer) => {
    if (fault === 'lost') return broken();
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault !== 'cut' && fault !== 'silent') return void answer.pipe(response);
    const end = fault === 'cut' ? broken : undefined;
    answer.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), end));
  });
  request.pipe(onward);
}
