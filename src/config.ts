/** The process's settings, read once from the environment; every bad value is named. */

import { resolve } from 'node:path';

import { parseS3Place } from './media/storage/s3-place.ts';
import type { S3Credentials, S3Options, S3Place } from './media/storage/s3-place.ts';
import { USUAL_ROOM } from './media/storage/room.ts';
import type { RoomRule } from './media/storage/room.ts';
import { MAX_KEPT_DAYS, USUAL_KEPT_DAYS } from './model/retention.ts';
import type { KeptDays, KeptKind } from './model/retention.ts';
import { MIN_SECRET_CHARS } from './secrets.ts';
import { isAddressRule } from './server/client-address.ts';
import type { RequestLimits } from './store/accounts.ts';

export type Config = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly databaseUser: { readonly uid: number; readonly gid: number } | null;
  readonly adminKey: string | null;
  readonly testKey: string | null;
  readonly secret: string | null;
  /** What was sealed under it can still be opened. */
  readonly previousSecret: string | null;
  /** Null: the address the server listens on. */
  readonly publicUrl: string | null;
  readonly fetchAllow: string;
  readonly keptDays: KeptDays;
  readonly room: RoomRule;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** How often one address may ask on one node; absent: as often as it likes. */
  readonly addressLimits: RequestLimits;
  /** How late the event loop may be before creates are refused; 0: they never are. */
  readonly shedDelayMs: number;
  /** How long a server that stops still takes new connections, for whoever spreads them to notice. */
  readonly drainMs: number;
  /** Opens `/metrics`, besides the admin key; null: the admin key alone. */
  readonly metricsToken: string | null;
  /** Null: no traces. */
  readonly traces: TraceTarget | null;
  /** Null: files lie in the data directory. */
  readonly storage: S3Options | null;
  readonly logLevel: LogLevel;
};

/** Where traces go: the whole URL, and headers that only it may see. */
export type TraceTarget = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `ConfigError` with one sentence that names the variable. An empty variable counts as unset. */
export function readConfig(env: Environment): Config {
  return {
    port: integer(env, 'PORT', 8787, 0, 65_535),
    host: text(env, 'HOST') ?? '127.0.0.1',
    dataDir: resolve(text(env, 'REELGATE_DATA_DIR') ?? './data'),
    databaseUrl: databaseUrl(env),
    databasePoolSize: integer(env, 'REELGATE_DATABASE_POOL', 10, 2, 200),
    databaseUser: databaseUser(env),
    adminKey: key(env, 'REELGATE_ADMIN_KEY'),
    testKey: key(env, 'REELGATE_TEST_KEY'),
    secret: secret(env, 'REELGATE_SECRET'),
    previousSecret: previousSecret(env),
    publicUrl: publicUrl(env),
    fetchAllow: text(env, 'REELGATE_FETCH_ALLOW') ?? '',
    keptDays: {
      files: days(env, 'REELGATE_KEEP_FILES_DAYS', 'files'),
      events: days(env, 'REELGATE_KEEP_EVENTS_DAYS', 'events'),
      deliveries: days(env, 'REELGATE_KEEP_DELIVERIES_DAYS', 'deliveries'),
      jobs: days(env, 'REELGATE_KEEP_JOBS_DAYS', 'jobs'),
    },
    room: room(env),
    trustedProxies: trustedProxies(env),
    addressLimits: {
      ...rate(env, 'requests_per_minute', 'REELGATE_IP_REQUESTS_PER_MINUTE'),
      ...rate(env, 'reads_per_minute', 'REELGATE_IP_READS_PER_MINUTE'),
    },
    shedDelayMs: integer(env, 'REELGATE_SHED_DELAY_MS', 250, 0, 60_000),
    drainMs: 1_000 * integer(env, 'REELGATE_DRAIN_SECONDS', 0, 0, 30),
    metricsToken: key(env, 'REELGATE_METRICS_TOKEN'),
    traces: traces(env),
    storage: storage(env),
    logLevel: logLevel(env),
  };
}

function text(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

function integer(env: Environment, name: string, usual: number, min: number, max: number): number {
  const value = text(env, name);
  if (value === null) return usual;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new ConfigError(`${name} is '${value}', but must be a whole number from ${min} to ${max}.`);
  return number;
}

function days(env: Environment, name: string, kind: KeptKind): number | null {
  const usual = USUAL_KEPT_DAYS[kind];
  if (text(env, name) === null) return usual;
  const said = integer(env, name, 0, 0, MAX_KEPT_DAYS);
  return said === 0 ? null : said;
}

const ROOM = /^(\d{1,6})(%|MB|GB)$/;
const MEGABYTE = 1024 ** 2;

function room(env: Environment): RoomRule {
  const value = text(env, 'REELGATE_MIN_FREE');
  if (value === null) return USUAL_ROOM;
  const [, number, unit] = ROOM.exec(value) ?? [];
  if (number === undefined || (unit === '%' && Number(number) > 99)) {
    throw new ConfigError(`REELGATE_MIN_FREE is '${value}', but must be like 500MB, 2GB or 5%; 0MB sets no bound.`);
  }
  if (unit === '%') return { bytes: null, percent: Number(number) };
  return { bytes: Number(number) * MEGABYTE * (unit === 'GB' ? 1024 : 1), percent: null };
}

function databaseUrl(env: Environment): string | null {
  const value = text(env, 'DATABASE_URL');
  if (value === null) return null;
  if (!URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol)) {
    throw new ConfigError('DATABASE_URL must look like postgres://user:password@host:5432/database.');
  }
  return value;
}

