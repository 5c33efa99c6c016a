/** The settings the embedded PostgreSQL runs with: never a lost commit, little memory, no network. */

import { SOCKET_PORT } from './layout.ts';

/** Checked against the running server before anything is stored in it. */
export const DURABILITY: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  data_checksums: 'on',
  synchronous_commit: 'on',
};

const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  cluster_name: 'reelgate',
  max_connections: '50',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  effective_cache_size: '256MB',
  // A bounded log to replay keeps the start after a crash short.
  min_wal_size: '64MB',
  max_wal_size: '256MB',
  max_wal_senders: '0',
  // Each helper process costs memory, and no query here is large enough to be divided.
  io_method: 'sync',
  max_worker_processes: '2',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_worker_slots: '3',
  autovacuum_max_workers: '2',
  huge_pages: 'off',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors of statements reach the caller; in the log they would only repeat customers' data.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_destination: 'stderr',
  logging_collector: 'off',
};

/** Settings win in the order: `overrides`, ours, postgresql.conf. */
export function settingArguments(socketDir: string, overrides: Readonly<Record<string, string>>): string[] {
  const quoted = `"${socketDir.replaceAll('"', '""')}"`;
  const all = { ...SETTINGS, unix_socket_directories: quoted, ...overrides };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
