/** A bound on the memory that request bodies take together. */

/** One body's share; `release` gives it back and may be called again. */
export type ByteShare = {
  /** False if the budget has no room for that much; the share then stays as it was. */
  resize(bytes: number): boolean;
  release(): void;
};

export class ByteBudget {
  readonly #totalBytes: number;
  #usedBytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  share(): ByteShare {
    let own = 0;
    let released = false;
    const resize = (bytes: number): boolean => {
      const grown = this.#usedBytes - own + bytes;
      if (released || (bytes > own && grown > this.#totalBytes)) return false;
      this.#usedBytes = grown;
      own = bytes;
      return true;
    };
    const release = (): void => {
      this.#usedBytes -= own;
      own = 0;
      released = true;
    };
    return { resize, release };
  }
}
