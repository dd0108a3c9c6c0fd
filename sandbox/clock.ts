/** The sandbox's clock: real time plus an offset that tests and the demo move, so that an hour passes in no time. */
export class SandboxClock {
  #offset = 0;

  /** Epoch ms. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Moves the clock by `ms` (negative: back) and returns the new time, epoch ms. */
  move(ms: number): number {
    this.#offset += ms;
    return this.now();
  }

  /** Sets the clock to `ms` (epoch ms), from where it runs on at the pace of real time; returns the new time. */
  set(ms: number): number {
    this.#offset = ms - Date.now();
    return this.now();
  }
}
