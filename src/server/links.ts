/** How long the links to files last that clients are given. */

import { LINK_BOUNDS } from './bounds.ts';

/** When a link made now stops working, in milliseconds since 1970: the same for every link made within an hour. */
export function linkExpiryMs(nowMs: number): number {
  return Math.ceil(nowMs / LINK_BOUNDS.roundMs) * LINK_BOUNDS.roundMs + LINK_BOUNDS.lifeMs;
}
