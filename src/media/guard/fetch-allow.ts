// The operator's list of private places that user-given URLs may reach (REELGATE_FETCH_ALLOW).

import { isIP } from 'node:net';

import { addressBytes, contains } from './address-table.ts';
import type { Network } from './address-table.ts';

type AllowedHost = { readonly name: string; /** null: any port. */ readonly port: number | null };
type AllowedNetwork = { readonly network: Network; /** null: any port. */ readonly port: number | null };
export type FetchAllow = { readonly hosts: readonly AllowedHost[]; readonly networks: readonly AllowedNetwork[] };

const MAX_ENTRIES = 1_000;
const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s[\]:/@?#\\%]+)(?::(\d{1,5}))?$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_NAME_CHARS = 253;

/**
 * Reads comma-separated hosts, `host:port`, IP addresses (IPv6 in brackets when a port follows) and CIDR networks.
 * Throws an Error that names the entry it cannot read.
 */
export function parseFetchAllow(text: string): FetchAllow {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length > MAX_ENTRIES) throw new Error(`The fetch allow list has more than ${MAX_ENTRIES} entries.`);
  const hosts: AllowedHost[] = [];
  const networks: AllowedNetwork[] = [];
  for (const entry of entries) {
    const parsed = entry.includes('/') ? parseNetwork(entry) : parseHost(entry);
    if ('name' in parsed) hosts.push(parsed);
    else networks.push(parsed);
  }
  return { hosts, networks };
}

/** Whether the operator named this host (lower case, no trailing dot) for this port. */
export function allowsHost(allow: FetchAllow, name: string, port: number): boolean {
  return allow.hosts.some((host) => host.name === name && (host.port === null || host.port === port));
}

/** Whether the operator listed this address, or a network around it, for this port. */
export function allowsAddress(allow: FetchAllow, ip: string, port: number): boolean {
  const bytes = addressBytes(ip);
  if (bytes === null) return false;
  return allow.networks.some((entry) => contains(entry.network, bytes) && (entry.port === null || entry.port === port));
}

/** Whether the text is a DNS name as it appears in a parsed URL: lower-case labels, punycode for the rest. */
export function isHostName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && name.split('.').every((label) => LABEL.test(label));
}

function parseNetwork(entry: string): AllowedNetwork {
  const [ip = '', bits = '', ...rest] = entry.split('/');
  const bytes = addressBytes(ip);
  const prefixBits = /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (bytes === null || rest.length > 0 || prefixBits < 0 || prefixBits > bytes.length * 8) {
    throw badEntry(entry, 'write a network as 10.1.0.0/16');
  }
  const network = { bytes, prefixBits };
  const base = bytes.map((byte, index) => byte & prefixMask(prefixBits - index * 8));
  if (base.some((byte, index) => byte !== bytes[index])) {
    throw badEntry(entry, 'the address has bits set beyond its prefix length');
  }
  return { network, port: null };
}

function prefixMask(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

function parseHost(entry: string): AllowedHost | AllowedNetwork {
  if (isIP(entry) !== 0) return singleAddress(entry, entry, null);
  const match = HOST_AND_PORT.exec(entry);
  const host = match?.[1] ?? '';
  const url = URL.parse(`http://${host}/`);
  const port = match?.[2] === undefined ? null : Number(match[2]);
  if (match === null || url === null || port === 0 || (port !== null && port > 65_535)) {
    throw badEntry(entry, 'write a host, host:port, IP address or network');
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) return singleAddress(entry, literal, port);
  const name = url.hostname.replace(/\.$/, '');
  if (!isHostName(name)) throw badEntry(entry, 'this is not a host name');
  return { name, port };
}

function singleAddress(entry: string, ip: string, port: number | null): AllowedNetwork {
  const bytes = addressBytes(ip);
  if (bytes === null) throw badEntry(entry, 'zone ids are not supported');
  return { network: { bytes, prefixBits: bytes.length * 8 }, port };
}

function badEntry(entry: string, hint: string): Error {
  return new Error(`The fetch allow list has an entry that cannot be used, "${entry}": ${hint}.`);
}
