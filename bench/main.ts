/**
 * `npm run bench` measures all, `npm run bench -- create lag` those only. Machines are noisy: ratios are taken in one run and in
 * turns, and absolute figures only tell the order.
 */

import { availableParallelism, cpus, totalmem } from 'node:os';

import { create } from './create.ts';
import { flight } from './flight.ts';
import { hangingVendor, lag } from './lag.ts';
import { nodes } from './nodes.ts';
import { printDatabase } from './rig.ts';
import { reads, rendering } from './sandbox.ts';
import { starting } from './starting.ts';
import { megabytes } from './table.ts';
import { webhooks } from './webhooks.ts';

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  starting,
  rendering,
  reads,
  create,
  lag,
  hanging: hangingVendor,
  flight,
  webhooks,
  nodes,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0)
  throw new Error(`there is no bench ${unknown.join(', ')}, only ${Object.keys(BENCHES).join(', ')}`);

process.stdout.write(
  `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}, ${megabytes(totalmem())}, Node ${process.versions.node}\n`,
);
await printDatabase();
for (const [name, bench] of Object.entries(BENCHES)) if (names.length === 0 || names.includes(name)) await bench();
