/** Less than this is a clock that is being trimmed, ms. */
const toleranceMs = 2_000;

/** Notices a clock that was set back. Forwards it need not know: what ends then ends early, and stays ended. */
export class SteadyClock {
  readonly #now: () => number;
  readonly #steady: () => number;
  /** Clock less the time that only ever goes on, at its highest: sleep makes it grow, and only a clock set back makes it less. */
  #ahead: number;

  /** `seenAt`: the latest time that an earlier run wrote down, epoch ms. */
  constructor(now: () => number, steady: () => number, seenAt: number | null) {
    this.#now = now;
    this.#steady = steady;
    this.#ahead = Math.max(now(), seenAt ?? Number.NEGATIVE_INFINITY) - steady();
  }

  /** The time by this machine's clock, and by how much it was set back since the last look, ms. */
  look(): { readonly now: number; readonly backMs: number } {
    const now = this.#now();
    const ahead = now - this.#steady();
    const back = this.#ahead - ahead;
    if (back > 0 && back < toleranceMs) return { now, backMs: 0 };
    this.#ahead = ahead;
    return { now, backMs: Math.max(0, back) };
  }
}
