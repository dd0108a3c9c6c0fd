import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Relist } from './relist.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reading that takes `ms`. */
function reading(ms: number): { readonly relist: Relist; readonly begun: number[]; most(): number } {
  const begun: number[] = [];
  let open = 0;
  let most = 0;
  const relist = new Relist(async () => {
    begun.push(Date.now() - start);
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, ms));
    open -= 1;
  }, Date.now);
  const start = Date.now();
  return { relist, begun, most: () => most };
}

describe('reading Jean anew', () => {
  it('happens once for a burst of requests', async () => {
    const { relist, begun } = reading(10);
    for (let at = 0; at < 50; at += 1) relist.ask(100);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual([100]);
  });

  it('is not put off by more requests, and not held up by one that is due later', async () => {
    const { relist, begun } = reading(10);
    relist.ask(2_000);
    relist.ask(100);
    await vi.advanceTimersByTimeAsync(90);
    relist.ask(100);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(begun).toEqual([100]);
  });

  it('is never under way twice: what is asked meanwhile follows, once', async () => {
    const { relist, begun, most } = reading(50);
    relist.ask(0);
    await vi.advanceTimersByTimeAsync(10);
    for (let at = 0; at < 20; at += 1) relist.ask(0);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(begun).toHaveLength(2);
    expect(most()).toBe(1);
  });

  it('rests the longer the longer it takes, so that a busy Jean is not read all the time', async () => {
    const { relist, begun } = reading(100);
    const busy = setInterval(() => relist.ask(100), 20);
    await vi.advanceTimersByTimeAsync(10_000);
    clearInterval(busy);
    expect(begun.length).toBeGreaterThan(15);
    expect(begun.length).toBeLessThanOrEqual(21);
  });

  it('happens no more once it is stopped', async () => {
    const { relist, begun } = reading(10);
    relist.ask(10);
    relist.stop();
    relist.ask(10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual([]);
  });
});
