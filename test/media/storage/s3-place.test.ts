/** `REELGATE_STORAGE`: what it means, and that nothing in it can name another place than it seems to. */

import { describe, expect, it } from 'vitest';

import { readConfig } from '../../../src/config.ts';
import type { S3Place } from '../../../src/media/storage/s3-place.ts';

const KEY = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'a-secret-of-some-length' };
const read = (place: string): S3Place | undefined => readConfig({ ...KEY, REELGATE_STORAGE: place }).storage?.place;

describe('the place of files', () => {
  it('is the disk where nothing is said', () => {
    expect(readConfig(KEY).storage).toBeNull();
    expect(readConfig({ ...KEY, REELGATE_STORAGE: '' }).storage).toBeNull();
  });

  it.each<[string, Partial<S3Place>]>([
    ['s3://videos?region=eu-central-1', { bucket: 'videos', prefix: '', endpoint: null, region: 'eu-central-1' }],
    ['s3://videos/a/b?region=eu-central-1', { prefix: 'a/b/', pathStyle: false, presign: false }],
    ['s3://videos/a/?region=eu-central-1', { prefix: 'a/' }],
    ['s3://my.videos-1?endpoint=https://s3.example.com', { endpoint: 'https://s3.example.com', region: 'us-east-1' }],
    ['s3://videos?endpoint=http://127.0.0.1:9000/', { pathStyle: true }],
    ['s3://videos?endpoint=https%3A%2F%2Fs3.example.com&path_style=0&presign=1', { pathStyle: false, presign: true }],
    ['s3://videos?endpoint=https://s3.example.com&presign=true', { presign: true }],
  ])('%s', (text, place) => {
    expect(read(text)).toMatchObject(place);
  });

  it.each([
    's3://127.0.0.1:9000#/k',
    's3://127.0.0.1?region=us-east-1',
    's3://vi/deos@host?region=us-east-1',
    's3://videos@host?region=us-east-1',
    's3://user:password@videos?region=us-east-1',
    's3://a..b?region=us-east-1',
    's3://Videos?region=us-east-1',
    's3://ab?region=us-east-1',
    `s3://${'a'.repeat(64)}?region=us-east-1`,
    's3://?region=us-east-1',
    's3://videos/../other?region=us-east-1',
    's3://videos/a//b?region=us-east-1',
    's3://videos/a%2f..?region=us-east-1',
    's3://videos/a b?region=us-east-1',
    's3://videos',
    's3://videos?region=',
    's3://videos?region=eu.example.com/',
    's3://videos?endpoint=s3.example.com',
    's3://videos?endpoint=file:///etc',
    's3://videos?endpoint=https://user@s3.example.com',
    's3://videos?endpoint=https://s3.example.com/path',
    's3://videos?endpoint=https://s3.example.com%23',
    's3://videos?endpoint=https://a.example&endpoint=https://b.example',
    's3://videos?region=us-east-1&acl=public',
    's3://videos?region=us-east-1&presign=maybe',
    's3://videos?region=us-east-1#x',
    'S3://videos?region=us-east-1',
    'https://videos.s3.amazonaws.com',
    '/var/lib/videos',
  ])('is refused with the name of the setting: %s', (text) => {
    expect(() => read(text)).toThrow(/^REELGATE_STORAGE /);
  });

  it('needs a key, which no complaint repeats', () => {
    const place = 's3://videos?region=us-east-1';
    expect(() => readConfig({ REELGATE_STORAGE: place })).toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
    expect(() => readConfig({ ...KEY, AWS_ACCESS_KEY_ID: '', REELGATE_STORAGE: place })).toThrow(
      expect.not.stringContaining(KEY.AWS_SECRET_ACCESS_KEY),
    );
    const withToken = readConfig({ ...KEY, AWS_SESSION_TOKEN: 'token', REELGATE_STORAGE: place });
    expect(withToken.storage?.credentials.sessionToken).toBe('token');
  });
});
