/** Request bodies: what is read, what is refused with which sentence, and that nothing is left behind. */

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf, raw } from './support/http.ts';
import { rowEngine } from './support/row-engine.ts';

const MIB = 1024 * 1024;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

function post(
  body: string | Buffer | null,
  type: string | null,
  headers: Record<string, string> = {},
): Promise<Response> {
  return call(server, '/v1/videos', {
    method: 'POST',
    headers: { ...headers, ...(type === null ? {} : { 'content-type': type }) },
    ...(body === null ? {} : { body }),
  });
}

const GOOD = '{"model":"sora-2","prompt":"a cat"}';

describe('a JSON body', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/vnd.video+json'])(
    'is read as %s',
    async (type) => {
      expect((await post(GOOD, type)).status).toBe(200);
    },
  );

  it('may begin with a byte order mark', async () => {
    expect((await post(`\uFEFF${GOOD}`, 'application/json')).status).toBe(200);
  });

  it.each([
    ['{"model":', 'The body is not valid JSON: it ends too early.'],
    ['{"a":1,}', 'The body is not valid JSON: something is wrong at character 8.'],
    ['{"a" 1}', 'The body is not valid JSON: something is wrong at character 6.'],
    ['   ', 'The body is not valid JSON: it ends too early.'],
    ['['.repeat(100_000), 'The JSON body cannot be read: it is nested deeper than 64 levels.'],
    [`[${'0,'.repeat(200_000)}0]`, 'The JSON body cannot be read: it has more than 100000 values.'],
    [' '.repeat(5 * MIB), 'The JSON body cannot be read: it has too much outside of strings.'],
    [`"${'\\"'.repeat(1_100_000)}"`, 'The JSON body cannot be read: it has more than 1000000 quotation marks.'],
  ])('that is broken is refused with a sentence (%#)', async (body, message) => {
    const response = await post(body, 'application/json');
    expect([response.status, (await errorOf(response)).message]).toEqual([400, message]);
  });

  it('that is not UTF-8 is refused', async () => {
    const response = await post(Buffer.from('{"model":"\xe9"}', 'latin1'), 'application/json');
    expect((await errorOf(response)).message).toBe('The JSON body cannot be read: it is not UTF-8.');
  });

  it.each(['[]', '"text"', '1', 'null', 'true'])('that is %s and no object is a 400', async (body) => {
    expect((await post(body, 'application/json')).status).toBe(400);
  });

  it('cannot reach a prototype', async () => {
    const body =
      '{"model":"sora-2","prompt":"p","__proto__":{"prompt":"bad","polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const response = await post(body, 'application/json');
    expect([response.status, ((await response.json()) as { prompt: string }).prompt]).toEqual([200, 'p']);
    expect('polluted' in {}).toBe(false);
  });

  it('is required of a create', async () => {
    for (const type of [null, 'application/json', 'text/plain']) {
      const response = await post(null, type);
      expect([type, response.status]).toEqual([type, 400]);
    }
  });

  it('larger than the limit is refused before and while it arrives, and the answer arrives', async () => {
    const announced = await post(Buffer.alloc(65 * MIB, ' '), 'application/json');
    expect([announced.status, (await errorOf(announced)).code]).toEqual([413, 'body_too_large']);
  });

  it('that stays within the limit is skimmed quickly, so that others are served meanwhile', async () => {
    const body = JSON.stringify({ model: 'sora-2', prompt: 'a cat', images: ['A'.repeat(40 * MIB)] });
    expect((await post(body, 'application/json')).status).toBeLessThan(500);
  });
});

