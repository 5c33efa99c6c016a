/** New ids of this process: UUIDv7, in the order they were made even within one millisecond. */

import { randomBytes } from 'node:crypto';

import { uuidV7 } from './model/id.ts';

const RANDOM_BYTES = 10;
/** The 12 bits after the time count up within a millisecond, from a random start in their lower half. */
const COUNTER_LIMIT = 0x1000;
const COUNTER_START_MASK = 0x7ff;

let lastMs = 0;
let counter = 0;

export function newId(): string {
  const random = randomBytes(RANDOM_BYTES);
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = random.readUInt16BE(0) & COUNTER_START_MASK;
  } else {
    counter += 1;
    if (counter === COUNTER_LIMIT) {
      lastMs += 1;
      counter = 0;
    }
  }
  random.writeUInt16BE(counter, 0);
  return uuidV7(lastMs, random);
}
