/** The Google dialect of Veo: long-running predictions in the Gemini API's and in Vertex AI's shape, and files. */

import { property } from '../../model/json.ts';
import type { Dialect, Incoming, ReadResult, Route } from '../dialect.ts';
import { readFetch, readFile, readOperation } from './read-operation.ts';
import { readPredict } from './read-predict.ts';
import { FETCH_BODY, PREDICT_BODY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeGeminiOperation, writeVertexOperation } from './write.ts';

/** What follows the model after a colon is the method, which routers cannot tell from the name. */
type Method = (incoming: Incoming, model: string, prefix: string) => ReadResult;

const GEMINI_METHODS: Readonly<Record<string, Method>> = {
  predictLongRunning: (incoming, model) => readPredict(incoming, model, writeGeminiOperation),
};
const VERTEX_METHODS: Readonly<Record<string, Method>> = {
  predictLongRunning: (incoming, model, prefix) =>
    readPredict(incoming, model, (view, language) => writeVertexOperation(view, prefix, language)),
  fetchPredictOperation: (incoming) => readFetch(incoming),
};

const VERTEX_PLACES = ['/v1', '/v1beta1'].flatMap((version) => [
  `${version}/publishers/google/models/:call`,
  `${version}/projects/:project/locations/:location/publishers/google/models/:call`,
]);

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1beta/models/:call',
    summary: 'Create a video: {model}:predictLongRunning',
    limitClass: 'submit',
    bodySchema: PREDICT_BODY,
    read: (incoming) => readCall(incoming, GEMINI_METHODS),
  },
  {
    method: 'GET',
    path: '/v1beta/models/:model/operations/:id',
    summary: 'Query an operation',
    limitClass: 'read',
    bodySchema: null,
    read: readOperation,
  },
  {
    method: 'GET',
    path: '/v1beta/operations/:id',
    summary: 'Query an operation without naming its model',
    limitClass: 'read',
    bodySchema: null,
    read: readOperation,
  },
  {
    method: 'GET',
    path: '/v1beta/files/:file',
    summary: 'Download a video: {file}:download, or describe it',
    limitClass: 'read',
    bodySchema: null,
    read: readFile,
  },
  ...VERTEX_PLACES.map((path): Route => ({
    method: 'POST',
    path,
    summary: 'Create a video: {model}:predictLongRunning, or query it: {model}:fetchPredictOperation',
    limitClass: ({ params }) => (params['call']?.endsWith(':fetchPredictOperation') === true ? 'read' : 'submit'),
    bodySchema: { anyOf: [PREDICT_BODY, FETCH_BODY] },
    read: (incoming) => readCall(incoming, VERTEX_METHODS),
  })),
];

export const veo: Dialect = {
  name: 'veo',
  title: 'Google Veo',
  idPrefix: '',
  prefixes: ['/v1beta/', '/v1beta1/', '/v1/projects/', '/v1/publishers/'],
  auth: ['google-header', 'google-query'],
  routes: ROUTES,
  writeJob: (view, _command, language) => writeGeminiOperation(view, language),
  writeFailure,
};

function readCall(incoming: Incoming, methods: Readonly<Record<string, Method>>): ReadResult {
  const call = incoming.params['call'] ?? '';
  const colon = call.lastIndexOf(':');
  const method = property(methods, call.slice(colon + 1));
  // An address of Google's with a method that is not ours is a place where nothing is.
  if (colon < 1 || method === undefined) return { ok: true, command: { kind: 'get', id: '' } };
  const { project, location } = incoming.params;
  const prefix = project === undefined ? '' : `projects/${project}/locations/${location ?? ''}/`;
  return method(incoming, call.slice(0, colon), prefix);
}
