/** Streams of events (SSE): what happens to one job, or to all jobs of an account, as it happens and without gaps. */

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

import type { EventView, EventWriter } from '../dialects/dialect.ts';
import { Alarm } from '../engine/alarm.ts';
import type { Watched } from '../engine/event-follower.ts';
import { EVENT_TYPES, isTerminal } from '../model/job.ts';
import type { EventType, JobState } from '../model/job.ts';
import { violation } from '../model/violation.ts';
import type { Secrets } from '../secrets.ts';
import { readAccountEvents, readFeedEnd, readJobEvents } from '../store/event-feed.ts';
import type { EventCursor, FeedEvent } from '../store/event-feed.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Asked, CommandContext } from './command-context.ts';
import { failed, invalid } from './fail.ts';
import { shownEvent } from './shown-events.ts';
import { goneSignal } from './video-wait.ts';
import { viewOf } from './views.ts';

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;
const NO_CONTENT = 204;
/** A comment, which clients pass over. */
export const STILL_HERE = ': still here\n\n';
const CURSOR = /^(\d{1,20})\.(\d{1,19})$/;

/** What one look brought: text to send, and whether to look again at once, after a rest, or never. */
type Look = { readonly frames: readonly string[]; readonly next: 'more' | 'rest' | 'end' };
type Looker = { readonly look: () => Promise<Look>; readonly restMs: number };

/** `job` null: all jobs of the key's account and mode. Resumes after `Last-Event-ID`. */
export async function sendEvents(
  context: CommandContext,
  asked: Asked,
  job: JobRecord | null,
  write: EventWriter,
): Promise<FastifyReply> {
  const { request, reply, key } = asked;
  const after = lastSeen(context.deps.secrets, asked, job);
  // An EventSource connects again after the end too, unless it is told that there is nothing more.
  if (job !== null && after !== null && (await isOver(context, job, after))) return reply.code(NO_CONTENT).send();
  reply.headers(EVENT_STREAM_HEADERS);
  if (request.method === 'HEAD') return reply.send();
  const alarm = new Alarm();
  const watched = job === null ? { accountId: key.accountId } : { jobId: job.id };
  const release = await admit(context, asked, watched, () => alarm.ring());
  const gone = goneSignal(reply);
  if (gone.aborted) release();
  else gone.addEventListener('abort', release, { once: true });
  const looker =
    job === null
      ? await accountLooker(context, asked, after, framer(asked, write))
      : jobLooker(context, asked, job, after, framer(asked, write));
  const signal = AbortSignal.any([gone, context.closing]);
  signal.addEventListener('abort', () => alarm.ring(), { once: true });
  reply.raw.setTimeout(context.streams.stalledMs, () => reply.raw.destroy());
  return reply.send(Readable.from(stream(context, asked, looker, alarm, signal)));
}

/** Answers how to free what the stream takes up. Throws where there is no room. */
async function admit(context: CommandContext, asked: Asked, watched: Watched, ring: () => void): Promise<() => void> {
  const slot = context.slots.take(asked.key.id);
  if (slot === null) {
    const message = `This API key has ${context.streams.perKey} event streams open, which is the most. Close one first.`;
    throw failed('limit_exceeded', message, context.streams.busyRetryMs);
  }
  const unwatch = await context.deps.events.watch(watched, ring).catch((error: unknown) => {
    slot();
    throw error;
  });
  if (unwatch === null) {
    slot();
    throw failed('unavailable', 'Too many clients wait for events at the moment.', context.streams.busyRetryMs);
  }
  return () => {
    unwatch();
    slot();
  };
}

/** The next piece is only made once the connection has taken the last one, so that a slow reader costs no memory. */
async function* stream(
  context: CommandContext,
  asked: Asked,
  looker: Looker,
  alarm: Alarm,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield `retry: ${context.streams.reconnectMs}\n\n`;
  const endMs = performance.now() + context.streams.lifeMs;
  let beatMs = performance.now() + context.streams.heartbeatMs;
  try {
    while (!signal.aborted && performance.now() < endMs) {
      const { frames, next } = await looker.look();
      yield* frames;
      if (next === 'end') return;
      if (performance.now() >= beatMs) {
        if (!(await context.isStillGood(asked.request))) return;
        yield STILL_HERE;
        beatMs = performance.now() + context.streams.heartbeatMs;
      }
      if (next === 'rest' && !signal.aborted) await alarm.rest(Math.min(looker.restMs, beatMs - performance.now()));
    }
  } catch (error) {
    // The client comes back and resumes; an end in good order makes it do so at once.
    context.deps.log.warn({ request_id: asked.request.id, error: String(error) }, 'a stream of events ended early');
  }
}

