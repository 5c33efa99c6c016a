/** The Ark dialect of Volcengine (Doubao) and BytePlus ModelArk: tasks that make contents, also under `/doubao`. */

import type { Dialect, Route } from '../dialect.ts';
import { readCreate } from './read-create.ts';
import { readDelete, readGet, readList } from './read-query.ts';
import { CREATE_BODY, LIST_QUERY } from './schema.ts';
import { writeFailure } from './write-failure.ts';
import { writeCallback, writeCreated, writeTask } from './write.ts';

const TASKS = '/api/v3/contents/generations/tasks';

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: TASKS,
    summary: 'Create a task',
    limitClass: 'submit',
    bodySchema: CREATE_BODY,
    read: readCreate,
  },
  {
    method: 'GET',
    path: TASKS,
    summary: 'List tasks',
    limitClass: 'read',
    bodySchema: null,
    querySchema: LIST_QUERY,
    read: readList,
  },
  { method: 'GET', path: `${TASKS}/:id`, summary: 'Query a task', limitClass: 'read', bodySchema: null, read: readGet },
  {
    method: 'DELETE',
    path: `${TASKS}/:id`,
    summary: 'Cancel a task that waits, or delete the record of one that has ended',
    limitClass: 'read',
    bodySchema: null,
    read: readDelete,
  },
];

export const ark: Dialect = {
  name: 'ark',
  title: 'Volcengine Ark',
  idPrefix: '',
  prefixes: ['/api/v3/', '/doubao/'],
  routes: ['', '/doubao'].flatMap((prefix) => ROUTES.map((route) => ({ ...route, path: `${prefix}${route.path}` }))),
  writeJob: (view, command, language) => (command === 'create' ? writeCreated(view) : writeTask(view, language)),
  writeCallback,
  writeFailure,
};
