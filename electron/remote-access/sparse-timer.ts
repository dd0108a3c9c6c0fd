const wakeEveryMs = 60_000;
/** A sleeping computer's timers stand still, and nobody tells them that a clock was set: nothing is noticed later than this. */
const lookEveryMs = 10 * 60_000;

/** One timer that never wakes the app twice within a minute. */
export class SparseTimer {
  readonly #steady: () => number;
  readonly #onWake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #running = false;

  /** `steady`: ms that only ever go on. */
  constructor(steady: () => number, onWake: () => void) {
    this.#steady = steady;
    this.#onWake = onWake;
  }

  start(): void {
    this.#running = true;
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Wakes in `waitMs`, or when the minute is over, or after 10 minutes for a look at the clock; null: not at all. Only the last call counts. */
  set(waitMs: number | null): void {
    clearTimeout(this.#timer);
    if (!this.#running || waitMs === null) return;
    const rest = this.#wokeAt + wakeEveryMs - this.#steady();
    this.#timer = setTimeout(
      () => {
        this.#wokeAt = this.#steady();
        this.#onWake();
      },
      Math.min(lookEveryMs, Math.max(waitMs, rest, 0)),
    );
  }
}