describe('another body', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'application/json x',
    'application/jsonx',
    'text/json',
    'nonsense',
    'application/json; charset=gbk',
    'multipart/mixed; boundary=x',
  ])('sent as %s is a 415', async (type) => {
    const response = await post(GOOD, type);
    expect([response.status, (await errorOf(response)).code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['gzip', 'gzip, gzip', 'br', 'deflate', 'x'])('that is encoded as %s is a 415', async (encoding) => {
    expect((await post(GOOD, 'application/json', { 'content-encoding': encoding })).status).toBe(415);
  });

  it('is not read from a stranger or at an address where nothing is', async () => {
    for (const [path, key, status] of [
      ['/v1/videos', null, 401],
      ['/v1/nothing', undefined, 404],
      ['/v1/videos/x/content', undefined, 405],
    ] as const) {
      const init = { method: 'POST', body: '{broken', headers: { 'content-type': 'application/json' } };
      expect((await call(server, path, key === null ? { ...init, key } : init)).status).toBe(status);
    }
  });
});

describe('a multipart body', () => {
  it('gives its fields, nested by their brackets, and its files', async () => {
    const form = new FormData();
    form.append('model', 'sora-2');
    form.append('prompt', 'a cat in Größe 42 会');
    form.append('metadata[output_config][resolution]', '720P');
    form.append('input_reference', new Blob([PNG], { type: 'image/png' }), '../../etc/passwd.png');
    const response = await call(server, '/v1/videos', { method: 'POST', body: form });
    expect(response.status).toBe(200);
    expect(((await response.json()) as { prompt: string }).prompt).toBe('a cat in Größe 42 会');
    expect(await server.storage.stat(createHash('sha256').update(PNG).digest('hex'))).toEqual({ bytes: PNG.length });
  });

  it('ignores the empty part of a file that was not chosen', async () => {
    const part =
      'Content-Disposition: form-data; name="input_reference"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n';
    expect((await post(multipart(field('model', 'sora-2'), field('prompt', 'p'), part), FORM)).status).toBe(200);
  });

  it.each([
    ['no boundary', 'multipart/form-data', multipart(field('model', 'm')), 'its Content-Type names no boundary'],
    ['an empty body', 'multipart/form-data; boundary=xx', '', 'it is not well formed, or ends too early'],
    [
      'bytes that are no parts',
      'multipart/form-data; boundary=xx',
      'hello',
      'it is not well formed, or ends too early',
    ],
    [
      'a cut field',
      'multipart/form-data; boundary=xx',
      multipart(field('prompt', 'abc')).slice(0, -8),
      'it is not well formed, or ends too early',
    ],
    [
      'a cut file',
      'multipart/form-data; boundary=xx',
      multipart(file('image', 'a.png', 'x'.repeat(1e5))).slice(0, -8),
      'it is not well formed, or ends too early',
    ],
    [
      'a cut header',
      'multipart/form-data; boundary=xx',
      '--xx\r\nContent-Dispo',
      'it is not well formed, or ends too early',
    ],
    [
      'a field without a name',
      'multipart/form-data; boundary=xx',
      multipart('Content-Disposition: form-data\r\n\r\nx'),
      'a part has no name, or a very long one',
    ],
    [
      'a file without a name',
      'multipart/form-data; boundary=xx',
      multipart('Content-Disposition: form-data; filename="a"\r\n\r\nx'),
      'a part has no name, or a very long one',
    ],
    [
      'too many fields',
      'multipart/form-data; boundary=xx',
      multipart(...Array.from({ length: 201 }, (_, at) => field(`f${at}`, 'x'))),
      'it has more than 200 fields',
    ],
    [
      'too many files',
      'multipart/form-data; boundary=xx',
      multipart(...Array.from({ length: 17 }, (_, at) => file(`f${at}`, 'a', 'x'))),
      'it has more than 16 files',
    ],
    [
      'ten thousand parts',
      'multipart/form-data; boundary=xx',
      multipart(...Array.from({ length: 10_000 }, () => file('f', 'a', ''))),
      'it has more than 16 files',
    ],
  ])('with %s is a 400 with one sentence and leaves nothing behind', async (_what, type, body, sentence) => {
    const response = await post(body, type);
    expect([response.status, (await errorOf(response)).message]).toEqual([
      400,
      `The multipart body cannot be read: ${sentence}.`,
    ]);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('with a part header that is huge is read without that part', async () => {
    const part = `X-Junk: ${'x'.repeat(MIB)}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nvalue`;
    const response = await post(multipart(field('model', 'sora-2'), part), FORM);
    expect(((await response.json()) as { prompt: string | null }).prompt).toBeNull();
  });

  it('with a field beyond the limit is a 413', async () => {
    const response = await post(multipart(field('prompt', 'x'.repeat(33 * MIB))), FORM);
    expect([response.status, (await errorOf(response)).message]).toEqual([
      413,
      "The field 'prompt' is larger than the 33554432 bytes allowed.",
    ]);
  });

  it('with fields that are too large together is a 413', async () => {
    const parts = ['a', 'b', 'c'].map((name) => field(name, 'x'.repeat(30 * MIB)));
    expect((await post(multipart(...parts), FORM)).status).toBe(413);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('that clashes with itself names the field', async () => {
    const response = await post(multipart(field('metadata', 'x'), field('metadata[a]', 'y')), FORM);
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'metadata[a]']);
  });

  it('whose client leaves in the middle of a file leaves nothing behind', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.testKey}\r\nContent-Type: ${FORM}\r\nContent-Length: 9000000\r\n\r\n`;
    socket.write(
      `${head}--xx\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n${'x'.repeat(MIB)}`,
    );
    await vi.waitFor(async () => expect(await temporaryFiles()).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(async () => expect(await temporaryFiles()).toEqual([]));
  });

  it('is not taken by the admin API', async () => {
    const response = await server.admin('/accounts', {
      method: 'POST',
      body: multipart(field('name', 'x')),
      headers: { 'content-type': FORM },
    });
    expect(response.status).toBe(415);
  });
});

describe('a connection', () => {
  it('gets the answer to a refused upload although it goes on sending', async () => {
    const head = `POST /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${8 * MIB}\r\n\r\n`;
    const answer = await raw(server, Buffer.concat([Buffer.from(head), Buffer.alloc(8 * MIB, ' ')]));
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const FORM = 'multipart/form-data; boundary=xx';

function multipart(...parts: readonly string[]): string {
  return `${parts.map((part) => `--xx\r\n${part}\r\n`).join('')}--xx--\r\n`;
}

function field(name: string, value: string): string {
  return `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
}

function file(name: string, fileName: string, content: string): string {
  return `Content-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: image/png\r\n\r\n${content}`;
}

function temporaryFiles(): Promise<string[]> {
  return readdir(join(server.directory, 'assets', 'tmp'));
}
