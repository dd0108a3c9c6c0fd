/**
 * Decides when Jean is read again: requests are coalesced, one reading is in flight at most and one pending, and a reading
 * that takes long is followed by a longer rest, so that a big Jean with a busy day is not read without end.
 */
export class Relist {
  readonly #take: () => Promise<void>;
  readonly #now: () => number;
  #dueAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #notBefore = 0;
  #stopped = false;

  /** `take` must not reject. */
  constructor(take: () => Promise<void>, now: () => number) {
    this.#take = take;
    this.#now = now;
  }

  /** Reads again in `afterMs`, or sooner when that was asked for already. */
  ask(afterMs: number): void {
    const due = this.#now() + afterMs;
    if (this.#stopped || (this.#dueAt !== null && this.#dueAt <= due)) return;
    this.#dueAt = due;
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#busy || this.#stopped || this.#dueAt === null) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, Math.max(this.#dueAt, this.#notBefore) - this.#now()));
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#dueAt = null;
    this.#busy = true;
    const began = this.#now();
    await this.#take();
    const ended = this.#now();
    this.#notBefore = ended + Math.min(2_000, 4 * (ended - began));
    this.#busy = false;
    this.#arm();
  }
}