function databaseUser(env: Environment): Config['databaseUser'] {
  const value = text(env, 'REELGATE_DB_UID');
  if (value === null) return null;
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(value);
  if (match === null) throw new ConfigError(`REELGATE_DB_UID is '${value}', but must be a number such as 70 or 70:70.`);
  return { uid: Number(match[1]), gid: Number(match[2] ?? match[1]) };
}

const MIN_KEY_CHARS = 16;

function key(env: Environment, name: string): string | null {
  const value = text(env, name);
  if (value !== null && !/^[\x21-\x7e]{16,256}$/.test(value)) {
    throw new ConfigError(`${name} must be ${MIN_KEY_CHARS} to 256 printable characters without spaces.`);
  }
  return value;
}

function secret(env: Environment, name: string): string | null {
  const value = text(env, name);
  if (value !== null && value.length < MIN_SECRET_CHARS) {
    throw new ConfigError(`${name} must be at least ${MIN_SECRET_CHARS} characters.`);
  }
  return value;
}

function previousSecret(env: Environment): string | null {
  const value = secret(env, 'REELGATE_SECRET_PREVIOUS');
  if (value !== null && text(env, 'REELGATE_SECRET') === null) {
    throw new ConfigError('REELGATE_SECRET_PREVIOUS is set, but REELGATE_SECRET, which takes its place, is not.');
  }
  return value;
}

function publicUrl(env: Environment): string | null {
  const value = text(env, 'REELGATE_PUBLIC_URL');
  if (value === null) return null;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new ConfigError(`REELGATE_PUBLIC_URL is '${value}', but must be an http or https URL.`);
  }
  return value.replace(/\/+$/, '');
}

function trustedProxies(env: Environment): readonly string[] {
  const rules = list(text(env, 'REELGATE_TRUSTED_PROXIES') ?? '');
  const wrong = rules.find((rule) => !isAddressRule(rule));
  if (wrong === undefined) return rules;
  throw new ConfigError(
    `REELGATE_TRUSTED_PROXIES names '${wrong}', but must list addresses or networks such as 10.0.0.0/8, ::1.`,
  );
}

function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const MAX_PER_MINUTE = 100_000_000;

function rate(env: Environment, limit: keyof RequestLimits, name: string): RequestLimits {
  if (text(env, name) === null) return {};
  return { [limit]: integer(env, name, 1, 1, MAX_PER_MINUTE) };
}

/** A value may be written as in a URL. */
const HEADER = /^([a-z0-9-]+)\s*=\s*((?:[^%]|%[0-7][0-9a-f])*)$/i;

/** The variables that OpenTelemetry's own tools know. */
function traces(env: Environment): TraceTarget | null {
  const endpoint = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === null) return null;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new ConfigError('OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL.');
  }
  const headers = list(text(env, 'OTEL_EXPORTER_OTLP_HEADERS') ?? '').map((pair) => {
    const [, name, value] = HEADER.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new ConfigError('OTEL_EXPORTER_OTLP_HEADERS must look like name=value,other=value.');
    return [name, decodeURIComponent(value)] as const;
  });
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: Object.fromEntries(headers),
    serviceName: text(env, 'OTEL_SERVICE_NAME') ?? 'reelgate',
  };
}

function storage(env: Environment): S3Options | null {
  const value = text(env, 'REELGATE_STORAGE');
  return value === null ? null : { place: s3Place(value), credentials: s3Credentials(env) };
}

function s3Place(value: string): S3Place {
  try {
    return parseS3Place(value);
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(`REELGATE_STORAGE ${error.message}.`);
    throw error;
  }
}

function s3Credentials(env: Environment): S3Credentials {
  const accessKeyId = text(env, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = text(env, 'AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === null || secretAccessKey === null)
    throw new ConfigError('REELGATE_STORAGE needs the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  return { accessKeyId, secretAccessKey, sessionToken: text(env, 'AWS_SESSION_TOKEN') };
}

function logLevel(env: Environment): LogLevel {
  const value = text(env, 'REELGATE_LOG_LEVEL') ?? 'info';
  const level = LOG_LEVELS.find((candidate) => candidate === value);
  if (level === undefined)
    throw new ConfigError(`REELGATE_LOG_LEVEL is '${value}', but must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}
