/**
 * Google's video APIs as their pages describe them, in one server: access tokens for service accounts, Veo on Vertex AI whose
 * videos come inside the answer, Veo on the Gemini API, and Omni's interactions, whose videos only the key can download.
 */

import { generateKeyPairSync, verify } from 'node:crypto';

import type { JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';
import { interactionFault, predictionFault } from './veo-rules.ts';
import type { Api } from './veo-rules.ts';

const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ACCOUNT = {
  type: 'service_account',
  project_id: 'video-project-1',
  private_key_id: 'abc123',
  private_key: KEYS.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  client_email: 'videos@video-project-1.iam.gserviceaccount.com',
};
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LIFE_S = 3_600;

const VERTEX = /^\/v1\/projects\/video-project-1\/locations\/([\w-]+)\/publishers\/google\/models\/([^/:]+):(\w+)$/;
const GEMINI = /^\/v1beta\/models\/([^/:]+):predictLongRunning$/;
const MODELS: Readonly<Record<Api | 'omni', readonly string[]>> = {
  vertex: ['veo-3.1-generate-001', 'veo-3.1-fast-generate-001'],
  gemini: ['veo-3.1-generate-preview', 'veo-3.1-fast-generate-preview'],
  omni: ['gemini-omni-1.1-flash', 'gemini-omni-1.2-flash'],
};
const GEMINI_TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse';
const VERTEX_TYPE = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';

export type VeoTask = FakeTask & { readonly api: Api | 'omni'; state: string; code: string | null };

export type VeoVendor = Fake & {
  readonly books: readonly VeoTask[];
  /** Access tokens given out. */
  readonly tokens: readonly string[];
  /** The credential of a service account that asks this server for its tokens. */
  readonly account: string;
  /** The tokens given out so far end. */
  endTokens(): void;
};

export type VeoOptions = {
  /** What every video is made of. */
  readonly video?: Buffer;
};

export async function startVeoVendor(apiKey: string, options: VeoOptions = {}): Promise<VeoVendor> {
  const video = options.video ?? Buffer.from('a video, as bytes');
  const books: VeoTask[] = [];
  const tokens: string[] = [];
  let firstValid = 0;
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { pathname } = asked.url;
    if (pathname === '/token') return grant(asked);
    const isVertex = pathname.startsWith('/v1/');
    const fault = isVertex ? tokenFault(asked) : keyFault(asked);
    if (fault !== null) return fault;
    const [, , model, method] = VERTEX.exec(pathname) ?? [];
    if (method === 'predictLongRunning') return predict(asked, 'vertex', model ?? '');
    if (method === 'fetchPredictOperation') return fetchOperation(asked, model ?? '');
    const [, preview] = GEMINI.exec(pathname) ?? [];
    if (preview !== undefined) return predict(asked, 'gemini', preview);
    if (pathname.startsWith('/v1beta/models/')) return operation(pathname.slice('/v1beta/'.length));
    if (pathname.startsWith('/v1beta/interactions')) return interact(asked);
    if (pathname === '/v1beta/files/f1:download')
      return { status: 200, body: video.toString('latin1'), headers: { 'content-type': 'video/mp4' } };
    return refusal(404, 'NOT_FOUND', 'nothing is here');
  }

  function grant({ method, headers, raw }: Asked): FakeAnswer {
    const form = new URLSearchParams(raw.toString());
    if (method !== 'POST' || headers['content-type'] !== 'application/x-www-form-urlencoded')
      return reply(400, { error: 'invalid_request', error_description: 'a form is needed' });
    if (form.get('grant_type') !== GRANT) return reply(400, { error: 'unsupported_grant_type' });
    const fault = assertionFault(form.get('assertion') ?? '', `${server.url}/token`);
    if (fault !== null) return reply(400, { error: 'invalid_grant', error_description: fault });
    tokens.push(`ya29.token-${tokens.length}`);
    return reply(200, { access_token: tokens.at(-1) ?? '', expires_in: LIFE_S, token_type: 'Bearer' });
  }

  function tokenFault({ headers }: Asked): FakeAnswer | null {
    const valid = tokens.slice(firstValid).map((token) => `Bearer ${token}`);
    return valid.includes(headers['authorization'] ?? '')
      ? null
      : refusal(401, 'UNAUTHENTICATED', `the token of ${headers['authorization'] ?? ''} is not valid`);
  }

  function keyFault({ headers }: Asked): FakeAnswer | null {
    const given = headers['x-goog-api-key'];
    if (given === apiKey) return null;
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
    return refusal(400, 'INVALID_ARGUMENT', `API key not valid: ${given ?? ''}`, details);
  }

  function predict({ body, headers, method }: Asked, api: Api, model: string): FakeAnswer {
    if (!MODELS[api].includes(model)) return refusal(404, 'NOT_FOUND', `${model} is no longer available`);
    if (method !== 'POST' || headers['content-type'] !== 'application/json' || !isObject(body))
      return refusal(400, 'INVALID_ARGUMENT', 'the body must be JSON');
    const fault = predictionFault(body, api);
    if (fault !== null) return refusal(400, 'INVALID_ARGUMENT', fault);
    const place = `projects/video-project-1/locations/us-central1/publishers/google/models/${model}`;
    const id = `${api === 'vertex' ? place : `models/${model}`}/operations/op-${books.length}`;
    const labels = property(body, 'labels');
    const token = isObject(labels) ? String(property(labels, 'attempt')) : null;
    books.push({ id, token, api, state: 'running', code: null });
    return reply(200, { name: id });
  }

  function fetchOperation({ body }: Asked, model: string): FakeAnswer {
    const name = isObject(body) ? String(property(body, 'operationName')) : '';
    return name.includes(`/models/${model}/operations/`)
      ? operation(name)
      : refusal(400, 'INVALID_ARGUMENT', 'operationName');
  }

  function operation(name: string): FakeAnswer {
    const task = books.find(({ id }) => id === name);
    if (task === undefined) return refusal(404, 'NOT_FOUND', 'no such operation');
    if (task.state === 'error' && task.code !== 'filtered') {
      const [code = '13', ...words] = (task.code ?? '13').split(' ');
      return reply(200, { name, done: true, error: { code: Number(code), message: `it failed: ${words.join(' ')}` } });
    }
    if (task.state !== 'done' && task.state !== 'error') return reply(200, { name });
    const isFiltered = task.state === 'error';
    return reply(200, {
      name,
      done: true,
      response: task.api === 'vertex' ? vertexResponse(isFiltered) : geminiResponse(isFiltered),
    });
  }

  function vertexResponse(isFiltered: boolean): JsonObject {
    const videos = [{ bytesBase64Encoded: video.toString('base64'), mimeType: 'video/mp4' }];
    return isFiltered
      ? { '@type': VERTEX_TYPE, raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['58061214'], videos: [] }
      : { '@type': VERTEX_TYPE, raiMediaFilteredCount: 0, videos };
  }

  function geminiResponse(isFiltered: boolean): JsonObject {
    const filtered = { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['the words of the filter'] };
    const samples = { generatedSamples: [{ video: { uri: downloadUrl() } }] };
    return { '@type': GEMINI_TYPE, generateVideoResponse: isFiltered ? filtered : samples };
  }

  function interact(asked: Asked): FakeAnswer {
    const [id = '', call] = asked.url.pathname.slice('/v1beta/interactions'.length + 1).split('/');
    if (asked.method === 'POST' && id === '') return createInteraction(asked);
    const task = books.find((one) => one.api === 'omni' && one.id === id);
    if (task === undefined) return said(400, 'invalid_request', 'Invalid interaction name');
    if (asked.method === 'POST' && call === 'cancel') {
      if (task.state !== 'in_progress' && task.state !== 'queued')
        return said(400, 'invalid_request', 'the interaction has ended');
      task.state = 'cancelled';
    }
    return reply(200, interaction(task));
  }

  function createInteraction({ body, headers }: Asked): FakeAnswer {
    if (headers['content-type'] !== 'application/json' || !isObject(body))
      return said(400, 'invalid_request', 'the body must be JSON');
    if (!MODELS.omni.includes(String(property(body, 'model'))))
      return refusal(404, 'NOT_FOUND', `${String(property(body, 'model'))} is no longer available`);
    const before = property(body, 'previous_interaction_id');
    const isKnown = before === undefined || books.some(({ id }) => id === before);
    const fault = isKnown ? interactionFault(body) : 'previous_interaction_id';
    if (fault !== null) return said(400, 'invalid_request', fault);
    const hook = property(body, 'webhook_config');
    const metadata = isObject(hook) ? property(hook, 'user_metadata') : undefined;
    const token = isObject(metadata) ? String(property(metadata, 'attempt')) : null;
    const task: VeoTask = { id: `v1_${books.length}`, token, api: 'omni', state: 'in_progress', code: null };
    books.push(task);
    return reply(200, interaction(task));
  }

  function interaction({ id, state, code }: VeoTask): JsonObject {
    const known = { id, status: state, model: 'gemini-omni-1.1-flash' };
    if (state === 'failed') return { ...known, error: { code: code ?? 'internal', message: 'it failed' } };
    if (state !== 'completed') return known;
    const content =
      code === 'declined'
        ? { type: 'text', text: "I can't help with that" }
        : { type: 'video', mime_type: 'video/mp4', uri: downloadUrl() };
    const usage = { output_tokens_by_modality: [{ modality: 'video', tokens: 57_920 }] };
    return { ...known, steps: [{ type: 'model_output', content: [content] }], usage };
  }

  function downloadUrl(): string {
    return `${server.url}/v1beta/files/f1:download?alt=media`;
  }

  return {
    ...server,
    books,
    tokens,
    account: JSON.stringify({ ...ACCOUNT, token_uri: `${server.url}/token` }),
    endTokens: () => {
      firstValid = tokens.length;
    },
    move: (id, state, code) => {
      const task = books.find((one) => one.id === id);
      if (task === undefined) return;
      task.state = state;
      task.code = code ?? null;
    },
  };
}

function assertionFault(assertion: string, audience: string): string | null {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const [head, body] = [header, claims].map(
    (part) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as JsonObject,
  );
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    KEYS.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (head?.['alg'] !== 'RS256' || head['kid'] !== ACCOUNT.private_key_id || !isSigned) return 'Invalid JWT Signature.';
  if (body?.['iss'] !== ACCOUNT.client_email || body['scope'] !== SCOPE || body['aud'] !== audience)
    return 'Invalid JWT: claims.';
  const [issued, ends, nowS] = [Number(body['iat']), Number(body['exp']), Date.now() / 1_000];
  return ends - issued <= LIFE_S && issued <= nowS + 60 && ends > nowS ? null : 'Invalid JWT: times.';
}

function refusal(status: number, word: string, message: string, details: readonly JsonObject[] = []): FakeAnswer {
  return reply(status, { error: { code: status, message, status: word, details } });
}

/** As interactions say it. */
function said(status: number, code: string, message: string): FakeAnswer {
  return reply(status, { error: { code, message } });
}
