/** Settings: sensible without any, and a clear word about each bad one. */

import { describe, expect, it } from 'vitest';

import { readConfig } from '../src/config.ts';

describe('the settings', () => {
  it('need nothing: the server listens on this machine only, with an embedded database', () => {
    expect(readConfig({})).toMatchObject({
      port: 8787,
      host: '127.0.0.1',
      databaseUrl: null,
      publicUrl: null,
      adminKey: null,
      logLevel: 'info',
    });
  });

  it('count an empty variable as unset', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 8787, databaseUrl: null });
  });

  it.each([
    [{ PORT: '70000' }, 'PORT'],
    [{ PORT: '0x10' }, 'PORT'],
    [{ DATABASE_URL: 'mysql://a/b' }, 'DATABASE_URL'],
    [{ REELGATE_PUBLIC_URL: 'ftp://a' }, 'REELGATE_PUBLIC_URL'],
    [{ REELGATE_ADMIN_KEY: 'short' }, 'REELGATE_ADMIN_KEY'],
    [{ REELGATE_SECRET: 'short' }, 'REELGATE_SECRET'],
    [{ REELGATE_DB_UID: 'root' }, 'REELGATE_DB_UID'],
    [{ REELGATE_LOG_LEVEL: 'loud' }, 'REELGATE_LOG_LEVEL'],
    [{ REELGATE_DATABASE_POOL: '1' }, 'REELGATE_DATABASE_POOL'],
    [{ REELGATE_SECRET_PREVIOUS: 'x'.repeat(32) }, 'REELGATE_SECRET'],
    [{ REELGATE_KEEP_FILES_DAYS: '-1' }, 'REELGATE_KEEP_FILES_DAYS'],
    [{ REELGATE_MIN_FREE: 'a lot' }, 'REELGATE_MIN_FREE'],
    [{ REELGATE_MIN_FREE: '100%' }, 'REELGATE_MIN_FREE'],
    [{ REELGATE_TRUSTED_PROXIES: '10.0.0.0/8, my-proxy' }, 'REELGATE_TRUSTED_PROXIES'],
    [{ REELGATE_IP_READS_PER_MINUTE: '0' }, 'REELGATE_IP_READS_PER_MINUTE'],
    [{ REELGATE_SHED_DELAY_MS: 'soon' }, 'REELGATE_SHED_DELAY_MS'],
    [{ REELGATE_DRAIN_SECONDS: '3600' }, 'REELGATE_DRAIN_SECONDS'],
    [{ REELGATE_METRICS_TOKEN: 'short' }, 'REELGATE_METRICS_TOKEN'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_HEADERS: 'token' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
  ])('name the variable that is wrong: %j', (env, name) => {
    expect(() => readConfig(env)).toThrow(name);
  });

  it('say how long things are kept, and how much room there must be', () => {
    expect(readConfig({ REELGATE_KEEP_FILES_DAYS: '90', REELGATE_KEEP_DELIVERIES_DAYS: '0' }).keptDays).toEqual({
      files: 90,
      events: null,
      deliveries: null,
      jobs: null,
    });
    const room = (REELGATE_MIN_FREE: string): object => readConfig({ REELGATE_MIN_FREE }).room;
    expect(room('')).toEqual({ bytes: 1024 ** 3, percent: 5 });
    expect(room('2GB')).toEqual({ bytes: 2 * 1024 ** 3, percent: null });
    expect(room('10%')).toEqual({ bytes: null, percent: 10 });
    expect(room('0MB')).toEqual({ bytes: 0, percent: null });
  });

  it('send traces to a collector and with the headers it needs, as OpenTelemetry writes them', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi, x-tenant = reels==',
      OTEL_SERVICE_NAME: 'videos',
    };
    expect(readConfig(env).traces).toEqual({
      url: 'https://collector.example:4318/v1/traces',
      headers: { authorization: 'Basic YTpi', 'x-tenant': 'reels==' },
      serviceName: 'videos',
    });
    expect(readConfig({}).traces).toBeNull();
  });

  it('never repeat a secret in a complaint', () => {
    expect(() => readConfig({ REELGATE_ADMIN_KEY: 'hunter2' })).toThrow(expect.not.stringContaining('hunter2'));
    expect(() => readConfig({ DATABASE_URL: 'mysql://user:hunter2@host/db' })).toThrow(
      expect.not.stringContaining('hunter2'),
    );
  });
});
