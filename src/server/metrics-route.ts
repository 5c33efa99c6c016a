/** `/metrics`: what Prometheus asks for, for whoever holds the admin key or the token made for it. */

import type { FastifyInstance } from 'fastify';

import type { Sample } from '../metrics.ts';
import { readSnapshot } from '../store/gauges.ts';
import type { Snapshot } from '../store/gauges.ts';
import type { StorageHealth } from '../media/storage/room.ts';
import { limitClassOf } from './access.ts';
import type { Access } from './access.ts';
import { METRICS_BOUNDS } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import type { LoadReading } from './load.ts';
import { writeProblem } from './problem.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const ACCESS: Access = { auth: 'metrics', limitClass: 'admin', bodyBytes: 0 };
const SECOND_MS = 1_000;
const MICROS = 1e6;

export function installMetrics(
  app: FastifyInstance,
  deps: ServerDependencies,
  load: () => LoadReading,
  closing: AbortSignal,
): void {
  const { metrics } = deps;
  const readShared = recentlyRead(deps);
  app.get('/metrics', {
    config: { writeFailure: writeProblem, access: ACCESS },
    handler: async (_request, reply) => {
      const [shared, disk] = await Promise.all([readShared(), deps.room.storageHealth()]);
      metrics.set([...nodeSamples(deps, load(), closing.aborted), ...diskSamples(disk), ...sharedSamples(shared)]);
      return reply.type(CONTENT_TYPE).send(await metrics.print());
    },
  });
}

/** Counts every answer, whoever made it. */
export function countAnswers(app: FastifyInstance, { metrics }: ServerDependencies): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = performance.now();
    reply.raw.once('close', () => {
      const { url: route = 'none' } = request.routeOptions;
      const { statusCode } = reply.raw;
      metrics.count('reelgate_http_requests_total', { method: request.method, route, status: String(statusCode) });
      const seconds = (performance.now() - startedMs) / SECOND_MS;
      metrics.observe('reelgate_http_request_seconds', { class: limitClassOf(request) ?? 'other' }, seconds);
    });
    done();
  });
}

/** Null where the database does not answer; asked at most so often, however often `/metrics` is. */
function recentlyRead({ db, log }: ServerDependencies): () => Promise<Snapshot | null> {
  let latest: Promise<Snapshot | null> | null = null;
  let atMs = 0;
  return () => {
    if (latest !== null && performance.now() - atMs < METRICS_BOUNDS.freshMs) return latest;
    atMs = performance.now();
    latest = db
      .transaction(readSnapshot, { statementTimeoutMs: METRICS_BOUNDS.statementMs })
      .catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the database could not be measured');
        return null;
      });
    return latest;
  };
}

function nodeSamples(deps: ServerDependencies, load: LoadReading, isDraining: boolean): readonly Sample[] {
  const { totalCount, idleCount, waitingCount, options } = deps.db.pool;
  const connections = { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  return [
    { name: 'reelgate_build_info', labels: { version: deps.version }, value: 1 },
    plain('reelgate_event_loop_delay_seconds', load.delayMs / SECOND_MS),
    plain('reelgate_event_loop_utilization', load.utilization),
    ...labelled('reelgate_database_connections', 'state', connections),
    plain('reelgate_database_connections_max', options.max),
    plain('reelgate_draining', isDraining ? 1 : 0),
  ];
}

function diskSamples({ space, isLow }: StorageHealth): readonly Sample[] {
  if (space === null) return [];
  return [
    plain('reelgate_disk_free_bytes', space.freeBytes),
    plain('reelgate_disk_free_share', space.totalBytes === 0 ? 0 : space.freeBytes / space.totalBytes),
    plain('reelgate_disk_low', isLow ? 1 : 0),
  ];
}

function sharedSamples(shared: Snapshot | null): readonly Sample[] {
  if (shared === null) return [plain('reelgate_database_up', 0)];
  return [
    plain('reelgate_database_up', 1),
    plain('reelgate_nodes', shared.nodes),
    ...shared.unfinished.map(({ state, model, provider, jobs }) => ({
      name: 'reelgate_jobs' as const,
      labels: { state, model, provider: provider ?? 'none' },
      value: jobs,
    })),
    plain('reelgate_queue_age_seconds', shared.queueAgeSeconds),
    plain('reelgate_overdue_seconds', shared.overdueSeconds),
    plain('reelgate_holds_open', shared.holds),
    ...labelled('reelgate_accounts_usd', 'book', {
      available: usd(shared.availableMicros),
      held: usd(shared.heldMicros),
    }),
    plain('reelgate_accounts_frozen', shared.frozenAccounts),
    ...Object.entries(shared.books).map(([book, micros]) => ({
      name: 'reelgate_ledger_usd' as const,
      labels: { book },
      value: usd(micros),
    })),
    ...(shared.auditOk === null ? [] : [plain('reelgate_audit_ok', shared.auditOk ? 1 : 0)]),
    ...(shared.auditAgeSeconds === null ? [] : [plain('reelgate_audit_age_seconds', shared.auditAgeSeconds)]),
    plain('reelgate_webhooks_pending', shared.pendingWebhooks),
    plain('reelgate_webhook_age_seconds', shared.webhookAgeSeconds),
    plain('reelgate_collects_failing', shared.failingCollects),
    ...labelled('reelgate_loose_ends', 'kind', {
      suspected_orphan: shared.suspectedOrphans,
      late_success: shared.lateSuccesses,
    }),
  ];
}

function plain(name: Sample['name'], value: number): Sample {
  return { name, labels: {}, value };
}

function labelled(name: Sample['name'], label: string, values: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(values).map(([word, value]) => ({ name, labels: { [label]: word }, value }));
}

function usd(micros: bigint | string): number {
  return Number(micros) / MICROS;
}
