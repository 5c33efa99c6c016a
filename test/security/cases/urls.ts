/** S: URLs that clients give, at every place that takes one. `{port}` is that of a trap, `{farm}` the address of a bad server. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

const NO_CONNECTION = 'no name is asked for, no connection is made, nothing is held';
const row = (id: string, input: string, values: readonly string[]): Case =>
  here(id, input, '400 invalid_request', NO_CONNECTION, values);
const lead = (
  id: string,
  input: string,
  values: readonly string[],
  holds = 'nothing is held and no file stays',
): Case => here(id, input, '400 invalid_request', holds, values);
const host = (id: string, name: string): Case =>
  row(id, name, [`http://${name}:{port}/x.png`, `https://${name}/x.png`]);

/** Refused by their text alone: all are tried at every place of every dialect. */
export const FORBIDDEN_URLS: readonly Case[] = [
  host('S01', '127.0.0.1'),
  host('S02', '127.1'),
  host('S03', '2130706433'),
  host('S04', '0x7f000001'),
  host('S05', '017700000001'),
  host('S06', '0'),
  host('S07', '\u2460\u2461\u2466.\u24ea.\u24ea.\u2460'),
  host('S08', '127\u30020\u30020\u30021'),
  host('S09', '0.0.0.0'),
  host('S10', '[::]'),
  host('S11', '[::1]'),
  host('S12', '[::ffff:127.0.0.1]'),
  host('S13', '[::127.0.0.1]'),
  host('S14', '[0:0:0:0:0:ffff:a9fe:a9fe]'),
  host('S15', '169.254.169.254'),
  host('S16', '0xa9fea9fe'),
  host('S17', '169.254.43518'),
  host('S18', 'metadata.google.internal.'),
  host('S19', '100.100.100.200'),
  row('S20', 'private networks', ['http://10.0.0.1/', 'http://172.16.0.1/', 'http://192.168.0.1/']),
  row('S21', 'carrier space', ['http://100.64.0.1/']),
  row('S22', 'protocol assignments', ['http://192.0.0.1/', 'http://192.0.0.192/']),
  row('S23', 'benchmarking', ['http://198.18.0.1/', 'http://198.19.255.255/']),
  row('S24', 'multicast and reserved', ['http://224.0.0.1/', 'http://240.0.0.1/', 'http://255.255.255.255/']),
  row('S25', 'unique local', ['http://[fc00::1]/', 'http://[fd00:ec2::254]/']),
  row('S26', 'link-local and site-local', ['http://[fe80::1]/', 'http://[fec0::1]/']),
  row('S27', 'translated, tunnelled and documented', [
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:db8::1]/',
  ]),
  row('S28', 'our own address', ['{own}/v1/videos', '{own}/files/x', '{own}/admin/v1/accounts']),
  row('S29', 'names that are never public', [
    'http://localhost:{port}/',
    'http://localhost.:{port}/',
    'http://printer.local/',
    'http://db.internal/',
    'http://redis:6379/',
    'http://intranet/',
  ]),
  row('S33', 'a user name before the host', [
    'http://good.example.com@127.0.0.1:{port}/',
    'http://user:pw@good.example.com/',
    'https://:pw@good.example.com/',
  ]),
  row('S34', 'parsers that disagree', [
    'http://127.0.0.1:{port}\\@good.example.com/',
    'http://127.0.0.1:{port}#@good.example.com/',
    'http://127.0.\t0.1:{port}/',
    'http://127.0.0.1\n:{port}/',
  ]),
  row('S35', 'other schemes', [
    'file:///etc/passwd',
    'gopher://127.0.0.1:{port}/',
    'ftp://a.example.com/x.png',
    'blob:https://a.example.com/1',
    'javascript:alert(1)',
    'ws://127.0.0.1:{port}/',
    's3://127.0.0.1:{port}#/k',
  ]),
  row('S36', 'ports of other services', [
    'http://good.example.com:22/',
    'http://good.example.com:25/',
    'http://good.example.com:5432/',
    'http://good.example.com:6379/',
    'http://good.example.com:99999/',
  ]),
  row('S42', 'a private URL that a vendor would fetch', [
    'http://10.1.2.3/internal-name.png',
    'https://wiki.corp/x.png',
  ]),
];

/** Refused for where they lead: by a name, a redirect or an answer. */
export const LEADING_URLS: readonly Case[] = [
  lead(
    'S30',
    'a name with a private address among its own',
    ['mixed.example.com', 'private.example.com', 'nip.example.com'],
    'no connection to any of them',
  ),
  lead(
    'S31',
    'a name whose second answer is private',
    ['rebinding.example.com'],
    'it is asked for once for each hop; the connection goes to the address that was judged',
  ),
  lead('S32', 'redirects to private places, other schemes, for ever', [
    '{farm}/to?url=http%3A%2F%2F127.0.0.1%3A{port}%2F',
    '{farm}/to?url=http%3A%2F%2F%5B%3A%3A1%5D%3A{port}%2F',
    '{farm}/to?url=file%3A%2F%2F%2Fetc%2Fpasswd',
    '{farm}/to?url=http%3A%2F%2F169.254.169.254%2Flatest%2F',
    '{farm}/hops?left=10',
    '{farm}/loop',
  ]),
  lead('S37', 'headers that never end', ['{farm}/headers-for-ever']),
  lead(
    'S38',
    'a body that comes byte by byte',
    ['{farm}/drip'],
    'one deadline for the whole fetch, however alive it looks',
  ),
  lead('S39', '10 GB announced, and no end announced', ['{farm}/huge', '{farm}/endless']),
  lead('S40', 'an answer that would inflate to 64 MB', ['{farm}/inflating'], 'nothing is ever inflated'),
  lead('S41', 'HTML, SVG, XML, YAML, a zip, nothing, or 50,000 pixels a side under the name of a picture', [
    '{farm}/html',
    '{farm}/svg',
    '{farm}/xml',
    '{farm}/yaml',
    '{farm}/zip',
    '{farm}/empty',
    '{farm}/giant.png',
  ]),
];

export const OTHER_URLS: readonly Case[] = [
  elsewhere(
    'S43',
    'certificates that do not hold',
    'no byte is sent',
    'media/guard/guarded-fetch',
    'fails closed for a certificate that nobody trusts',
  ),
  elsewhere(
    'S44',
    'a host in other scripts',
    'it is its punycode',
    'media/guard/url-rules',
    'https://b\u00fccher.example.com/',
  ),
  elsewhere(
    'S45',
    'a name in the machine\u2019s hosts file',
    'only names that the operator listed are looked up there',
    'media/guard/names',
    'resolves listed names as the machine does',
  ),
  notApplicable(
    'S50',
    's3:// with an address for a bucket',
    'no client names a bucket: the store is the operator\u2019s setting',
  ),
  here(
    'S60',
    'a test of a webhook whose name has become private',
    '400 invalid_request',
    'no connection, and no word of any answer',
  ),
  here('S61', 'a private base URL of a channel', '201', 'the operator may: it is written down who made the channel'),
];
