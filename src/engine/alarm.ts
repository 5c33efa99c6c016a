/** A rest that can be cut short: by a timer or by whoever rings. */

export class Alarm {
  #rung = Promise.withResolvers<void>();

  /** Ends the rest under way, or else the next one at once. */
  ring(): void {
    this.#rung.resolve();
  }

  /** Rests until someone rings, at most for `ms`. */
  async rest(ms: number): Promise<void> {
    const timer = setTimeout(() => this.ring(), ms);
    try {
      await this.#rung.promise;
    } finally {
      clearTimeout(timer);
      this.#rung = Promise.withResolvers<void>();
    }
  }
}
