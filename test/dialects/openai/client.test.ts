/** The unmodified `openai` client against the dialect: what it sends is read, what is written it understands. */

import OpenAI, { toFile } from 'openai';
import { describe, expect, test } from 'vitest';

import type { HttpReply, IncomingFile } from '../../../src/dialects/dialect.ts';
import { openai } from '../../../src/dialects/openai/dialect.ts';
import type { Failure } from '../../../src/model/failure.ts';
import { call, commandOf, createForm, readOf, said } from './support.ts';

type Sent = { readonly url: URL; readonly method: string; readonly headers: Headers; readonly body: unknown };

/** A client whose requests end here: each is kept and answered with `reply`. */
function client(reply: HttpReply): { openaiClient: OpenAI; sent: Sent[] } {
  const sent: Sent[] = [];
  const openaiClient = new OpenAI({
    apiKey: 'sk-rg-test-x',
    baseURL: 'http://reelgate.test/v1',
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      sent.push({ url, method: init?.method ?? 'GET', headers: new Headers(init?.headers), body: init?.body });
      const response = new Response(JSON.stringify(reply.body), {
        status: reply.status,
        headers: { ...reply.headers, 'content-type': 'application/json' },
      });
      return Promise.resolve(response);
    },
  });
  return { openaiClient, sent };
}

const OK: HttpReply = { status: 200, headers: {}, body: { object: 'list', data: [], has_more: false } };

async function readSent(sent: readonly Sent[]) {
  const [request] = sent;
  if (request === undefined) throw new Error('nothing was sent');
  // Some versions of the client stream the form, so that it is parsed back from its bytes.
  const form = await new Response(
    request.body instanceof FormData ? request.body : new Blob([await bytesOf(request.body)]),
    request.body instanceof FormData ? {} : { headers: { 'content-type': request.headers.get('content-type') ?? '' } },
  ).formData();
  const fields: (readonly [string, string])[] = [];
  const files: IncomingFile[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.push([name, value]);
    else files.push({ field: name, upload: { sha256: 'aa', bytes: value.size, fileName: value.name } });
  }
  return createForm(fields, files);
}

async function bytesOf(body: unknown): Promise<ArrayBuffer> {
  return body instanceof ReadableStream ? new Response(body).arrayBuffer() : new Response(String(body)).arrayBuffer();
}

describe('the openai client', () => {
  test('creates from text', async () => {
    const { openaiClient, sent } = client(OK);
    await openaiClient.videos.create({ model: 'sora-2', prompt: 'a cat', seconds: '8', size: '1280x720' });
    const read = readOf(await readSent(sent));
    expect(said(read)).toEqual({ model: 'sora-2', prompt: 'a cat', seconds: 8, size: { width: 1280, height: 720 } });
    expect(read.notes).toEqual([]);
  });

  test('creates from an image file', async () => {
    const { openaiClient, sent } = client(OK);
    const input_reference = await toFile(new Uint8Array([1, 2, 3]), 'cat.png', { type: 'image/png' });
    await openaiClient.videos.create({ model: 'sora-2', prompt: 'a cat', input_reference });
    expect(readOf(await readSent(sent)).request.inputs).toEqual([
      {
        role: 'image',
        source: { from: 'upload', upload: { sha256: 'aa', bytes: 3, fileName: 'cat.png' } },
        param: 'input_reference',
      },
    ]);
  });

  test('creates from an image URL', async () => {
    const { openaiClient, sent } = client(OK);
    await openaiClient.videos.create({
      model: 'sora-2',
      prompt: 'a cat',
      input_reference: { image_url: 'https://a.example/1.png' },
    });
    expect(readOf(await readSent(sent)).request.inputs).toEqual([
      { role: 'image', source: { from: 'url', url: 'https://a.example/1.png' }, param: 'input_reference.image_url' },
    ]);
  });

  test('creates with fields that its types do not know', async () => {
    const { openaiClient, sent } = client(OK);
    const metadata = {
      offpeak: false,
      file_infos: [
        { type: 'Url', category: 'Video', url: 'https://a.example/v' },
        { type: 'Url', category: 'Image', url: 'https://a.example/1.png' },
      ],
      output_config: { duration: 6, audio_generation: 'Enabled' },
    };
    await openaiClient.videos.create(
      Object.assign({ model: 'm', prompt: 'p' }, { images: ['https://a.example/1.png'], metadata }),
    );
    expect(said(readOf(await readSent(sent)))).toMatchObject({
      seconds: 6,
      audio: true,
      offPeak: false,
      inputs: [
        { param: 'images[0]' },
        { role: 'video', param: 'metadata.file_infos[0].url' },
        { role: 'image', param: 'metadata.file_infos[1].url' },
      ],
    });
  });

  test('lists and downloads', async () => {
    const { openaiClient, sent } = client(OK);
    await openaiClient.videos.list({ limit: 2, order: 'asc' });
    await openaiClient.videos.downloadContent('video_1', { variant: 'thumbnail' });
    const [list, content] = sent;
    expect(
      commandOf(call('GET', '/v1/videos', { query: Object.fromEntries(list?.url.searchParams ?? []) })),
    ).toMatchObject({ query: { limit: 2, order: 'asc' } });
    const incoming = {
      params: { id: 'video_1' },
      query: Object.fromEntries(content?.url.searchParams ?? []),
      headers: Object.fromEntries(content?.headers ?? []),
    };
    expect(commandOf(call('GET', '/v1/videos/:id/content', incoming))).toEqual({
      kind: 'content',
      id: 'video_1',
      variant: 'thumbnail',
      as: 'bytes',
    });
  });

  const failures: readonly (readonly [Failure, new (...args: never[]) => Error])[] = [
    [{ kind: 'invalid_request', message: 'm' }, OpenAI.BadRequestError],
    [{ kind: 'unauthorized', message: 'm' }, OpenAI.AuthenticationError],
    [{ kind: 'forbidden', message: 'm' }, OpenAI.PermissionDeniedError],
    [{ kind: 'not_found', message: 'm' }, OpenAI.NotFoundError],
    [{ kind: 'conflict', message: 'm' }, OpenAI.ConflictError],
    [{ kind: 'internal', message: 'm' }, OpenAI.InternalServerError],
    [{ kind: 'upstream_unavailable', message: 'm' }, OpenAI.InternalServerError],
  ];

  test.each(failures)('throws its own error for %j, and creates only once', async (failure, errorClass) => {
    const { openaiClient, sent } = client(openai.writeFailure(failure, 'en', 'req-1'));
    const error: unknown = await openaiClient.videos
      .create({ model: 'm', prompt: 'p' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ error: { message: 'm', request_id: 'req-1' } });
    expect(sent).toHaveLength(1);
  });

  test('throws its rate limit error, which names the wait', async () => {
    const { openaiClient } = client(
      openai.writeFailure({ kind: 'limit_exceeded', message: 'm', retryAfterMs: 2000 }, 'en', 'r'),
    );
    const creating = openaiClient.videos.create({ model: 'm', prompt: 'p' }, { maxRetries: 0 });
    await expect(creating).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(creating).rejects.toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
  });
});