function jobLooker(
  context: CommandContext,
  asked: Asked,
  job: JobRecord,
  after: EventCursor | null,
  frame: Framer,
): Looker {
  let seq = after?.seq ?? 0n;
  let version: number | null = null;
  let told = 0;

  /** The row is read first: whatever it shows, its events are there by then. */
  async function look(): Promise<Look> {
    const current = await context.readJob(job.id);
    const frames: string[] = [];
    if (current === null || current.version !== version) {
      const events = await readJobEvents(context.deps.db, job.id, seq, context.streams.page);
      for (const event of events) {
        seq = event.seq;
        const shown = await withView(context, shownAs(event));
        if (shown === null) continue;
        frames.push(frame(shown, sealCursor(context.deps.secrets, asked, job.id, event)));
        if (isTerminal(shown.state)) return { frames, next: 'end' };
      }
      if (events.length === context.streams.page) return { frames, next: 'more' };
      version = current?.version ?? null;
    }
    if (current === null || isTerminal(current.state)) {
      const end = current === null ? ('deleted' as const) : endOf(current.state);
      const shown = await withView(context, { ...stateOf(current ?? job, end), at: (current ?? job).updatedAt });
      return { frames: shown === null ? frames : [...frames, frame(shown, null)], next: 'end' };
    }
    if (current.state === 'running' && current.progress !== told) {
      frames.push(frame({ ...stateOf(current, 'progress'), at: current.updatedAt }, null));
    }
    told = current.progress;
    return { frames, next: 'rest' };
  }

  return { look, restMs: context.streams.progressMs };
}

async function accountLooker(
  context: CommandContext,
  asked: Asked,
  after: EventCursor | null,
  frame: Framer,
): Promise<Looker> {
  const { db, secrets } = context.deps;
  const { accountId, mode } = asked.key;
  // Rows that are there at the beginning may settle only later, and are no news even then.
  const start = after === null ? await readFeedEnd(db) : { ...after, snapshot: null };
  let cursor: EventCursor = start;

  async function look(): Promise<Look> {
    const limit = context.streams.page;
    const events = await readAccountEvents(db, { accountId, mode, after: cursor, unseenBy: start.snapshot, limit });
    cursor = events.at(-1) ?? cursor;
    const views = await Promise.all(events.map((event) => withView(context, shownAs(event))));
    const frames = views.flatMap((shown, at) => {
      const event = events[at];
      if (shown === null || event === undefined) return [];
      return [frame(shown, sealCursor(secrets, asked, null, event))];
    });
    return { frames, next: events.length === limit ? 'more' : 'rest' };
  }

  return { look, restMs: context.streams.heartbeatMs };
}

/** Whether the job has ended, and the client saw that. */
async function isOver(context: CommandContext, job: JobRecord, after: EventCursor): Promise<boolean> {
  if (!isTerminal(job.state)) return false;
  const left = await readJobEvents(context.deps.db, job.id, after.seq, context.streams.page);
  return left.every((event) => shownAs(event) === null);
}

/** Null for entries of the history that are the operator's. */
function shownAs(event: FeedEvent): EventView | null {
  const shown = shownEvent(event.type, event.jobState);
  if (shown === null) return null;
  const { jobId, createdAt } = event;
  return { jobId, ...shown, progress: progressAt(shown.state, event), at: createdAt, view: null };
}

/** As far as it is known: only the job's latest progress is kept. */
function progressAt(state: JobState, event: FeedEvent): number {
  if (state === 'succeeded') return 100;
  if (state === 'collecting') return 99;
  return state === event.jobState ? event.jobProgress : 0;
}

function stateOf(job: JobRecord, type: EventType): Omit<EventView, 'at'> {
  return { jobId: job.id, type, state: job.state, progress: job.progress, view: null };
}

function endOf(state: JobState): EventType {
  return EVENT_TYPES.find((type) => type === state) ?? 'failed';
}

async function withView(context: CommandContext, shown: EventView | null): Promise<EventView | null> {
  if (shown === null || !isTerminal(shown.state)) return shown;
  const job = await context.readJob(shown.jobId);
  return job === null ? shown : { ...shown, view: viewOf(context.deps, job, context.nowMs()) };
}

/** `id` null: an event to which nobody can return, such as progress. */
type Framer = (shown: EventView, id: string | null) => string;

function framer({ language }: Asked, write: EventWriter): Framer {
  return (shown, id) => {
    const { name, data } = write(shown, language);
    return `${id === null ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  };
}

/** A cursor opens only for the account, the mode and the job (or all jobs) that it was made for. */
function cursorScope({ key }: Asked, jobId: string | null): string {
  return `event-cursor:${key.accountId}:${key.mode}:${jobId ?? 'all'}`;
}

function sealCursor(secrets: Secrets, asked: Asked, jobId: string | null, cursor: EventCursor): string {
  return secrets.seal(`${cursor.tx}.${cursor.seq}`, cursorScope(asked, jobId)).toString('base64url');
}

/** The cursor of `Last-Event-ID`; null if there is none. Throws for one that is not of this stream. */
function lastSeen(secrets: Secrets, asked: Asked, job: JobRecord | null): EventCursor | null {
  const header = asked.request.headers['last-event-id'];
  const text = typeof header === 'string' ? header : '';
  if (text === '') return null;
  const cursor = openCursor(secrets, text, cursorScope(asked, job?.id ?? null));
  if (cursor !== null) return cursor;
  const subject = { en: 'it is not the id of an event of this stream', zh: '它不是该事件流中的事件 ID' };
  throw invalid([violation('not_supported', 'Last-Event-ID', text, null, subject)]);
}

function openCursor(secrets: Secrets, text: string, scope: string): EventCursor | null {
  try {
    const match = CURSOR.exec(secrets.open(Buffer.from(text, 'base64url'), scope));
    return match === null ? null : { tx: match[1] ?? '', seq: BigInt(match[2] ?? '') };
  } catch {
    return null;
  }
}
