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
  ])('name the variable that is wrong: %j', (env, name) => {
    expect(() => readConfig(env)).toThrow(name);
  });

  it('never repeat a secret in a complaint', () => {
    expect(() => readConfig({ REELGATE_ADMIN_KEY: 'hunter2' })).toThrow(expect.not.stringContaining('hunter2'));
    expect(() => readConfig({ DATABASE_URL: 'mysql://user:hunter2@host/db' })).toThrow(
      expect.not.stringContaining('hunter2'),
    );
  });
});
