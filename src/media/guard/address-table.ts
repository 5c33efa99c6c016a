// Which IP addresses a user-given URL may lead to: our own table of special ranges, everything else refused or public.

import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

export type AddressVerdict = { allowed: true } | { allowed: false; range: string; privateHost: boolean };

type SpecialRange = {
  readonly cidr: string;
  /** Why nobody outside may be sent there, in the operator's words. */
  readonly reason: string;
  /** An ordinary machine of a private network can live here, so an operator may open it by naming the host. */
  readonly privateHost: boolean;
};

export type Network = { readonly bytes: readonly number[]; readonly prefixBits: number };

const special = (cidr: string, reason: string): SpecialRange => ({ cidr, reason, privateHost: false });
const privateHosts = (cidr: string, reason: string): SpecialRange => ({ cidr, reason, privateHost: true });

/** IPv4: what is listed is refused, the rest is public. Source: IANA special-purpose registry, and clouds' documentation. */
export const IPV4_SPECIAL_RANGES: readonly SpecialRange[] = [
  special('0.0.0.0/8', 'this network (unspecified)'),
  privateHosts('10.0.0.0/8', 'private network'),
  privateHosts('100.64.0.0/10', 'shared carrier space, and a cloud metadata service'),
  privateHosts('127.0.0.0/8', 'loopback'),
  special('168.63.129.16/32', 'a cloud platform service inside every virtual machine'),
  special('169.254.0.0/16', 'link-local, cloud metadata services'),
  privateHosts('172.16.0.0/12', 'private network'),
  special('192.0.0.0/24', 'protocol assignments, and a cloud metadata service'),
  special('192.0.2.0/24', 'documentation'),
  special('192.31.196.0/24', 'name-server sink'),
  special('192.52.193.0/24', 'multicast tunnelling'),
  special('192.88.99.0/24', 'former 6to4 relay'),
  privateHosts('192.168.0.0/16', 'private network'),
  special('192.175.48.0/24', 'name-server sink'),
  privateHosts('198.18.0.0/15', 'benchmarking'),
  special('198.51.100.0/24', 'documentation'),
  special('203.0.113.0/24', 'documentation'),
  special('224.0.0.0/4', 'multicast'),
  special('240.0.0.0/4', 'reserved, broadcast'),
];

/** IPv6: only 2000::/3 is public, less what is listed. Rows outside it give the refusal a better name than "not global". */
export const IPV6_SPECIAL_RANGES: readonly SpecialRange[] = [
  special('::/128', 'unspecified'),
  privateHosts('::1/128', 'loopback'),
  special('::ffff:0:0/96', 'IPv4-mapped'),
  special('::ffff:0:0:0/96', 'IPv4-translated'),
  special('::/96', 'IPv4-compatible'),
  special('64:ff9b:1::/48', 'local NAT64'),
  special('100::/64', 'discard'),
  special('2001::/32', 'Teredo tunnelling'),
  special('2001::/23', 'protocol assignments'),
  special('2001:db8::/32', 'documentation'),
  special('2002::/16', '6to4 tunnelling'),
  special('2620:4f:8000::/48', 'name-server sink'),
  special('3ffe::/16', 'returned test network'),
  special('3fff::/20', 'documentation'),
  privateHosts('fc00::/7', 'private network'),
  special('fe80::/10', 'link-local'),
  special('fec0::/10', 'former site-local'),
  special('ff00::/8', 'multicast'),
];

const IPV4_TABLE = compile(IPV4_SPECIAL_RANGES);
const IPV6_TABLE = compile(IPV6_SPECIAL_RANGES);
const IPV6_GLOBAL = networkOf('2000::/3');

/**
 * The well-known NAT64 prefix. Networks without IPv4 answer every IPv4-only name with it, so it is as good or as bad
 * as the IPv4 address inside.
 */
const NAT64 = networkOf('64:ff9b::/96');
const EMBEDDED_IPV4_OFFSET = 12;

/** Judges one textual address. Text that is not a plain address (zone ids and shorthand included) is not allowed. */
export function addressVerdict(ip: string): AddressVerdict {
  const bytes = addressBytes(ip);
  if (bytes === null) return { allowed: false, range: 'not an IP address', privateHost: false };
  if (bytes.length === 4) return judge(bytes, IPV4_TABLE);
  if (contains(NAT64, bytes)) return judge(bytes.slice(EMBEDDED_IPV4_OFFSET), IPV4_TABLE);
  const verdict = judge(bytes, IPV6_TABLE);
  if (verdict.allowed && !contains(IPV6_GLOBAL, bytes)) {
    return { allowed: false, range: 'not global unicast', privateHost: false };
  }
  return verdict;
}

/** The 4 or 16 bytes of a plain dotted or colon address, or null. */
export function addressBytes(ip: string): readonly number[] | null {
  // ipaddr.js also reads octal, hexadecimal and shortened forms, hence the strict check first.
  const family = isIP(ip);
  if (family === 0 || ip.includes('%')) return null;
  // It also reads `::1.2.3.4` as `::ffff:1.2.3.4`; the URL parser's spelling leaves it nothing to interpret.
  const text = family === 6 ? URL.parse(`http://[${ip}]/`)?.hostname.slice(1, -1) : ip;
  return text === undefined ? null : ipaddr.parse(text).toByteArray();
}

/** Whether two textual addresses name the same machine; an IPv4-mapped address equals the IPv4 address inside it. */
export function sameAddress(left: string, right: string): boolean {
  const a = unmapped(left);
  const b = unmapped(right);
  return a !== null && b !== null && a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether an address (of either family) lies in the network; families never match each other. */
export function contains(network: Network, address: readonly number[]): boolean {
  if (network.bytes.length !== address.length) return false;
  for (let bit = 0; bit < network.prefixBits; bit += 8) {
    const index = bit / 8;
    const mask = network.prefixBits - bit >= 8 ? 0xff : (0xff << (8 - (network.prefixBits - bit))) & 0xff;
    if (((network.bytes[index] ?? 0) & mask) !== ((address[index] ?? 0) & mask)) return false;
  }
  return true;
}

function judge(bytes: readonly number[], table: readonly (SpecialRange & { network: Network })[]): AddressVerdict {
  const row = table.find((candidate) => contains(candidate.network, bytes));
  if (row === undefined) return { allowed: true };
  return { allowed: false, range: row.reason, privateHost: row.privateHost };
}

function compile(ranges: readonly SpecialRange[]): readonly (SpecialRange & { network: Network })[] {
  return ranges.map((range) => ({ ...range, network: networkOf(range.cidr) }));
}

function networkOf(cidr: string): Network {
  const [address, prefixBits] = ipaddr.parseCIDR(cidr);
  return { bytes: address.toByteArray(), prefixBits };
}

function unmapped(ip: string): readonly number[] | null {
  const bytes = addressBytes(ip);
  if (bytes === null || bytes.length === 4) return bytes;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? bytes.slice(EMBEDDED_IPV4_OFFSET) : bytes;
}
