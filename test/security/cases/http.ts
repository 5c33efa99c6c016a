/** P: bytes, headers and addresses. `{auth}` is a good key's header, `{body}` a create that must never be one. */

import { here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

const POST = 'POST /v1/videos HTTP/1.1\r\nHost: x\r\n{auth}Content-Type: application/json\r\n';
const SMUGGLED = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

const TYPE_HOLDS = 'what is checked is the request that was read, never its type';

export const HTTP: readonly Case[] = [
  here('P01', 'another Host, an absolute target, forwarding headers', '401', 'the same as without', [
    'GET /v1/videos HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    'GET /v1/videos HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: for=10.0.0.1\r\nConnection: close\r\n\r\n',
    'GET /v1/videos HTTP/1.1\r\nHost: x\r\nX-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\nConnection: close\r\n\r\n',
  ]),
  here('P02', 'two ways to tell where a request ends', '400', 'the connection ends, and what follows is no request', [
    `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}Transfer-Encoding: identity, chunked, x\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`,
    `${POST}Content-Length: 0\nX-Bare: 1\r\n\r\n${SMUGGLED}`,
    `${POST}Content-Length: +3\r\n\r\nabc${SMUGGLED}`,
    `${POST}Content-Length: 0x3\r\n\r\nabc${SMUGGLED}`,
    `${POST}Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n${SMUGGLED}`,
    `${POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
  ]),
  here('P03', 'lengths that disagree, names and values with line ends', '400', 'the connection ends', [
    `${POST}Content-Length: 3\r\ncontent-length: 4\r\n\r\nabcd`,
    `${POST}Content-Length: 3, 4\r\n\r\nabcd`,
    `${POST}X-A: b\rX-C: d\r\nContent-Length: 0\r\n\r\n`,
    `${POST}X A: b\r\nContent-Length: 0\r\n\r\n`,
    `${POST}X-A\u0000: b\r\nContent-Length: 0\r\n\r\n`,
    `${POST}Host: y\r\nContent-Length: 0\r\n\r\n`,
    `${POST}Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}`,
    `${POST}content-encoding: identity\r\ncontent-encoding: identity\r\nContent-Length: {length}\r\n\r\n{body}`,
  ]),
  here('P04', 'TRACE, CONNECT, and headers that name another method', '405 method_not_allowed', 'no tunnel, no echo', [
    'TRACE',
    'PROPFIND',
    'CONNECT',
  ]),
  here('P05', 'ids that are addresses', '404 not_found', 'no vendor is called', [
    '..%2f..%2fmodels',
    'a%3Fx%3D1',
    'a%23b',
    '%2e%2e',
    '%2f',
    '%252f',
    'video_1%2fcontent',
  ]),
  here('P06', 'a vendor that names a task ../../models', '200', 'no call of ours leaves the place where tasks are', [
    '../../models',
    'a?x=1',
    'a#b',
    '%2e%2e',
    '.',
  ]),
  here(
    'P07',
    'headers of a client: cookies, forwarding, another key',
    '200',
    'a vendor gets the headers of its adapter and no others',
  ),
  here('P08', 'a base URL that is more than an address', '400 invalid_request', 'no channel is made', [
    'evil.org#',
    'https://a@b',
    'https://good.example/?x=',
    'https://good.example/#',
    'file:///etc',
  ]),
  here('P09', 'other spellings of an address', '404', 'none is answered without a key', [
    '//v1/videos',
    '/V1/videos',
    '/v1/videos/',
    '/v1/videos%00',
    '/v1/videos;x=1',
    '/v1//videos',
    '/%761/videos',
    '/v1/videos%2f',
    '/v1/./videos',
    '/v1/x/../videos',
    '/v1\\videos',
    '/admin/v1/../../v1/videos',
    '/healthz/../v1/videos',
    '/files/..%2fv1%2fvideos',
  ]),
  here(
    'P10',
    'application/json with a tab and more, with a body that is refused',
    '415 unsupported_media',
    TYPE_HOLDS,
    ['application/json\ta'],
  ),
  here('P11', 'content types that are almost JSON', '415 unsupported_media', TYPE_HOLDS, [
    'application/json x',
    'application/json\u00a0',
    'application/jsonp',
    'text/json',
    'application/x-json;application/json',
  ]),
  here('P12', 'application/json after blanks', '400 invalid_request', TYPE_HOLDS, [
    '  application/json',
    '\tapplication/json ',
  ]),
  here(
    'P13',
    'a vendor that leaves another answer on the connection',
    '200',
    'each call gets its own answer; channels share no connection',
  ),
  here('P14', 'Upgrade', '401', 'it is answered as if it had not been asked for, as RFC 9110 allows', [
    'websocket',
    'h2c',
    'TLS/1.0',
  ]),
  here('P15', 'Origin: null, and of another site', '200', 'no header lets another site read the answer', [
    'null',
    'https://evil.example',
  ]),
  notApplicable(
    'P16',
    'a console called from another site',
    'there is no console here that knows its people by a cookie',
  ),
];
