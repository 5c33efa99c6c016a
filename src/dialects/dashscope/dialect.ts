/** The DashScope dialect of Alibaba's Model Studio: video synthesis and its tasks, also under `/ali`. */

import type { Dialect, Route } from '../dialect.ts';
import { readCreate } from './read-create.ts';
import { readCancel, readList, readTask } from './read-task.ts';
import { CREATE_BODY, LIST_QUERY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeCreated, writeTask } from './write.ts';

const SYNTHESIS = '/api/v1/services/aigc/video-generation/video-synthesis';
/** Where older models take a first and a last frame. */
const FRAMES_SYNTHESIS = '/api/v1/services/aigc/image2video/video-synthesis';

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: SYNTHESIS,
    summary: 'Create a video',
    limitClass: 'submit',
    bodySchema: CREATE_BODY,
    read: readCreate,
  },
  {
    method: 'POST',
    path: FRAMES_SYNTHESIS,
    summary: 'Create a video between two pictures',
    limitClass: 'submit',
    bodySchema: CREATE_BODY,
    read: readCreate,
  },
  {
    method: 'GET',
    path: '/api/v1/tasks',
    summary: 'List tasks',
    limitClass: 'read',
    bodySchema: null,
    querySchema: LIST_QUERY,
    read: readList,
  },
  {
    method: 'GET',
    path: '/api/v1/tasks/:id',
    summary: 'Query a task',
    limitClass: 'read',
    bodySchema: null,
    read: readTask,
  },
  {
    method: 'POST',
    path: '/api/v1/tasks/:id/cancel',
    summary: 'Cancel a task',
    limitClass: 'read',
    bodySchema: {},
    bodyOptional: true,
    read: readCancel,
  },
];

export const dashscope: Dialect = {
  name: 'dashscope',
  title: 'Alibaba DashScope',
  idPrefix: '',
  prefixes: ['/api/v1/services/', '/api/v1/tasks', '/ali/'],
  routes: ['', '/ali'].flatMap((prefix) => ROUTES.map((route) => ({ ...route, path: `${prefix}${route.path}` }))),
  writeJob: (view, command, language) => (command === 'create' ? writeCreated(view) : writeTask(view, language)),
  writeFailure,
};
