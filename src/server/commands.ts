/** What a dialect's commands do: through the engine where a job changes, from the job's row where one only looks. */

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

import type { Command, IdKind, JobWriter, ModelCard } from '../dialects/dialect.ts';
import { FailureError } from '../model/failure.ts';
import { parseJobId } from '../model/id.ts';
import { isTerminal, JOB_STATES } from '../model/job.ts';
import type { JobHistory, JobView } from '../model/job.ts';
import { violation } from '../model/violation.ts';
import type { Language } from '../model/violation.ts';
import { readAccount } from '../store/accounts.ts';
import type { ApiKey } from '../store/accounts.ts';
import { listAttempts } from '../store/attempts.ts';
import { listEvents } from '../store/events.ts';
import { countJobs, deleteJob, listJobs, readJob, readJobByExternalId } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { READ_BOUNDS } from './bounds.ts';
import { contentOf, outputOf } from './content.ts';
import { failed, invalid } from './fail.ts';
import { inherit } from './inherit.ts';
import { notesHeader } from './notes-header.ts';
import { passOnVideo } from './pass-on-video.ts';
import { sendReply } from './reply.ts';
import { sendFile } from './send-file.ts';
import { shownEvent } from './shown-events.ts';
import type { Asked, CommandContext } from './command-context.ts';
import { hopsOf } from './suspicion.ts';
import { EVENT_STREAM_HEADERS, sendEvents, STILL_HERE } from './sse.ts';
import { goneSignal, preferredWait, untilEnded, wantsVideo } from './video-wait.ts';
import { steadyPollAfter, viewOf } from './views.ts';

const SEE_OTHER = 303;
const SECOND_MS = 1000;

export function runCommand(context: CommandContext, asked: Asked, command: Command): Promise<FastifyReply> {
  switch (command.kind) {
    case 'create':
      return create(context, asked, command);
    case 'estimate':
      return estimate(context, asked, command);
    case 'get':
      return get(context, asked, command);
    case 'list':
      return list(context, asked, command);
    case 'batch':
      return batch(context, asked, command);
    case 'events':
      return events(context, asked, command);
    case 'cancel':
      return cancel(context, asked, command);
    case 'delete':
      return remove(context, asked, command);
    case 'content':
      return content(context, asked, command);
    case 'address':
      return address(context, asked, command);
    case 'models':
      return models(context, asked, command);
    case 'model':
      return model(context, asked, command);
    case 'balance':
      return balance(context, asked, command);
  }
}

type Of<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

async function create(context: CommandContext, asked: Asked, command: Of<'create'>): Promise<FastifyReply> {
  const { from, write } = command;
  const { key, dialect, request, reply } = asked;
  const startedMs = performance.now();
  const catalogue = context.deps.catalogue.now();
  const read =
    from === undefined ? command.read : inherit(command.read, (await ownJob(context, key, from)).spec, catalogue);
  const outcome = await context.create({ key, dialect: dialect.name, read, hops: hopsOf(request) }, request.headers);
  if (outcome.replayed === true) reply.header('idempotent-replayed', 'true');
  if (!outcome.ok) throw new FailureError(outcome.failure);
  const { job } = outcome;
  if (outcome.replayed === true && (await context.readJob(job.id)) === null) {
    throw videoGone();
  }
  if (wantsVideo(request.headers.accept)) return answerVideo(context, asked, job);
  if (command.untilEnded !== undefined) return sendEnd(context, asked, job, command.untilEnded);
  return answerJob(context, asked, await asPreferred(context, asked, job, startedMs), 'create', { write });
}

