/** Which URLs are refused by their text alone, and what the operator may open. */

import { afterEach, describe, expect, it } from 'vitest';

import { judgeUrl, parseFetchAllow } from '../../../src/media/guard/url-rules.ts';
import { canary, dnsFake, endAll, fetcher, get } from './servers.ts';

afterEach(endAll);

const NOTHING_ALLOWED = { allow: parseFetchAllow(''), allowHttp: true };

const PRIVATE_HOSTS: readonly string[] = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '0', '①②⑦.⓪.⓪.①', '127。0。0。1'],
  ...['0.0.0.0', '[::]', '[::1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '[0:0:0:0:0:ffff:a9fe:a9fe]'],
  ...['169.254.169.254', '0xa9fea9fe', '169.254.43518', 'metadata.google.internal.', '100.100.100.200'],
  ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1'],
  ...['[fc00::1]', '[fd00::1]', '[fe80::1]', '[fec0::1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::1]', '[2002:7f00:1::]'],
  ...['[2001:db8::1]', 'localhost', 'localhost.', 'LOCALHOST', 'api.localhost', 'printer.local', 'db.internal'],
  ...['intranet', 'redis', 'router.lan', 'nas.home.arpa', '127.0.0.1.', '%31%32%37.0.0.1', '127%E3%80%820.0.1'],
];

const FORBIDDEN_URLS: readonly string[] = [
  ...['http://good.example.com@127.0.0.1/', 'http://user:pw@good.example.com/', 'http://user@good.example.com/'],
  ...['https://:pw@good.example.com/'],
  ...['file:///etc/passwd', 'gopher://a.example.com/', 'ftp://a.example.com/', 'data:image/png;base64,QUJD'],
  ...['blob:https://a.example.com/1', 'javascript:alert(1)', 'ws://a.example.com/', 's3://bucket/key', 'about:blank'],
  ...[22, 25, 5432, 6379, 8080, 0].map((port) => `http://good.example.com:${port}/`),
  ...['http://8.8.8.8:8080/', 'http://[2606:4700::1111]:22/'],
];

const INVALID_URLS: readonly string[] = [
  ...['', 'nonsense', '//good.example.com/x', '/etc/passwd', 'http://', 'https://good.example.com:99999/'],
  ...['http://1.2.3.256/', 'http://a b.example.com/', 'http://good..example.com/', 'http://good.example.com../'],
  ...['http://-bad.example.com/', 'http://[::1/', 'http://[fe80::1%25eth0]/', `http://${'a'.repeat(64)}.example.com/`],
  ...[`https://good.example.com/${'a'.repeat(9_000)}`, 'http://bad*.example.com/', 'http://foo.0x7f/'],
];

describe('URLs judged by their text', () => {
  it.each(PRIVATE_HOSTS)('refuses the host %s, without a query or a connection', async (host) => {
    const { queries, resolve } = dnsFake(['127.0.0.1']);
    for (const scheme of ['http', 'https']) {
      expect(judgeUrl(`${scheme}://${host}/`, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    }
    const trap = await canary();
    const outcome = await get(fetcher({ resolve }), `http://${host}:${trap.port}/`);
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'url_not_allowed',
      message: expect.stringMatching(/not|only/i),
    });
    expect([queries, trap.connections]).toEqual([[], 0]);
  });

  it.each(FORBIDDEN_URLS)('refuses %s', (url) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it.each(INVALID_URLS)('calls %s invalid', (url) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_invalid' });
  });

  it.each([
    ['https://good.example.com/a?b=c#d', 'good.example.com', '/a?b=c'],
    ['https://good.example.com.:443/', 'good.example.com', '/'],
    ['HTTPS://GOOD.Example.COM', 'good.example.com', '/'],
    ['http://good.example.com\\@127.0.0.1/', 'good.example.com', '/@127.0.0.1/'],
    ['http://good.example.com#@127.0.0.1/', 'good.example.com', '/'],
    ['http://good.exa\tmple.com\n/', 'good.example.com', '/'],
    ['https://bücher.example.com/', 'xn--bcher-kva.example.com', '/'],
    ['https://under_score.example.com:80/', 'under_score.example.com', '/'],
    ['https://8.8.8.8/', '8.8.8.8', '/'],
    ['https://[2606:4700:0:0::1111]/', '2606:4700::1111', '/'],
  ])('accepts %j as a URL of %s', (url, hostname, path) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: true, target: { hostname, path } });
  });

  it('refuses plain http to public hosts where the operator wants https only', () => {
    const rules = { ...NOTHING_ALLOWED, allowHttp: false };
    expect(judgeUrl('http://good.example.com/', rules)).toMatchObject({
      ok: false,
      message: expect.stringContaining('https'),
    });
    expect(judgeUrl('http://8.8.8.8/', rules)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect(judgeUrl('https://good.example.com/', rules)).toMatchObject({ ok: true });
  });
});

describe('the list of allowed private places', () => {
  it('opens exactly what it names', () => {
    const allow = parseFetchAllow(' minio:9000, Media.Corp., 10.1.0.0/16,192.168.7.7:8080 ,[fd00::7]:8443,::1, ');
    const isAllowed = (url: string): boolean => judgeUrl(url, { allow, allowHttp: false }).ok;
    for (const url of [
      ...['http://minio:9000/x', 'http://media.corp/', 'http://MEDIA.corp.:1234/', 'http://10.1.255.255:5000/'],
      ...['http://192.168.7.7:8080/', 'https://[fd00:0::7]:8443/', 'http://[::1]:99/'],
    ]) {
      expect([url, isAllowed(url)]).toEqual([url, true]);
    }
    for (const url of [
      ...['http://minio/', 'http://minio:9001/', 'http://x.media.corp/', 'http://10.2.0.0/', 'http://192.168.7.7/'],
      ...['https://[fd00::7]/', 'http://[::2]/', 'http://127.0.0.1/', 'http://user@minio:9000/', 'ftp://media.corp/'],
    ]) {
      expect([url, isAllowed(url)]).toEqual([url, false]);
    }
  });

  it.each([
    ...['10.0.0.0/33', '10.0.0.0/', '10.0.0.5/8', '10.0.0.0/8/9', 'host/path', 'http://host', 'host:0', 'host:99999'],
    ...['a b', 'user@host', '*.corp', 'host:', '[::1', 'fe80::1%eth0', '::/129', '1.2.3.256', '%6c', '-'],
  ])('names the entry %j that it cannot read', (entry) => {
    expect(() => parseFetchAllow(`ok.corp,${entry}`)).toThrow(`"${entry}"`);
  });

  it('never opens link-local addresses to a name, only to an entry that lists them', async () => {
    const { resolve } = dnsFake(['169.254.169.254']);
    const byName = await fetcher({ allow: 'media.corp', resolve }).check('http://media.corp/', { deadlineMs: 1_000 });
    expect(byName).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    const byAddress = fetcher({ allow: 'media.corp,169.254.0.0/16', resolve });
    expect(await byAddress.check('http://media.corp/', { deadlineMs: 1_000 })).toEqual({ ok: true });
  });
});
