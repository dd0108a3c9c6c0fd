const longestTimerMs = 24 * 60 * 60_000;

/** One timer for many due times: an idle app wakes only when something is due. Times are epoch ms of the given clock. */
export class DueTimer {
  readonly #due = new Map<string, number>();
  readonly #now: () => number;
  readonly #onDue: (id: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(now: () => number, onDue: (id: string) => void) {
    this.#now = now;
    this.#onDue = onDue;
  }

  /** Sets when `id` is due next; null forgets it. */
  set(id: string, at: number | null): void {
    if (at === null) this.#due.delete(id);
    else this.#due.set(id, at);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#due.size === 0) return;
    const wait = Math.min(...this.#due.values()) - this.#now();
    this.#timer = setTimeout(() => this.#fire(), Math.min(longestTimerMs, Math.max(0, wait)));
  }

  #fire(): void {
    const now = this.#now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([id]) => id);
    for (const id of due) this.#due.delete(id);
    this.#arm();
    for (const id of due) this.#onDue(id);
  }
}
