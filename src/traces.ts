/** Traces for OpenTelemetry: all that is done for a job is one trace, on whichever nodes, in whichever attempts. */

import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context, Link, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

import type { TraceTarget } from './config.ts';
import { onJobEnd } from './engine/watch.ts';
import type { Deed, JobEnd, Watch } from './engine/watch.ts';
import type { Log } from './log.ts';

export type Tracing = Watch & {
  /** Sends what is left, for a while. */
  stop(): Promise<void>;
};

const QUEUE = { maxQueueSize: 4_096, maxExportBatchSize: 512, scheduledDelayMillis: 1_000, exportTimeoutMillis: 5_000 };
const STOP_MS = 5_000;
const SPAN_ID_DIGITS = 16;
/** What is done by asking somebody else. */
const OUTWARD: ReadonlySet<Deed['what']> = new Set(['submit', 'find', 'check', 'cancel', 'notify']);
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

export function startTracing(target: TraceTarget, version: string, log: Log): Tracing {
  const ids = new JobIds();
  const exporter = new OTLPTraceExporter({ url: target.url, headers: { ...target.headers } });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': target.serviceName, 'service.version': version }),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
  });
  const tracer = provider.getTracer('reelgate', version);
  const stopListening = onJobEnd((end) => traceJob(tracer, ids, end));
  return {
    deed: (deed) => traceDeed(tracer, deed),
    stop: async () => {
      stopListening();
      const late = AbortSignal.timeout(STOP_MS);
      const given = new Promise((resolve) => late.addEventListener('abort', resolve, { once: true }));
      await Promise.race([provider.shutdown(), given]).catch((error: unknown) =>
        log.warn({ error: String(error) }, 'the last traces could not be sent'),
      );
    },
  };
}

/** One span per piece of work, below the job's own. */
function traceDeed(tracer: Tracer, { what, jobId, startedMs, endedMs, outcome, facts, traceparent }: Deed): void {
  const client = linkOf(traceparent ?? null);
  const span = tracer.startSpan(
    what,
    {
      kind: OUTWARD.has(what) ? SpanKind.CLIENT : what === 'create' ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: startedMs,
      attributes: { ...prefixed(facts), 'reelgate.job': jobId, 'reelgate.outcome': outcome },
      links: client === null ? [] : [client],
    },
    belowJob(jobId),
  );
  span.end(endedMs);
}

/** The job's own span, made by the node that ends it: its id is known to all others. */
function traceJob(tracer: Tracer, ids: JobIds, { job, state, failure, endedMs }: JobEnd): void {
  const span = ids.forJob(job.id, () =>
    tracer.startSpan(
      'job',
      {
        startTime: job.createdAt,
        attributes: {
          'reelgate.job': job.id,
          'reelgate.state': state,
          'reelgate.model': job.spec.model,
          'reelgate.mode': job.mode,
          'reelgate.dialect': job.dialect,
          'reelgate.attempts': job.attempts,
          'reelgate.checks': job.checks,
          ...(failure === null ? {} : { 'reelgate.failure': failure.kind }),
        },
      },
      ROOT_CONTEXT,
    ),
  );
  if (state === 'failed' || state === 'expired') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedMs);
}

function prefixed(facts: Deed['facts']): Record<string, string | number> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`reelgate.${name}`, value]));
}

/** A job's id is as long as the id of a trace: they are the same. */
function traceIdOf(jobId: string): string {
  return jobId.replaceAll('-', '');
}

function jobSpanIdOf(jobId: string): string {
  return createHash('sha256').update(jobId).digest('hex').slice(0, SPAN_ID_DIGITS);
}

function belowJob(jobId: string): Context {
  const traceId = traceIdOf(jobId);
  const spanId = jobSpanIdOf(jobId);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

/** What the client was doing when it made the job, in a trace of its own. */
function linkOf(traceparent: string | null): Link | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { context: { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true } };
}

/** Random ids, but for a job's own span. */
class JobIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #jobId: string | null = null;

  /** `start` makes the job's span and nothing else. */
  forJob<T>(jobId: string, start: () => T): T {
    this.#jobId = jobId;
    try {
      return start();
    } finally {
      this.#jobId = null;
    }
  }

  generateTraceId(): string {
    return this.#jobId === null ? this.#random.generateTraceId() : traceIdOf(this.#jobId);
  }

  generateSpanId(): string {
    return this.#jobId === null ? this.#random.generateSpanId() : jobSpanIdOf(this.#jobId);
  }
}
