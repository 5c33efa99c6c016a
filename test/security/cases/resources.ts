/** D: what a request may cost us before it is refused. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

const BODIES = 'server/bodies';

export const RESOURCES: readonly Case[] = [
  here('D01', 'a body of 200 MB', '413 body_too_large', 'refused by its announced length, before a byte of it is read'),
  elsewhere(
    'D02',
    'many large bodies at once',
    'their bytes in memory have one bound',
    'server/parts',
    'refuses what does not fit and takes it when there is room',
  ),
  here('D03', 'base64 that is none', '400 invalid_request', 'nothing is stored', [
    'data:image/png;base64,@@@@',
    'data:image/png;charset=x;base64,QUJD QUJD',
    'data:text/html;base64,PGh0bWw+',
    'data:image/png,notbase64',
    'data:;base64,',
    'QUJD*QUJDQUJDQUJDQUJD',
  ]),
  here(
    'D04',
    'JSON nested 100,000 deep, a million keys, a million values',
    '400 invalid_request',
    'judged before it is parsed',
  ),
  here('D05', 'a body that is compressed, once or six times', '415 unsupported_media', 'nothing is inflated', [
    'gzip',
    'gzip, gzip, gzip, gzip, gzip, gzip',
    'br',
    'deflate',
    'zstd',
  ]),
  elsewhere(
    'D06',
    'broken and endless forms',
    'one sentence, and no file left',
    BODIES,
    'is a 400 with one sentence and leaves nothing behind',
  ),
  elsewhere('D07', 'a body that stops arriving', '408', 'server/parts', 'is given up with 408'),
  notApplicable(
    'D08',
    'ten thousand idle connections',
    'their number is the operating system\u2019s to bound; each ends after 72 s',
  ),
  here('D09', 'a prompt of 1 MB, and texts that make patterns slow', '400 invalid_request', 'answered within a second'),
  here('D10', 'a zip, XML, YAML or SVG as an input', '400 invalid_request', 'no reader of these is in the product', [
    '/zip',
    '/xml',
    '/yaml',
    '/svg',
  ]),
  here('D11', '64 kB of headers, and 500 headers', '431', 'the connection ends'),
  here(
    'D12',
    'a request that has come through us too often; a channel that leads back to us',
    '508 loop_detected',
    'three jobs at most, no hold stays open',
  ),
  elsewhere(
    'D13',
    'more names than any table holds',
    'those unused for longest are forgotten',
    'server/parts',
    'never hold more than their bound',
  ),
  notApplicable('D14', 'a search full of wildcards', 'nothing is searched for by a pattern'),
  here('D15', 'a page of a thousand million, of none, of less', '400 invalid_request', 'pages have a bound', [
    '1000000000',
    '0',
    '-1',
    'x',
  ]),
  here('D16', 'a hundred clients that poll one job', '200', 'the vendor is asked no more often for it'),
  elsewhere(
    'D17',
    'one job more than a key may have under way',
    '429, nothing is held',
    'engine/concurrency',
    'of a key are refused beyond its limit, with the time to wait and no money held',
  ),
  elsewhere(
    'D18',
    'a disk that is nearly full',
    'no new videos; jobs go on and are settled',
    'engine/room',
    'creates are refused without a trace, jobs go on and are settled',
  ),
];
