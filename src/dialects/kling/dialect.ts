/** Kling's own API in both its generations: kinds of video under `/v1/videos`, and tasks whose address names the model. */

import { violation } from '../../model/violation.ts';
import type { Dialect, ReadResult, Route } from '../dialect.ts';
import { callbackMessage } from './callback.ts';
import { KINDS } from './kinds.ts';
import { readCreate } from './read-create.ts';
import { readList, readTask } from './read-query.ts';
import { readTaskCreate } from './read-task-create.ts';
import { readTaskPage, readTasks } from './read-tasks.ts';
import { PAGE_QUERY, TASK_BODY, TASKS_BODY, TASKS_QUERY } from './schema.ts';
import { TASK_KINDS } from './task-kinds.ts';
import { fullTaskOf, writeTaskCreated, writeTasks } from './write-task.ts';
import { taskOf, writeCreated, writeTask } from './write.ts';
import { writeFailure } from './write-failure.ts';

/** Gateways put `/kling` before the vendor's own addresses; both are answered. */
const BASES = ['', '/kling'] as const;
const VIDEOS = '/v1/videos';
const FACES = 'identify-face';
const TASKS = '/tasks';

const KIND_ROUTES: readonly Route[] = KINDS.flatMap((kind): readonly Route[] => {
  const path = `${VIDEOS}/${kind.path}`;
  return [
    {
      method: 'POST',
      path,
      summary: kind.summary,
      limitClass: 'submit',
      bodySchema: kind.bodySchema,
      read: (incoming) => readCreate(kind, incoming),
    },
    {
      method: 'GET',
      path,
      summary: `List tasks of ${kind.path}`,
      limitClass: 'read',
      bodySchema: null,
      querySchema: PAGE_QUERY,
      read: (incoming) => readList(kind, incoming),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Query a task',
      limitClass: 'read',
      bodySchema: null,
      read: readTask,
    },
  ];
});

const FACE_ROUTE: Route = {
  method: 'POST',
  path: `${VIDEOS}/${FACES}`,
  summary: 'Find the faces in a video (not offered)',
  limitClass: 'read',
  bodySchema: {},
  bodyOptional: true,
  read: refuseFaces,
};

const TASK_ROUTES: readonly Route[] = [
  ...TASK_KINDS.map((kind): Route => ({
    method: 'POST',
    path: `/${kind.path}/:model`,
    summary: kind.summary,
    limitClass: 'submit',
    bodySchema: TASK_BODY,
    read: (incoming) => readTaskCreate(kind, incoming),
  })),
  {
    method: 'GET',
    path: TASKS,
    summary: 'Query tasks',
    limitClass: 'read',
    bodySchema: null,
    querySchema: TASKS_QUERY,
    read: readTasks,
  },
  {
    method: 'POST',
    path: TASKS,
    summary: 'List tasks',
    limitClass: 'read',
    bodySchema: TASKS_BODY,
    bodyOptional: true,
    read: readTaskPage,
  },
];

export const kling: Dialect = {
  name: 'kling',
  title: 'Kling',
  idPrefix: '',
  prefixes: ['/kling/', ...[...KINDS.map(({ path }) => path), FACES].map((path) => `${VIDEOS}/${path}`)],
  auth: ['jwt'],
  routes: underBases([...KIND_ROUTES, FACE_ROUTE]),
  writeJob: (view, command, language) => (command === 'create' ? writeCreated(view) : writeTask(view, language)),
  writeCallback: (view, { secret }) => callbackMessage(view.job.id, taskOf(view, 'en'), secret),
  writeFailure,
};

export const klingTasks: Dialect = {
  name: 'kling-tasks',
  title: 'Kling tasks',
  idPrefix: '',
  prefixes: [...TASK_KINDS.map(({ path }) => `/${path}/`), TASKS],
  auth: ['jwt'],
  routes: underBases(TASK_ROUTES),
  writeJob: (view, command, language) =>
    command === 'create' ? writeTaskCreated(view, language) : writeTasks({ views: [view] }, language),
  writeCallback: (view, { secret }) => callbackMessage(view.job.id, fullTaskOf(view, 'en'), secret),
  writeFailure,
};

function underBases(routes: readonly Route[]): readonly Route[] {
  return BASES.flatMap((base) => routes.map((route) => ({ ...route, path: `${base}${route.path}` })));
}

/** There are no sessions here for what would be found: the video itself is sent along. */
function refuseFaces(): ReadResult {
  const because = {
    en: 'no faces are looked for here; send video_id or video_url to advanced-lip-sync, or use lip-sync',
    zh: '本服务不做人脸识别;请在 advanced-lip-sync 中直接提供 video_id 或 video_url,或使用 lip-sync',
  };
  return { ok: false, violations: [violation('not_supported', FACES, null, null, because)] };
}
