// The address table: every special range is refused from its first address to its last, and the public internet is not.

import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';

import {
  addressBytes,
  addressVerdict,
  IPV4_SPECIAL_RANGES,
  IPV6_SPECIAL_RANGES,
  sameAddress,
} from '../../src/media/guard/address-table.ts';

const PRIVATE_ADDRESSES: readonly [ip: string, range: RegExp][] = [
  ['127.0.0.1', /loopback/],
  ['127.255.255.254', /loopback/],
  ['0.0.0.0', /unspecified/],
  ['0.1.2.3', /this network/],
  ['10.0.0.1', /private/],
  ['172.16.0.1', /private/],
  ['172.31.255.255', /private/],
  ['192.168.1.1', /private/],
  ['100.64.0.1', /carrier/],
  ['100.100.100.200', /metadata/],
  ['169.254.169.254', /metadata/],
  ['168.63.129.16', /cloud platform/],
  ['192.0.0.1', /protocol/],
  ['192.0.0.192', /metadata/],
  ['198.18.0.1', /benchmarking/],
  ['198.19.255.255', /benchmarking/],
  ['224.0.0.1', /multicast/],
  ['239.255.255.255', /multicast/],
  ['240.0.0.1', /reserved/],
  ['255.255.255.255', /broadcast/],
  ['192.0.2.1', /documentation/],
  ['::', /unspecified/],
  ['::1', /loopback/],
  ['::ffff:127.0.0.1', /mapped/],
  ['::ffff:7f00:1', /mapped/],
  ['::ffff:8.8.8.8', /mapped/],
  ['0:0:0:0:0:ffff:a9fe:a9fe', /mapped/],
  ['::ffff:0:127.0.0.1', /translated/],
  ['::127.0.0.1', /compatible/],
  ['::7f00:1', /compatible/],
  ['fc00::1', /private/],
  ['fd00:ec2::254', /private/],
  ['fe80::1', /link-local/],
  ['fec0::1', /site-local/],
  ['ff02::1', /multicast/],
  ['64:ff9b::7f00:1', /loopback/],
  ['64:ff9b::a9fe:a9fe', /metadata/],
  ['64:ff9b:1::1', /local NAT64/],
  ['2002:7f00:1::', /6to4/],
  ['2002:808:808::1', /6to4/],
  ['2001:0:1::1', /Teredo/],
  ['2001:10::1', /protocol/],
  ['2001:20::1', /protocol/],
  ['2001:db8::1', /documentation/],
  ['3fff::1', /documentation/],
  ['3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', /documentation/],
  ['3ffe::1', /test network/],
  ['100::1', /discard/],
  ['5f00::1', /not global/],
  ['4000::1', /not global/],
  ['1fff:ffff::1', /not global/],
];

describe('addresses that no user-given URL may reach', () => {
  it.each(PRIVATE_ADDRESSES)('refuses %s', (ip, range) => {
    expect(addressVerdict(ip)).toMatchObject({ allowed: false, range: expect.stringMatching(range) });
  });

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
    '1.2.3',
    'fe80::1%eth0',
    '2606::1%1',
    ' 8.8.8.8',
  ])('refuses %j, which is not a plain address', (text) => {
    expect(addressVerdict(text)).toMatchObject({ allowed: false, range: 'not an IP address' });
  });

  it.each([...IPV4_SPECIAL_RANGES, ...IPV6_SPECIAL_RANGES].map((row) => row.cidr))(
    'refuses the first and the last address of %s',
    (cidr) => {
      const [address, bits] = ipaddr.parseCIDR(cidr);
      const first = address.toByteArray();
      const last = first.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, bits - index * 8))));
      for (const bytes of [first, last]) {
        expect(addressVerdict(ipaddr.fromByteArray([...bytes]).toString()).allowed).toBe(false);
      }
    },
  );

  it('never allows what another table calls special', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 14, maxLength: 14 }).map((tail) => Uint8Array.from([0x20, 0x01, ...tail])),
    );
    fc.assert(
      fc.property(bytes, (array) => {
        const address = ipaddr.fromByteArray([...array]);
        const verdict = addressVerdict(address.toString());
        return !verdict.allowed || address.range() === 'unicast';
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('public addresses', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '2001:200::1',
    '2003::1',
    '2a00:1450::1',
    '64:ff9b::808:808',
  ])('allows %s', (ip) => {
    expect(addressVerdict(ip)).toEqual({ allowed: true });
  });
});

describe('the same address in two spellings', () => {
  it('has the same bytes, whatever zeros are shortened and with a dotted end', () => {
    const pair = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
        const hex = groups.map((group) => group.toString(16));
        const spellings = [
          hex.join(':'),
          `${hex.slice(0, 6).join(':')}:${bytes.slice(12).join('.')}`,
          new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1),
        ];
        if (groups.slice(0, 6).every((group) => group === 0)) spellings.push(`::${bytes.slice(12).join('.')}`);
        for (const spelling of spellings) expect(addressBytes(spelling)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('is recognised, mapped forms included, and different ones are not', () => {
    expect(sameAddress('::ffff:93.184.216.34', '93.184.216.34')).toBe(true);
    expect(sameAddress('2606:4700:0:0::1', '2606:4700::1')).toBe(true);
    expect(sameAddress('93.184.216.34', '93.184.216.35')).toBe(false);
    expect(sameAddress('nonsense', 'nonsense')).toBe(false);
  });
});
