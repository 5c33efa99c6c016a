/** Everything that is counted and measured, as one table, and the registry that Prometheus reads. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Row = {
  readonly help: string;
  /** Label values come from closed sets: never a text of a client. */
  readonly labels: readonly string[];
};

/** What this process did since it began. */
export const COUNTERS = {
  reelgate_jobs_created_total: { help: 'Jobs made', labels: ['model', 'mode'] },
  reelgate_jobs_ended_total: {
    help: 'Jobs ended; `failure` is the kind of the failure, or `none`',
    labels: ['model', 'provider', 'state', 'failure'],
  },
  reelgate_attempts_total: {
    help: 'Submits to vendors; `outcome` is `accepted`, `unknown`, or why it was refused',
    labels: ['provider', 'outcome'],
  },
  reelgate_checks_total: {
    help: 'Looks at tasks; `outcome` is `waiting`, `done`, `failed` or `no_answer`',
    labels: ['provider', 'outcome'],
  },
  reelgate_collects_total: { help: 'Copies of finished videos, `copied` or `failed`', labels: ['outcome'] },
  reelgate_webhook_tries_total: {
    help: 'Tries to tell a receiver: `delivered`, `postponed` to another try, or `failed` for good',
    labels: ['outcome'],
  },
  reelgate_charged_usd_total: { help: 'Charged for live jobs that ended', labels: ['model'] },
  reelgate_released_usd_total: { help: 'Held for live jobs that ended, and not charged', labels: ['model'] },
  reelgate_http_requests_total: {
    help: 'Requests answered; `route` is its pattern, or `none`',
    labels: ['method', 'route', 'status'],
  },
  reelgate_rate_limited_total: {
    help: 'Requests refused because an address, key or account had too many',
    labels: ['policy', 'class'],
  },
  reelgate_shed_total: { help: 'Requests refused because the server had too much to do', labels: ['class'] },
} as const satisfies Record<string, Row>;

const MS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;
const MINUTES = [1, 5, 15, 30, 60, 120, 180, 300, 600, 1_200, 3_600, 14_400] as const;

export const HISTOGRAMS = {
  reelgate_time_to_video_seconds: {
    help: 'From the create to the finished video',
    labels: ['model'],
    buckets: MINUTES,
  },
  reelgate_completion_lag_seconds: {
    help: 'Between the last look that found a task under way and the one that found it done',
    labels: ['provider'],
    buckets: SECONDS,
  },
  reelgate_checks_per_job: {
    help: 'Looks that a job needed until it ended',
    labels: ['provider'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  },
  reelgate_upstream_call_seconds: {
    help: 'Calls to vendors',
    labels: ['provider', 'call'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
  },
  reelgate_collect_seconds: { help: 'Copying a finished video', labels: [], buckets: SECONDS },
  reelgate_webhook_lag_seconds: {
    help: 'From the end of a job to the receiver that took note of it',
    labels: [],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 3_600, 43_200],
  },
  reelgate_http_request_seconds: {
    help: 'Answering requests; streams and downloads count until their end',
    labels: ['class'],
    buckets: MS,
  },
} as const satisfies Record<string, Row & { readonly buckets: readonly number[] }>;

/** As it is at this moment in this process. */
export const NODE_GAUGES = {
  reelgate_build_info: { help: 'Always 1', labels: ['version'] },
  reelgate_event_loop_delay_seconds: { help: 'What a request waits for the event loop', labels: [] },
  reelgate_event_loop_utilization: { help: 'Share of the time in which the event loop is busy', labels: [] },
  reelgate_database_connections: {
    help: 'The pool: `busy`, `idle`, and requests `waiting` for one',
    labels: ['state'],
  },
  reelgate_database_connections_max: { help: 'The most the pool may have', labels: [] },
  reelgate_disk_free_bytes: { help: 'Room on the disk of the data directory', labels: [] },
  reelgate_disk_low: { help: '1 while creates are refused for want of room', labels: [] },
  reelgate_disk_free_share: { help: 'The same as a share of that disk', labels: [] },
  reelgate_draining: { help: '1 while the server stops', labels: [] },
} as const satisfies Record<string, Row>;

/** As it is in the database: every node says the same. */
export const SHARED_GAUGES = {
  reelgate_database_up: { help: '1 if the database answered this scrape', labels: [] },
  reelgate_nodes: { help: 'Nodes that were seen in the last quarter of a minute', labels: [] },
  reelgate_jobs: { help: 'Jobs that have not ended', labels: ['state', 'model', 'provider'] },
  reelgate_queue_age_seconds: { help: 'Age of the oldest job that no vendor has yet', labels: [] },
  reelgate_overdue_seconds: { help: 'How long the job that is due longest has waited for a node', labels: [] },
  reelgate_holds_open: { help: 'Live jobs with money held', labels: [] },
  reelgate_accounts_usd: { help: 'What all accounts have: `available` and `held`', labels: ['book'] },
  reelgate_accounts_frozen: { help: 'Accounts whose books are in doubt', labels: [] },
  reelgate_ledger_usd: { help: 'Each book of the ledger at the last hourly audit', labels: ['book'] },
  reelgate_audit_ok: { help: '1 if the last hourly audit found every promise kept', labels: [] },
  reelgate_audit_age_seconds: { help: 'Since the last hourly audit', labels: [] },
  reelgate_webhooks_pending: { help: 'Notices that receivers have not taken yet', labels: [] },
  reelgate_webhook_age_seconds: { help: 'Age of the oldest of them', labels: [] },
  reelgate_collects_failing: { help: 'Finished videos that could not be copied yet', labels: [] },
  reelgate_loose_ends: {
    help: 'Tasks that may exist though no job waits for them, and videos that came too late',
    labels: ['kind'],
  },
} as const satisfies Record<string, Row>;

type LabelsOf<T extends Row> = { readonly [label in T['labels'][number]]: string };
type Gauges = typeof NODE_GAUGES & typeof SHARED_GAUGES;
/** One value of a gauge. */
export type Sample = {
  readonly name: keyof Gauges;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Metrics = {
  count<N extends keyof typeof COUNTERS>(name: N, labels: LabelsOf<(typeof COUNTERS)[N]>, by?: number): void;
  observe<N extends keyof typeof HISTOGRAMS>(name: N, labels: LabelsOf<(typeof HISTOGRAMS)[N]>, value: number): void;
  /** All gauges at this moment, instead of those of before. */
  set(samples: readonly Sample[]): void;
  /** In the text format of Prometheus. */
  print(): Promise<string>;
};

/** Besides the tables, what `prom-client` says of any Node process: memory, CPU, file handles, garbage collection. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counters = made(
    COUNTERS,
    (name, { help, labels }) => new Counter({ name, help, labelNames: labels, registers }),
  );
  const histograms = made(
    HISTOGRAMS,
    (name, { help, labels, buckets }) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
  );
  const gauges = made(
    { ...NODE_GAUGES, ...SHARED_GAUGES },
    (name, { help, labels }) => new Gauge({ name, help, labelNames: labels, registers }),
  );
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    set: (samples) => {
      for (const gauge of gauges.values()) gauge.reset();
      for (const { name, labels, value } of samples) gauges.get(name)?.set(labels, value);
    },
    print: () => registry.metrics(),
  };
}

function made<R extends Row, M>(table: Readonly<Record<string, R>>, make: (name: string, row: R) => M): Map<string, M> {
  return new Map(Object.entries(table).map(([name, row]) => [name, make(name, row)]));
}
