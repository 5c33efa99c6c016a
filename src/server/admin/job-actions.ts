/** Admin routes by which an operator settles what the engine cannot: what became of a task, and copies that failed. */

import { Type } from 'typebox';

import type { OperatorAction } from '../../engine/task-desk.ts';
import { FailureError } from '../../model/failure.ts';
import { readJob } from '../../store/jobs.ts';
import { listLooseEnds } from '../../store/late-tasks.ts';
import type { LooseEnd } from '../../store/late-tasks.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, idIn, pageBody, pageOf, PageQuery, unknown } from './shapes.ts';

const WHAT = 'job';
const ACTOR = 'admin';

const Params = Type.Object({ id: Type.String() });
const NotCreatedBody = Exactly({
  // oxlint-disable-next-line unicorn/no-thenable -- a schema is never awaited
  then: Type.Union([Type.Literal('retry'), Type.Literal('fail')], { description: "'retry' or 'fail'" }),
});
const TaskBody = Exactly({
  task_id: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: '^[\\x21-\\x7e]+$',
    description: "the vendor's id of the task",
  }),
});

export function installJobActions(app: TypedApp, deps: ServerDependencies): void {
  const act = async (requestId: string, params: { id: string }, action: OperatorAction) => {
    const id = idIn(params, WHAT);
    if ((await readJob(deps.db, id)) === null) throw unknown(WHAT);
    const failure = await deps.engine.tasks.act(id, action, ACTOR);
    if (failure !== null) throw new FailureError(failure);
    deps.log.info({ request_id: requestId, job: id, action: action.kind }, 'an operator settled a job');
    const job = await readJob(deps.db, id);
    if (job === null) throw unknown(WHAT);
    return { id: job.id, state: job.state, attempt_count: job.attempts };
  };

  app.post('/jobs/:id/recheck', { schema: { params: Params } }, (request) =>
    act(request.id, request.params, { kind: 'recheck' }),
  );
  app.post('/jobs/:id/recollect', { schema: { params: Params } }, (request) =>
    act(request.id, request.params, { kind: 'recollect' }),
  );
  app.post('/jobs/:id/mark_not_created', { schema: { params: Params, body: NotCreatedBody } }, (request) =>
    act(request.id, request.params, { kind: 'mark_not_created', next: request.body.then }),
  );
  app.post('/jobs/:id/attach_task', { schema: { params: Params, body: TaskBody } }, (request) =>
    act(request.id, request.params, { kind: 'attach_task', taskId: request.body.task_id }),
  );

  app.get('/loose_ends', { schema: { querystring: Exactly(PageQuery) } }, async (request) => {
    const { after, limit } = pageOf(request.query);
    return pageBody((await listLooseEnds(deps.db, after, limit + 1)).map(looseEndBody), limit);
  });
}

function looseEndBody({ id, jobId, attempt }: LooseEnd) {
  return {
    id,
    job_id: jobId,
    channel_id: attempt.channelId,
    kind: attempt.lateSuccessAt === null ? 'suspected_orphan' : 'late_success',
    task_id: attempt.task?.id ?? null,
    proven: attempt.calledBackAt !== null || attempt.provenAt !== null,
    attempted_at: attempt.createdAt.toISOString(),
    noticed_at: (attempt.lateSuccessAt ?? attempt.orphanSuspectedAt)?.toISOString() ?? null,
  };
}
