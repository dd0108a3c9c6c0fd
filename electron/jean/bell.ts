/** Wakes one who waits; a ring while nobody waits is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Forgets a ring that was kept. */
  hush(): void {
    this.#rung = false;
  }

  /** Waits for a ring, `ms` at most; null waits without an end. True when it rang. Ends early when `signal` aborts. */
  async wait(ms: number | null, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) await this.#next(ms, signal);
    const rang = this.#rung;
    this.#rung = false;
    return rang;
  }

  #next(ms: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      const timer = ms === null ? undefined : setTimeout(done, ms);
      timer?.unref();
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }
}
