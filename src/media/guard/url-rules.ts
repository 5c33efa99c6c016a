// Judges a user-given URL before any network is touched, and each address its name resolves to afterwards.

import { isIP } from 'node:net';

import { addressVerdict } from './address-table.ts';
import { allowsAddress, allowsHost, isHostName } from './fetch-allow.ts';
import type { FetchAllow } from './fetch-allow.ts';

export { parseFetchAllow } from './fetch-allow.ts';
export type { FetchAllow } from './fetch-allow.ts';

export type UrlRules = {
  readonly allow: FetchAllow;
  /** Plain http towards public hosts; allowed private hosts may always use it. */
  readonly allowHttp: boolean;
};

/** A URL that passed the rules, in the only form the fetcher uses. */
export type FetchTarget = {
  readonly href: string;
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  /** Lower case, punycode, without brackets or a trailing dot. */
  readonly hostname: string;
  readonly isAddress: boolean;
  readonly port: number;
  readonly secure: boolean;
};

export type UrlVerdict =
  | { ok: true; target: FetchTarget }
  | { ok: false; reason: 'url_invalid' | 'url_not_allowed'; message: string };

/** Signed links of object stores reach 2-3 kB; nothing honest reaches this. */
const MAX_URL_CHARS = 8_192;

const STANDARD_PORTS: readonly number[] = [80, 443];

/** Top-level labels that only ever mean a private network or this very machine. */
const PRIVATE_SUFFIXES: readonly string[] = [
  'localhost',
  'local',
  'internal',
  'localdomain',
  'lan',
  'intranet',
  'corp',
  'home',
  'home.arpa',
];

/**
 * Parses and judges a URL by its text alone. What `URL` canonicalises (octal, hexadecimal, full-width digits) is judged
 * in its canonical form. A name that passes must still have every resolved address judged by `mayConnect`.
 */
export function judgeUrl(text: string, rules: UrlRules): UrlVerdict {
  if (text.length > MAX_URL_CHARS) return invalid(`The URL is longer than ${MAX_URL_CHARS} characters.`);
  const url = URL.parse(text);
  if (url === null) return invalid('The URL cannot be parsed; give an absolute https URL.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('Only https and http URLs can be fetched.');
  if (url.username !== '' || url.password !== '') return refused('The URL must not carry a user name or password.');
  const target = targetOf(url);
  if (!target.isAddress && !isHostName(target.hostname))
    return invalid('The host of the URL is not a valid host name.');
  return judgeTarget(target, rules);
}

/**
 * Whether the fetcher may connect to this address on behalf of the target. Every answer of the target's one resolution
 * must pass, and again the peer address of the connected socket.
 */
export function mayConnect(target: FetchTarget, ip: string, rules: UrlRules): boolean {
  if (allowsAddress(rules.allow, ip, target.port)) return true;
  const verdict = addressVerdict(ip);
  if (allowsHost(rules.allow, target.hostname, target.port)) return verdict.allowed || verdict.privateHost;
  return verdict.allowed && hasPublicPort(target) && (target.secure || rules.allowHttp);
}

function targetOf(url: URL): FetchTarget {
  const isBracketed = url.hostname.startsWith('[');
  if (!isBracketed && url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  url.hash = '';
  const hostname = isBracketed ? url.hostname.slice(1, -1) : url.hostname;
  const secure = url.protocol === 'https:';
  const standardPort = secure ? 443 : 80;
  return {
    href: url.href,
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    hostname,
    isAddress: isIP(hostname) !== 0,
    port: url.port === '' ? standardPort : Number(url.port),
    secure,
  };
}

function judgeTarget(target: FetchTarget, rules: UrlRules): UrlVerdict {
  if (target.isAddress) {
    if (mayConnect(target, target.hostname, rules)) return { ok: true, target };
    if (addressVerdict(target.hostname).allowed) return refusedPortOrScheme(target);
    return refused('The URL points at an address that is not on the public internet.');
  }
  if (allowsHost(rules.allow, target.hostname, target.port)) return { ok: true, target };
  if (isPrivateName(target.hostname)) return refused('The host of the URL is not a public host name.');
  // An operator who opened a network opened its ports too, and whether a name is inside shows only in its addresses.
  const mayBeInside = rules.allow.networks.some((entry) => entry.port === null || entry.port === target.port);
  if (mayBeInside || (hasPublicPort(target) && (target.secure || rules.allowHttp))) return { ok: true, target };
  return refusedPortOrScheme(target);
}

function hasPublicPort(target: FetchTarget): boolean {
  return STANDARD_PORTS.includes(target.port);
}

function isPrivateName(hostname: string): boolean {
  if (!hostname.includes('.')) return true;
  return PRIVATE_SUFFIXES.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`));
}

function refusedPortOrScheme(target: FetchTarget): UrlVerdict {
  if (!hasPublicPort(target)) return refused('The URL uses a port other than 443 or 80.');
  return refused('Only https URLs can be fetched.');
}

function invalid(message: string): UrlVerdict {
  return { ok: false, reason: 'url_invalid', message };
}

function refused(message: string): UrlVerdict {
  return { ok: false, reason: 'url_not_allowed', message };
}
