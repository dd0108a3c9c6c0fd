import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpareMemory } from './spare-memory.ts';

describe('memory that nobody needs any more', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is given back some time after the last that needed it, once', () => {
    const collect = vi.fn();
    const spare = new SpareMemory(collect);
    spare.giveBack();
    vi.advanceTimersByTime(9_000);
    spare.giveBack();
    vi.advanceTimersByTime(9_000);
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2_000);
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it('is left alone when the app stops', () => {
    const collect = vi.fn();
    const spare = new SpareMemory(collect);
    spare.giveBack();
    spare.stop();
    vi.advanceTimersByTime(60_000);
    expect(collect).not.toHaveBeenCalled();
  });

  it('is really given back', async () => {
    const held = new WeakRef({ much: new Array(1_000).fill(0) });
    const spare = new SpareMemory();
    // What a weak reference was made of is kept until the end of the turn.
    vi.useRealTimers();
    await new Promise((resolve) => setTimeout(resolve, 1));
    vi.useFakeTimers();
    spare.giveBack();
    vi.advanceTimersByTime(10_000);
    expect(held.deref() === undefined).toBe(true);
  });
});
