/** The Google dialect of Veo: predictions and operations in both of its shapes, and files. */

import { describe, expect, it } from 'vitest';

import { veo } from '../../../src/dialects/veo/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { UUID, viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const GEMINI = 'POST /v1beta/models/:call';
const VERTEX = 'POST /v1beta1/projects/:project/locations/:location/publishers/google/models/:call';
const PREDICT = { call: 'veo-3.1-generate-001:predictLongRunning' };
const PICTURE = { bytesBase64Encoded: 'iVBORw0KGgo=', mimeType: 'image/png' };
const BASE = { instances: [{ prompt: 'a cat' }] };

const instances = (more: JsonObject): Json => [{ prompt: 'a cat', ...more }];

const PAGES: readonly RoutePage[] = [
  { route: GEMINI, params: PREDICT },
  { route: VERTEX, params: { ...PREDICT, project: 'p', location: 'us-central1' } },
].map((page) => ({
  ...page,
  base: BASE,
  fields: {
    instances: instances({ image: PICTURE }),
    'parameters.sampleCount': 2,
    'parameters.durationSeconds': 8,
    'parameters.aspectRatio': '9:16',
    'parameters.resolution': '1080p',
    'parameters.personGeneration': 'allow_adult',
    'parameters.negativePrompt': 'blur',
    'parameters.enhancePrompt': true,
    'parameters.seed': 0,
    'parameters.generateAudio': false,
    'parameters.fps': 24,
    'parameters.compressionQuality': 'LOSSLESS',
    'parameters.resizeMode': 'PAD',
    'parameters.storageUri': 'gs://b/out/',
    'parameters.pubsubTopic': 'projects/p/topics/t',
    labels: { k: 'v' },
    webhookConfig: { uris: ['https://x.example/told'] },
    'webhookConfig.userMetadata': { t: '1' },
  },
}));

describeDialect({ dialect: veo, folder: import.meta.dirname, creates: PAGES });

const predict = (body: Json) => readAt(veo, GEMINI, { params: PREDICT, body });
const rolesOf = (body: Json) => createOf(predict(body)).request.inputs.map(({ role, param }) => `${role} ${param}`);

describe('a prediction', () => {
  it('names its model in the address', () => {
    expect(createOf(predict(BASE)).request.model).toBe('veo-3.1-generate-001');
  });

  it('shows frames, references and a video to go on from', () => {
    expect(rolesOf({ instances: instances({ image: PICTURE, lastFrame: PICTURE }) })).toEqual([
      'first_frame instances[0].image.bytesBase64Encoded',
      'last_frame instances[0].lastFrame.bytesBase64Encoded',
    ]);
    const referenceImages = [{ image: PICTURE, referenceType: 'asset' }, { image: PICTURE }];
    expect(rolesOf({ instances: instances({ referenceImages }) })).toEqual([
      'reference_image instances[0].referenceImages[0].image.bytesBase64Encoded',
      'reference_image instances[0].referenceImages[1].image.bytesBase64Encoded',
    ]);
    const video = { uri: 'https://x.example/v.mp4', encoding: 'video/mp4' };
    const extended = createOf(predict({ instances: instances({ video }) })).request;
    expect(extended).toMatchObject({ scene: 'extend', inputs: [{ role: 'source_video' }] });
  });

  it.each<[Json, readonly string[]]>([
    [{}, ['missing instances']],
    [{ instances: {} }, ['wrong_type instances']],
    [{ instances: [] }, ['too_few instances']],
    [{ instances: ['x'] }, ['wrong_type instances[0]']],
    [{ instances: [{}, {}] }, ['too_many instances']],
    [{ instances: instances({ image: {} }) }, ['missing instances[0].image.bytesBase64Encoded']],
    [{ instances: instances({ image: { gcsUri: 'gs://b/a.png' } }) }, ['not_supported instances[0].image.gcsUri']],
    [{ instances: instances({ mask: PICTURE }) }, ['not_supported instances[0].mask']],
    [{ instances: instances({ referenceImages: PICTURE }) }, ['wrong_type instances[0].referenceImages']],
    [
      { instances: instances({ referenceImages: [{ image: PICTURE, referenceType: 'style' }] }) },
      ['not_offered instances[0].referenceImages[0].referenceType'],
    ],
    [{ ...BASE, parameters: { durationSeconds: '8' } }, ['wrong_type parameters.durationSeconds']],
    [{ ...BASE, webhookConfig: { uris: 'x' } }, ['wrong_type webhookConfig.uris']],
  ])('%j is refused', (body, faults) => {
    expect(faultsOf(predict(body))).toEqual(faults);
  });

  it('by another method of Google is found nowhere', () => {
    const params = { call: 'veo-3.1-generate-001:generateContent' };
    expect(commandOf(readAt(veo, GEMINI, { params, body: BASE }))).toEqual({ kind: 'get', id: '' });
  });
});

describe('an operation', () => {
  it('of the Gemini API is asked for by its name', () => {
    const params = { model: 'veo-3.1-generate-001', id: UUID };
    expect(commandOf(readAt(veo, 'GET /v1beta/models/:model/operations/:id', { params }))).toEqual({
      kind: 'get',
      id: UUID,
    });
  });

  it('of Vertex AI keeps its project and ends with a link', () => {
    const operationName = `projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001/operations/${UUID}`;
    const params = { project: 'p', location: 'us-central1', call: 'veo-3.1-generate-001:fetchPredictOperation' };
    const command = commandOf(readAt(veo, VERTEX, { params, body: { operationName } }));
    if (command.kind !== 'get') throw new Error('no get');
    expect(command.id).toBe(UUID);
    const view = viewIn('succeeded');
    expect(command.write?.(view, 'en').body).toMatchObject({
      name: `projects/p/locations/us-central1/publishers/google/models/${view.job.spec.requestedModel}/operations/${UUID}`,
      done: true,
      response: { videos: [{ gcsUri: 'https://r.example/v', mimeType: 'video/mp4' }] },
    });
  });

  it('whose content was refused ends without a video and says why', () => {
    const view = viewIn('failed', { failure: { kind: 'content_rejected', message: 'No.' } });
    expect(veo.writeJob(view, 'get', 'en').body).toMatchObject({
      done: true,
      response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['No.'] } },
    });
  });
});

describe('a file', () => {
  const file = UUID.replaceAll('-', '');

  it('is downloaded by its name without dashes', () => {
    const route = 'GET /v1beta/files/:file';
    expect(commandOf(readAt(veo, route, { params: { file: `${file}:download` } }))).toEqual({
      kind: 'content',
      id: UUID,
      variant: 'video',
    });
    expect(commandOf(readAt(veo, route, { params: { file } }))).toMatchObject({ kind: 'get', id: UUID });
    expect(commandOf(readAt(veo, route, { params: { file: '../x' } }))).toMatchObject({ kind: 'get', id: '../x' });
  });

  it('lies where the server is', () => {
    const view = viewIn('succeeded');
    const links = { ...view.links, video: 'https://r.example/base/files/abc?expires=1&signature=x' };
    expect(JSON.stringify(veo.writeJob({ ...view, links }, 'get', 'en').body)).toContain(
      `https://r.example/base/v1beta/files/${file}:download?alt=media`,
    );
  });
});
