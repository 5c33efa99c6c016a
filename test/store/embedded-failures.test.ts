import { expect, test } from 'vitest';
import { durabilityFault } from '../../src/store/embedded/boot-checks.ts';
import { postgresFailure, unwritable } from '../../src/store/embedded/failure-sentences.ts';

const sentences: readonly { readonly said: string; readonly sentence: string }[] = [
  {
    said: 'PANIC:  could not write to file "pg_wal/xlogtemp.12": No space left on device',
    sentence: 'The disk that holds /data is full. Free some space and start Reelgate again.',
  },
  {
    said: 'postgres: error while loading shared libraries: libstdc++.so.6: cannot open shared object file',
    sentence:
      'PostgreSQL needs the system library libstdc++.so.6, which this machine does not have. ' +
      'Install it, or set DATABASE_URL to use a PostgreSQL server of your own.',
  },
  {
    said: 'FATAL:  could not map anonymous shared memory: Cannot allocate memory',
    sentence:
      'There is not enough memory to run PostgreSQL. ' +
      'It said: FATAL:  could not map anonymous shared memory: Cannot allocate memory',
  },
  {
    said: 'LOG:  starting\nFATAL:  could not open file "pg_wal/1": Permission denied\nLOG:  shut down',
    sentence:
      'PostgreSQL may not use its files in /data. It said: FATAL:  could not open file "pg_wal/1": Permission denied',
  },
  { said: 'FATAL:  odd', sentence: 'Starting PostgreSQL failed. The last it said:\nFATAL:  odd' },
  { said: '', sentence: 'Starting PostgreSQL failed. It said nothing.' },
];

test.each(sentences)('PostgreSQL that says "$said" is explained', ({ said, sentence }) => {
  expect(postgresFailure('Starting PostgreSQL', '/data', said).message).toBe(sentence);
});

test('a full disk and a read-only one are told apart', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  expect(unwritable('/data', failure('ENOSPC')).message).toContain('The disk that holds /data is full.');
  expect(unwritable('/data', failure('EROFS')).message).toBe(
    'The data directory /data is not writable: the file system is read-only.',
  );
});

test('a server that could lose what it acknowledged is refused, setting by setting', () => {
  const safe = { fsync: 'on', full_page_writes: 'on', data_checksums: 'on', synchronous_commit: 'on' };
  const facts = { serverVersion: '18.4', systemIdentifier: '1', dataDirectory: '/data', settings: safe };
  expect(durabilityFault(facts, {})).toBeNull();
  for (const name of Object.keys(safe)) {
    const settings = { ...safe, [name]: 'off' };
    expect(durabilityFault({ ...facts, settings }, {})).toContain(`runs with ${name} = off and could lose data`);
    expect(durabilityFault({ ...facts, settings }, { [name]: 'off' })).toBeNull();
  }
});
