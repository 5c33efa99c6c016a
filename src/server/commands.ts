/** What a dialect's commands do: through the engine where a job changes, from the job's row where one only looks. */

import type { FastifyReply } from 'fastify';

import type { Command, ListQuery } from '../dialects/dialect.ts';
import { FailureError } from '../model/failure.ts';
import { parseJobId } from '../model/id.ts';
import { isTerminal } from '../model/job.ts';
import type { AssetVariant, JobView } from '../model/job.ts';
import type { ReadRequest } from '../model/request.ts';
import { violation } from '../model/violation.ts';
import type { ApiKey } from '../store/accounts.ts';
import { deleteJob, listJobs, readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { READ_BOUNDS } from './bounds.ts';
import { contentOf, outputOf } from './content.ts';
import { failed, invalid } from './fail.ts';
import { notesHeader } from './notes-header.ts';
import { passOnVideo } from './pass-on-video.ts';
import { sendReply } from './reply.ts';
import { sendFile } from './send-file.ts';
import type { Asked, CommandContext } from './command-context.ts';
import { sendEvents } from './sse.ts';
import { goneSignal, preferredWait, untilEnded, wantsVideo } from './video-wait.ts';
import { steadyPollAfter, viewOf } from './views.ts';

const SEE_OTHER = 303;
const SECOND_MS = 1000;

export function runCommand(context: CommandContext, asked: Asked, command: Command): Promise<FastifyReply> {
  switch (command.kind) {
    case 'create':
      return create(context, asked, command.read);
    case 'get':
      return get(context, asked, command.id);
    case 'list':
      return list(context, asked, command.query);
    case 'batch':
      return batch(context, asked, command.ids);
    case 'events':
      return events(context, asked, command.id);
    case 'delete':
      return remove(context, asked, command.id);
    case 'content':
      return content(context, asked, command.id, command.variant, command.as);
  }
}

async function create(context: CommandContext, asked: Asked, read: ReadRequest): Promise<FastifyReply> {
  const { key, dialect, request, reply } = asked;
  const startedMs = performance.now();
  const outcome = await context.create({ key, dialect: dialect.name, read }, request.headers);
  if (outcome.replayed === true) reply.header('idempotent-replayed', 'true');
  if (!outcome.ok) throw new FailureError(outcome.failure);
  const { job } = outcome;
  if (outcome.replayed === true && (await context.readJob(job.id)) === null) {
    throw failed('gone', 'The video that this request made was deleted.');
  }
  if (wantsVideo(request.headers.accept)) return answerVideo(context, asked, job);
  return answerJob(context, asked, await asPreferred(context, asked, job, startedMs), 'create');
}

/** The job once it has ended, or when the time that the client wants to wait at most has passed. */
async function asPreferred(
  context: CommandContext,
  asked: Asked,
  job: JobRecord,
  startedMs: number,
): Promise<JobRecord> {
  const seconds = preferredWait(asked.request.headers['prefer']);
  if (seconds === null) return job;
  asked.reply.header('preference-applied', `wait=${seconds}`);
  return waitFor(context, asked, job, seconds * SECOND_MS - (performance.now() - startedMs));
}

async function waitFor(context: CommandContext, asked: Asked, job: JobRecord, ms: number): Promise<JobRecord> {
  const signal = AbortSignal.any([goneSignal(asked.reply), context.closing]);
  const latest = await untilEnded(context.deps.events, context.readJob, job, ms, signal);
  if (latest === null) throw notFound();
  return latest;
}

/** Leads to the finished video; a job that takes too long is answered as it is. */
async function answerVideo(context: CommandContext, asked: Asked, created: JobRecord): Promise<FastifyReply> {
  const job = await waitFor(context, asked, created, READ_BOUNDS.videoWaitMs);
  const url = view(context, job).links.video;
  if (url !== null) asked.reply.header('location', url);
  else if (isTerminal(job.state))
    throw new FailureError(job.failure ?? { kind: 'generation_failed', message: 'The video could not be made.' });
  return answerJob(context, asked, job, 'create', url === null ? undefined : SEE_OTHER);
}

async function get(context: CommandContext, asked: Asked, publicId: string): Promise<FastifyReply> {
  const startedMs = performance.now();
  const job = await ownJob(context, asked.key, publicId);
  return answerJob(context, asked, await asPreferred(context, asked, job, startedMs), 'get');
}

async function events(context: CommandContext, asked: Asked, publicId: string | null): Promise<FastifyReply> {
  return sendEvents(context, asked, publicId === null ? null : await ownJob(context, asked.key, publicId));
}

/** In the order asked, each job once; what is not the account's is only named. */
async function batch(context: CommandContext, asked: Asked, publicIds: readonly string[]): Promise<FastifyReply> {
  const jobs = await Promise.all(publicIds.map((publicId) => findOwnJob(context, asked.key, publicId)));
  const found = new Map(jobs.flatMap((job) => (job === null ? [] : [[job.id, job]])));
  const missing = publicIds.filter((_, at) => jobs[at] === null);
  const views = Array.from(found.values(), (job) => view(context, job));
  return sendReply(asked.reply, asked.dialect.writeList({ views, hasMore: false, missing }, asked.language));
}

/** `status`, where given, is used instead of the dialect's. */
function answerJob(
  context: CommandContext,
  asked: Asked,
  job: JobRecord,
  command: 'create' | 'get',
  status?: number,
): FastifyReply {
  const notes = notesHeader(job.notes, asked.language);
  if (notes !== null) asked.reply.header('x-reelgate-notes', notes);
  const answer = asked.dialect.writeJob(polledView(context, asked, job), command, asked.language);
  return sendReply(asked.reply, { ...answer, status: status ?? answer.status });
}

async function list(context: CommandContext, asked: Asked, query: ListQuery): Promise<FastifyReply> {
  const { key, dialect, language, reply } = asked;
  const after = query.after === null ? null : await ownCursor(context, key, query.after);
  const { accountId, mode } = key;
  const jobs = await listJobs(context.deps.db, { accountId, mode, after, limit: query.limit + 1, order: query.order });
  const views = jobs.slice(0, query.limit).map((job) => view(context, job));
  return sendReply(reply, dialect.writeList({ views, hasMore: jobs.length > query.limit }, language));
}

/** A job still being made is cancelled first; whatever stands against that is the answer. */
async function remove(context: CommandContext, asked: Asked, publicId: string): Promise<FastifyReply> {
  const { deps } = context;
  for (let tries = 0; tries < READ_BOUNDS.deleteTries; tries += 1) {
    const job = await ownJob(context, asked.key, publicId);
    if (!isTerminal(job.state)) {
      const failure = await deps.engine.cancel(job.id);
      if (failure !== null) throw new FailureError(failure);
    }
    const current = isTerminal(job.state) ? job : await ownJob(context, asked.key, publicId);
    if (isTerminal(current.state) && (await deleteJob(deps.db, current.id, current.version))) {
      return sendReply(asked.reply, asked.dialect.writeDeleted(current.id));
    }
  }
  throw failed('conflict', 'The job is changing at the moment. Try again shortly.', READ_BOUNDS.unavailableRetryMs);
}

async function content(
  context: CommandContext,
  asked: Asked,
  publicId: string,
  variant: AssetVariant,
  as: 'bytes' | 'address',
): Promise<FastifyReply> {
  const { deps } = context;
  const { dialect, request, reply } = asked;
  const job = await ownJob(context, asked.key, publicId);
  if (as === 'address') {
    outputOf(job, variant, context.nowMs());
    const seen = view(context, job);
    const url = seen.links[variant];
    if (url === null) throw new Error('a finished job has a file but no link to it');
    return sendReply(reply, dialect.writeAddress(seen, variant, url));
  }
  const name = `${dialect.idPrefix}${job.id}${variant === 'video' ? '' : `_${variant}`}`;
  const passedOn =
    variant === 'video' && job.state === 'collecting' ? await deps.engine.tasks.videos.open(job.id) : null;
  if (passedOn !== null) return passOnVideo(request, reply, passedOn, name);
  const asset = await contentOf(deps.db, job, variant, context.nowMs());
  return sendFile(request, reply, deps.storage, asset, name);
}

/** The same answer for a job that is someone else's, of the other mode, deleted, unknown, or no id at all. */
async function ownJob(context: CommandContext, key: ApiKey, publicId: string): Promise<JobRecord> {
  const job = await findOwnJob(context, key, publicId);
  if (job === null) throw notFound();
  return job;
}

async function findOwnJob(context: CommandContext, key: ApiKey, publicId: string): Promise<JobRecord | null> {
  const id = parseJobId(publicId);
  const job = id === null ? null : await context.readJob(id);
  return job === null || !isOwn(key, job) ? null : job;
}

function notFound(): FailureError {
  return failed('not_found', 'No video with this id exists.');
}

/** Also a deleted job marks a place in the list: clients delete what they page through. */
async function ownCursor(context: CommandContext, key: ApiKey, publicId: string): Promise<string> {
  const id = parseJobId(publicId);
  const job = id === null ? null : await readJob(context.deps.db, id);
  if (job !== null && isOwn(key, job)) return job.id;
  const subject = { en: 'it is not the id of one of your videos', zh: '它不是您的视频 ID' };
  throw invalid([violation('not_supported', 'after', publicId, null, subject)]);
}

function isOwn(key: ApiKey, job: JobRecord): boolean {
  return job.accountId === key.accountId && job.mode === key.mode;
}

/** Tells when to ask again; a client whose library keeps to the first hint gets one it can keep. */
function polledView(context: CommandContext, asked: Asked, job: JobRecord): JobView {
  const seen = view(context, job);
  if (seen.pollAfterMs === null) return seen;
  const isSteady = asked.request.headers['x-stainless-poll-helper'] !== undefined;
  const pollAfterMs = isSteady ? steadyPollAfter(job) : seen.pollAfterMs;
  if (pollAfterMs !== null) asked.reply.header('retry-after', String(Math.ceil(pollAfterMs / SECOND_MS)));
  return { ...seen, pollAfterMs };
}

function view(context: CommandContext, job: JobRecord): JobView {
  return viewOf(context.deps, job, context.nowMs());
}
