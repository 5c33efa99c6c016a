/** Bounds the streams of events that one key may have open. */

import type { StreamBounds } from './bounds.ts';

/** How many streams each key has open on this node. */
export class StreamSlots {
  readonly #perKey: number;
  readonly #open = new Map<string, number>();

  constructor({ perKey }: StreamBounds) {
    this.#perKey = perKey;
  }

  /** Answers how to give the slot back, once; null if the key has too many. */
  take(keyId: string): (() => void) | null {
    const open = this.#open.get(keyId) ?? 0;
    if (open >= this.#perKey) return null;
    this.#open.set(keyId, open + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.#open.get(keyId) ?? 1) - 1;
      if (left === 0) this.#open.delete(keyId);
      else this.#open.set(keyId, left);
    };
  }
}