/** Sends something now and then, so that nobody in between takes the connection for dead. */
function sendEnd(
  context: CommandContext,
  asked: Asked,
  created: JobRecord,
  write: (view: JobView, language: Language) => string,
): FastifyReply {
  async function* stream(): AsyncGenerator<string> {
    const endMs = performance.now() + READ_BOUNDS.videoWaitMs;
    let job = created;
    for (
      let leftMs = READ_BOUNDS.videoWaitMs;
      leftMs > 0 && !isTerminal(job.state);
      leftMs = endMs - performance.now()
    ) {
      yield STILL_HERE;
      job = await waitFor(context, asked, job, Math.min(leftMs, context.streams.heartbeatMs));
    }
    yield write(view(context, job), asked.language);
  }
  asked.reply.headers(EVENT_STREAM_HEADERS);
  return asked.reply.send(Readable.from(stream()));
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
  else if (job.state === 'succeeded') throw videoGone();
  else if (isTerminal(job.state))
    throw new FailureError(job.failure ?? { kind: 'generation_failed', message: 'The video could not be made.' });
  return answerJob(context, asked, job, 'create', url === null ? {} : { status: SEE_OTHER });
}

async function get(context: CommandContext, asked: Asked, command: Of<'get'>): Promise<FastifyReply> {
  const { id, by, write, writeMissing, withHistory } = command;
  const startedMs = performance.now();
  const job = await findOwnJob(context, asked.key, id, by);
  if (job === null && writeMissing !== undefined) return sendReply(asked.reply, writeMissing());
  if (job === null) throw notFound();
  const latest = await asPreferred(context, asked, job, startedMs);
  const history = withHistory === true ? await historyOf(context, latest) : undefined;
  return answerJob(context, asked, latest, 'get', { write, history });
}

async function events(context: CommandContext, asked: Asked, { id, write }: Of<'events'>): Promise<FastifyReply> {
  return sendEvents(context, asked, id === null ? null : await ownJob(context, asked.key, id), write);
}

/** In the order asked, each job once; what is not the account's is only named. */
async function batch(context: CommandContext, asked: Asked, command: Of<'batch'>): Promise<FastifyReply> {
  const { ids, by, write } = command;
  const jobs = await Promise.all(ids.map((id) => findOwnJob(context, asked.key, id, by)));
  const found = new Map(jobs.flatMap((job) => (job === null ? [] : [[job.id, job]])));
  const missing = ids.filter((_, at) => jobs[at] === null);
  const views = Array.from(found.values(), (job) => view(context, job));
  return sendReply(asked.reply, write({ views, hasMore: false, missing }, asked.language));
}

/** What was done for a job and happened to it, without whom we asked. */
async function historyOf({ deps }: CommandContext, job: JobRecord): Promise<JobHistory> {
  const [attempts, events] = await Promise.all([listAttempts(deps.db, job.id), listEvents(deps.db, job.id)]);
  return {
    attempts: attempts.map(({ number, state, failure, createdAt, answeredAt }) => ({
      number,
      state,
      failure: failure?.kind ?? null,
      createdAt,
      answeredAt,
    })),
    events: events.flatMap(({ type, createdAt }) => {
      const shown = shownEvent(type, job.state);
      return shown === null ? [] : [{ ...shown, at: createdAt }];
    }),
  };
}

/** `write` and `status`, where given, are used instead of the dialect's. */
type Shown = {
  readonly write?: JobWriter | undefined;
  readonly status?: number;
  readonly history?: JobHistory | undefined;
};

function answerJob(
  context: CommandContext,
  asked: Asked,
  job: JobRecord,
  command: 'create' | 'get',
  { write, status, history }: Shown = {},
): FastifyReply {
  const notes = notesHeader(job.notes, asked.language);
  if (notes !== null) asked.reply.header('x-reelgate-notes', notes);
  const polled = polledView(context, asked, job);
  const shown = history === undefined ? polled : { ...polled, history };
  const answer =
    write === undefined ? asked.dialect.writeJob(shown, command, asked.language) : write(shown, asked.language);
  return sendReply(asked.reply, { ...answer, status: status ?? answer.status });
}

