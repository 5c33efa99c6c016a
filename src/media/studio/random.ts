// Chance that repeats: the same seed and purpose always give the same numbers.

export type Random = {
  /** A number in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** Throws when the list is empty. */
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
};

/** Different purposes of one seed are independent, so adding a star does not move a mountain. */
export function seededRandom(seed: number | string, purpose: string): Random {
  let state = hashText(`${seed}\u0000${purpose}`);
  // The mulberry32 generator: 32 bits of state, even enough for pictures, and the same on every platform.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick(list) {
      const item = list[Math.floor(next() * list.length)];
      if (item === undefined) throw new RangeError('Nothing to pick from.');
      return item;
    },
  };
}

/** FNV-1a over UTF-16 units, as an unsigned 32-bit number. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
