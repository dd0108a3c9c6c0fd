/** How long to wait before try `attempt` (0 = the first retry): doubling from `firstMs` to `maxMs`, with full jitter on the upper half. */
export function backoffMs(attempt: number, random: () => number, firstMs = 500, maxMs = 30_000): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/** Waits `ms`; resolves early (never rejects) when `signal` aborts. The timer does not keep the process alive. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    timer.unref?.();
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