async function list(context: CommandContext, asked: Asked, { query, write }: Of<'list'>): Promise<FastifyReply> {
  const { key, language, reply } = asked;
  const { db } = context.deps;
  const after = query.after === null ? null : await ownCursor(context, key, query.after);
  const owned = { accountId: key.accountId, mode: key.mode, ...query.filter };
  const { skip = 0, limit, order } = query;
  const [jobs, total] = await Promise.all([
    listJobs(db, { ...owned, after, skip, limit: limit + 1, order }),
    query.counted === true ? countJobs(db, owned, READ_BOUNDS.countedJobs) : null,
  ]);
  const views = jobs.slice(0, limit).map((job) => view(context, job));
  const page = { views, hasMore: jobs.length > limit, ...(total === null ? {} : { total }) };
  return sendReply(reply, write(page, language));
}

async function cancel(context: CommandContext, asked: Asked, command: Of<'cancel'>): Promise<FastifyReply> {
  const job = await ownJob(context, asked.key, command.id);
  if (isTerminal(job.state)) {
    if (command.ended === 'refuse') throw failed('conflict', 'The job has ended already and cannot be cancelled.');
    return answerJob(context, asked, job, 'get', { write: command.write });
  }
  const failure = await context.deps.engine.cancel(job.id);
  if (failure !== null) throw new FailureError(failure);
  return answerJob(context, asked, await ownJob(context, asked.key, command.id), 'get', { write: command.write });
}

async function estimate(context: CommandContext, asked: Asked, command: Of<'estimate'>): Promise<FastifyReply> {
  const { key, language, reply } = asked;
  const run = await context.deps.engine.routing.dryRun({ mode: key.mode, models: key.models, read: command.read });
  if (!run.ok) throw new FailureError(run.failure);
  const { spec, notes, quoteMicros: amountMicros, price } = run;
  const holdMicros = key.mode === 'live' ? (amountMicros ?? 0n) : 0n;
  return sendReply(reply, command.write({ spec, notes, amountMicros, price, holdMicros }, language));
}

/** A job still being made is cancelled first; whatever stands against that is the answer. */
async function remove(context: CommandContext, asked: Asked, command: Of<'delete'>): Promise<FastifyReply> {
  const { deps } = context;
  const { id: publicId, steps, write } = command;
  for (let tries = 0; tries < READ_BOUNDS.deleteTries; tries += 1) {
    const job = await ownJob(context, asked.key, publicId);
    const step = steps?.[job.state] ?? 'delete';
    if (step === 'refuse') throw failed('conflict', `The job is ${job.state}: in this state it cannot be deleted.`);
    if (!isTerminal(job.state)) {
      const failure = await deps.engine.cancel(job.id);
      if (failure !== null) throw new FailureError(failure);
    }
    if (step === 'cancel') return sendReply(asked.reply, write(job.id));
    const current = isTerminal(job.state) ? job : await ownJob(context, asked.key, publicId);
    if (isTerminal(current.state) && (await deleteJob(deps.db, current.id, current.version))) {
      return sendReply(asked.reply, write(current.id));
    }
  }
  throw failed('conflict', 'The job is changing at the moment. Try again shortly.', READ_BOUNDS.unavailableRetryMs);
}

async function content(context: CommandContext, asked: Asked, { id, variant }: Of<'content'>): Promise<FastifyReply> {
  const { deps } = context;
  const { dialect, request, reply } = asked;
  const job = await jobWithFiles(context, asked.key, id);
  const name = `${dialect.idPrefix}${job.id}${variant === 'video' ? '' : `_${variant}`}`;
  const passedOn =
    variant === 'video' && job.state === 'collecting' ? await deps.engine.tasks.videos.open(job.id) : null;
  if (passedOn !== null) return passOnVideo(request, reply, passedOn, name);
  const asset = await contentOf(deps, job, variant, context.nowMs());
  return sendFile(request, reply, deps.storage, asset, name);
}

