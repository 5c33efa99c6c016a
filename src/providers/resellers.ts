/** Servers that speak a wire of somebody else's: a row each, in place of code. */

import { createGenerations } from './generations/generations.ts';
import * as generations from './generations/tables.ts';
import { createOpenaiVideo } from './openai-video/openai-video.ts';
import * as openai from './openai-video/tables.ts';
import type { Provider } from './provider.ts';
import type { Quirks } from './relay.ts';
import { createUnifiedVideo } from './unified-video/unified-video.ts';
import * as unified from './unified-video/tables.ts';

const WIRES = {
  'openai-video': createOpenaiVideo,
  'unified-video': createUnifiedVideo,
  generations: createGenerations,
} as const;

type Row = {
  readonly name: string;
  readonly baseUrl: string;
  readonly via: keyof typeof WIRES;
  readonly quirks: Quirks;
};

/** Servers that everyone runs for themselves are looked for on this machine: a key leaves it only where the channel says so. */
const ROWS: readonly Row[] = [
  { name: 'openai-video', baseUrl: 'https://api.openai.com', via: 'openai-video', quirks: openai.PLAIN },
  { name: 'openai-resale', baseUrl: 'http://127.0.0.1:3000', via: 'openai-video', quirks: openai.RESALE },
  // Ports: the servers' own documentation.
  { name: 'vllm-omni', baseUrl: 'http://127.0.0.1:8091', via: 'openai-video', quirks: openai.VLLM_OMNI },
  { name: 'sglang', baseUrl: 'http://127.0.0.1:30000', via: 'openai-video', quirks: openai.SGLANG },
  { name: 'reelgate', baseUrl: 'http://127.0.0.1:8787', via: 'openai-video', quirks: openai.REELGATE },
  { name: 'reelgate-generations', baseUrl: 'http://127.0.0.1:8787', via: 'generations', quirks: generations.REELGATE },
  { name: 'generations', baseUrl: 'http://127.0.0.1:3000', via: 'generations', quirks: generations.USUAL },
  { name: 'unified-video', baseUrl: 'http://127.0.0.1:3000', via: 'unified-video', quirks: unified.USUAL },
  // docs.deepwl.cn; a task is asked about in the style in which it was made, hence two rows.
  { name: 'deepwl', baseUrl: 'https://zx1.deepwl.net', via: 'unified-video', quirks: unified.USUAL },
  { name: 'deepwl-openai', baseUrl: 'https://zx1.deepwl.net', via: 'openai-video', quirks: openai.RESALE },
  // A skin of the same, as clients name its host.
  { name: 'duoyuanx', baseUrl: 'https://duoyuanx.com', via: 'unified-video', quirks: unified.USUAL },
  // docs.octopusx.ai
  { name: 'octopusx', baseUrl: 'https://octopusx.ai', via: 'unified-video', quirks: unified.USUAL },
];

export const RESELLERS: readonly Provider[] = ROWS.map(({ name, baseUrl, via, quirks }) =>
  WIRES[via](name, baseUrl, quirks),
);
