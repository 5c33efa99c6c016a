/** The process's settings, read once from the environment; every bad value is named. */

import { resolve } from 'node:path';

import { parseS3Place } from './media/storage/s3-place.ts';
import type { S3Credentials, S3Options, S3Place } from './media/storage/s3-place.ts';
import { MIN_SECRET_CHARS } from './secrets.ts';

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
  /** Null: the address the server listens on. */
  readonly publicUrl: string | null;
  readonly fetchAllow: string;
  /** Null: files lie in the data directory. */
  readonly storage: S3Options | null;
  readonly logLevel: LogLevel;
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
    secret: secret(env),
    publicUrl: publicUrl(env),
    fetchAllow: text(env, 'REELGATE_FETCH_ALLOW') ?? '',
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

function secret(env: Environment): string | null {
  const value = text(env, 'REELGATE_SECRET');
  if (value !== null && value.length < MIN_SECRET_CHARS) {
    throw new ConfigError(`REELGATE_SECRET must be at least ${MIN_SECRET_CHARS} characters.`);
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