async function address(context: CommandContext, asked: Asked, command: Of<'address'>): Promise<FastifyReply> {
  const { id, variant, write } = command;
  const job = await jobWithFiles(context, asked.key, id);
  outputOf(context.deps, job, variant, context.nowMs());
  const seen = view(context, job);
  const url = seen.links[variant];
  if (url === null) throw new Error('a finished job has a file but no link to it');
  return sendReply(asked.reply, write(seen, variant, url));
}

/** The models that the key may use, as far as there is a channel that serves them. */
async function models(context: CommandContext, asked: Asked, { write }: Of<'models'>): Promise<FastifyReply> {
  return sendReply(asked.reply, write(await modelCards(context, asked.key)));
}

async function model(context: CommandContext, asked: Asked, { name, write }: Of<'model'>): Promise<FastifyReply> {
  const row = context.deps.catalogue.now().find(name)?.row;
  const card = (await modelCards(context, asked.key)).find((one) => one.row.id === row?.id);
  if (card === undefined) throw failed('not_found', 'No model of this name exists.');
  return sendReply(asked.reply, write(card));
}

async function modelCards(context: CommandContext, key: ApiKey): Promise<readonly ModelCard[]> {
  const { engine, catalogue } = context.deps;
  const served = await engine.routing.servedModels(key.mode);
  const { rows, find } = catalogue.now();
  const permitted = key.models?.map((name) => find(name)?.row.id ?? name);
  return rows
    .filter((row) => permitted === undefined || permitted.includes(row.id))
    .map((row) => ({ row, isServed: served.has(row.id) }));
}

async function balance(context: CommandContext, asked: Asked, { write }: Of<'balance'>): Promise<FastifyReply> {
  const { accountId, mode } = asked.key;
  const { db } = context.deps;
  const account = await readAccount(db, accountId);
  if (account === null) throw failed('not_found', 'The account of this key is not there.');
  const states = JOB_STATES.filter((state) => !isTerminal(state));
  const openJobs = await countJobs(db, { accountId, mode, states }, READ_BOUNDS.countedJobs);
  const { availableMicros, heldMicros } = account;
  return sendReply(asked.reply, write({ availableMicros, heldMicros, openJobs }));
}

/** The same answer for a job that is someone else's, of the other mode, deleted, unknown, or no id at all. */
async function ownJob(context: CommandContext, key: ApiKey, publicId: string, by?: IdKind): Promise<JobRecord> {
  const job = await findOwnJob(context, key, publicId, by);
  if (job === null) throw notFound();
  return job;
}

/** Of a deleted job, its owner learns that there were files. */
async function jobWithFiles(context: CommandContext, key: ApiKey, publicId: string): Promise<JobRecord> {
  const job = await findOwnJob(context, key, publicId);
  if (job !== null) return job;
  const id = parseJobId(publicId);
  const deleted = id === null ? null : await readJob(context.deps.db, id);
  throw deleted !== null && isOwn(key, deleted) ? failed('gone', 'This video was deleted.') : notFound();
}

async function findOwnJob(
  context: CommandContext,
  key: ApiKey,
  publicId: string,
  by: IdKind = 'own',
): Promise<JobRecord | null> {
  const id = by === 'external' ? null : parseJobId(publicId);
  const job = id === null ? null : await context.readJob(id);
  if (job !== null && isOwn(key, job)) return job;
  return by === 'own' ? null : readJobByExternalId(context.deps.db, key, publicId);
}

function videoGone(): FailureError {
  return failed('gone', 'The video that this request made was deleted.');
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
  const pollAfterMs = isSteady ? steadyPollAfter(context.deps.catalogue.now(), job) : seen.pollAfterMs;
  if (pollAfterMs !== null) asked.reply.header('retry-after', String(Math.ceil(pollAfterMs / SECOND_MS)));
  return { ...seen, pollAfterMs };
}

function view(context: CommandContext, job: JobRecord): JobView {
  return viewOf(context.deps, job, context.nowMs());
}
