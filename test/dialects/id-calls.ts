/** Every call of every dialect that names a job, made from the route tables: a new route with an id in its path is among them. */

import { DIALECTS } from '../../src/dialects/index.ts';
import type { Dialect, Route } from '../../src/dialects/dialect.ts';
import type { JsonObject } from '../../src/model/json.ts';

export type Ask = { readonly method: string; readonly path: string; readonly body?: JsonObject };

export type IdCall = {
  readonly dialect: string;
  readonly what: string;
  /** Whether the job is named by its id or by the name that its client gave it. */
  readonly by: 'id' | 'external id';
  ask(id: string): Ask;
};

/** How the calls of the routes whose path fits name a job, besides by an `:id` in it. The first row that fits counts. */
type Row = {
  readonly path: RegExp;
  readonly method?: Route['method'];
  readonly bodies: readonly ((id: string) => JsonObject)[];
};

const WORDS = { prompt: 'a paper boat' };
const video = (id: string): JsonObject => ({ video: { id }, ...WORDS });
const creation = (id: string): JsonObject => ({ video_creation_id: id, ...WORDS });
const input = (id: string): JsonObject => ({
  model: 'Kling-3.0-Omni',
  scene: 'edit',
  inputs: [{ role: 'source_video', video_id: id }],
  ...WORDS,
});
const SPOKEN = { mode: 'text2video', text: 'hello', voice_id: 'genshin_vindi2', voice_language: 'en', voice_speed: 1 };
const FACE = { face_id: '0', sound_file: 'https://example.com/a.mp3' };

const ROWS: readonly Row[] = [
  { path: /\/videos\/edits$/, bodies: [video] },
  { path: /\/videos\/extensions$/, bodies: [(id) => ({ ...video(id), seconds: '5' })] },
  { path: /\/:id\/remix$/, bodies: [() => WORDS] },
  { path: /^\/api\/v1\/videos$/, method: 'POST', bodies: [input] },
  { path: /\/ent\/v2\/lip-sync$/, bodies: [(id) => ({ ...creation(id), text: 'hello' })] },
  { path: /\/ent\/v2\/extend$/, bodies: [(id) => ({ ...creation(id), model: 'viduq2-pro' })] },
  { path: /\/ent\/v2\/upscale-new$/, bodies: [creation] },
  { path: /\/v1\/videos\/video-extend$/, method: 'POST', bodies: [(id) => ({ video_id: id })] },
  { path: /\/v1\/videos\/lip-sync$/, method: 'POST', bodies: [(id) => ({ input: { ...SPOKEN, video_id: id } })] },
  {
    path: /\/v1\/videos\/advanced-lip-sync$/,
    method: 'POST',
    bodies: [(id) => ({ session_id: id, video_id: id, face_choose: [FACE] })],
  },
  { path: /\/video-model\/status$/, bodies: [(id) => ({ operation: { id } })] },
  {
    path: /\/publishers\/google\/models\/:call$/,
    bodies: [(id) => ({ operationName: `models/veo-3.1-generate-001/operations/${id}` })],
  },
  { path: /^\/(?:jimeng\/?)?$/, bodies: [(id) => ({ req_key: 'jimeng_t2v_v30', task_id: id })] },
];

/** Names in a query or a body that mean a job of ours. */
const QUERY_IDS = ['id', 'ids', 'task_id', 'task_ids', 'file_id', 'filter.task_ids', 'external_task_ids'];
const BODY_IDS = ['id', 'task_id', 'video_id', 'video_creation_id', 'operationName', 'operation'];
/** Names that mean something else, or jobs only in an answer. */
const OTHER_IDS = [
  'safety_identifier',
  'template_id',
  'client_request_id',
  'voice_id',
  'character_id',
  'external_id',
  'external_task_id',
  'element_id',
  'session_id',
  'face_id',
  'audio_id',
  'subject_id',
  'effect_id',
];

/** Names in the schemas that look like ids and are in none of the lists above; none, unless someone forgot. */
export function unknownIdNames(): readonly string[] {
  const known = new Set([...QUERY_IDS, ...BODY_IDS, ...OTHER_IDS]);
  const names = DIALECTS.flatMap(({ routes }) =>
    routes.flatMap((route) => [...namesIn(route.bodySchema), ...namesIn(route.querySchema ?? null)]),
  );
  return [...new Set(names)].filter(
    (name) => /(?:^|[_.])ids?$|identifier$|Ids?$|^operation/.test(name) && !known.has(name),
  );
}

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : []),
    ...namesIn(value),
  ]);
}

/** Addresses in which `:id` is not that of a job. */
const OTHERS = /\/(?:models|characters)\/:(?:id|name)$/;

export function idCalls(): readonly IdCall[] {
  return DIALECTS.flatMap((dialect) => dialect.routes.flatMap((route) => callsOf(dialect, route)));
}

function callsOf(dialect: Dialect, route: Route): IdCall[] {
  if (OTHERS.test(route.path)) return [];
  const call = (what: string, ask: IdCall['ask'], by: IdCall['by'] = 'id'): IdCall => ({
    dialect: dialect.name,
    what: `${route.method} ${route.path}${what}`,
    by,
    ask,
  });
  const { method } = route;
  const row = ROWS.find((one) => one.path.test(route.path) && (one.method ?? method) === method);
  if (row !== undefined) {
    return row.bodies.map((body) => call('', (id) => ({ method, path: pathOf(route, id), body: body(id) })));
  }
  if (route.path.endsWith(':file')) {
    const file = (id: string): string => id.replaceAll('-', '');
    return ['', ':download'].map((end) => call(end, (id) => ({ method, path: pathOf(route, file(id)) + end })));
  }
  const withBody = method === 'POST' ? { body: {} } : {};
  if (route.path.includes(':id')) return [call('', (id) => ({ method, path: pathOf(route, id), ...withBody }))];
  return queryNames(route).map((name) => {
    const ask = (id: string): Ask => ({ method, path: `${pathOf(route, id)}?${name}=${encodeURIComponent(id)}` });
    return call(`?${name}=`, ask, name.startsWith('external') ? 'external id' : 'id');
  });
}

function queryNames(route: Route): readonly string[] {
  return namesIn(route.querySchema ?? null).filter((name) => QUERY_IDS.includes(name));
}

const STEPS: Readonly<Record<string, string>> = {
  model: 'veo-3.1-generate-001',
  call: 'veo-3.1-generate-001:fetchPredictOperation',
  project: 'mine',
  location: 'us-central1',
};
const ACTION = '?Version=2022-08-31&Action=CVSync2AsyncGetResult';

function pathOf(route: Route, id: string): string {
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => STEPS[name] ?? encodeURIComponent(id));
  return /^\/(?:jimeng\/?)?$/.test(route.path) ? path + ACTION : path;
}
