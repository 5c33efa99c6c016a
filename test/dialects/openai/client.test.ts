/** The unmodified `openai` client against the dialect: what it sends is read, what is written it understands. */

import OpenAI, {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  toFile,
} from 'openai';
import { describe, expect, test } from 'vitest';

import type { HttpReply, IncomingFile } from '../../../src/dialects/dialect.ts';
import { openai } from '../../../src/dialects/openai/dialect.ts';
import type { Failure } from '../../../src/model/failure.ts';
import { call, commandOf, createForm, readOf, said } from './support.ts';

type Sent = { readonly url: URL; readonly headers: Headers; readonly body: unknown };

/** A client whose requests end here: each is kept and answered with `reply`. */
function client(reply: HttpReply): { openaiClient: OpenAI; sent: Sent[] } {
  const sent: Sent[] = [];
  const openaiClient = new OpenAI({
    apiKey: 'sk-rg-test-x',
    baseURL: 'http://reelgate.test/v1',
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      // Before its first form, the client asks an empty data URL whether this `fetch` can send forms.
      if (url.protocol === 'data:') return Promise.resolve(new Response(init?.body ?? ''));
      sent.push({ url, headers: new Headers(init?.headers), body: init?.body });
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

function readSent(sent: readonly Sent[]) {
  const body = sent[0]?.body;
  if (!(body instanceof FormData)) throw new Error('no form was sent');
  const fields: (readonly [string, string])[] = [];
  const files: IncomingFile[] = [];
  for (const [name, value] of body) {
    if (typeof value === 'string') fields.push([name, value]);
    else files.push({ field: name, upload: { sha256: 'aa', bytes: value.size, fileName: value.name } });
  }
  return createForm(fields, files);
}

describe('the openai client', () => {
  test('creates from text', async () => {
    const { openaiClient, sent } = client(OK);
    await openaiClient.videos.create({ model: 'sora-2', prompt: 'a cat', seconds: '8', size: '1280x720' });
    const read = readOf(readSent(sent));
    expect(said(read)).toEqual({ model: 'sora-2', prompt: 'a cat', seconds: 8, size: { width: 1280, height: 720 } });
    expect(read.notes).toEqual([]);
  });

  test('creates from an image file', async () => {
    const { openaiClient, sent } = client(OK);
    const input_reference = await toFile(new Uint8Array([1, 2, 3]), 'cat.png', { type: 'image/png' });
    await openaiClient.videos.create({ model: 'sora-2', prompt: 'a cat', input_reference });
    expect(readOf(readSent(sent)).request.inputs).toEqual([
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
    expect(readOf(readSent(sent)).request.inputs).toEqual([
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
    expect(said(readOf(readSent(sent)))).toMatchObject({
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
    });
  });

  const failures: readonly (readonly [Failure, new (...args: never[]) => Error])[] = [
    [{ kind: 'invalid_request', message: 'm' }, BadRequestError],
    [{ kind: 'unauthorized', message: 'm' }, AuthenticationError],
    [{ kind: 'forbidden', message: 'm' }, PermissionDeniedError],
    [{ kind: 'not_found', message: 'm' }, NotFoundError],
    [{ kind: 'conflict', message: 'm' }, ConflictError],
    [{ kind: 'internal', message: 'm' }, InternalServerError],
    [{ kind: 'upstream_unavailable', message: 'm' }, InternalServerError],
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
    await expect(creating).rejects.toBeInstanceOf(RateLimitError);
    await expect(creating).rejects.toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
  });
});
