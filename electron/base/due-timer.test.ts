import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DueTimer } from './due-timer.ts';

const day = 24 * 60 * 60_000;

describe('one timer for all that is due', () => {
  let woken: [string, number][];
  let timer: DueTimer;
  const begin = Date.UTC(2027, 0, 1);
  beforeEach(() => {
    vi.useFakeTimers({ now: begin });
    woken = [];
    timer = new DueTimer(Date.now, (id) => woken.push([id, Date.now() - begin]));
  });
  afterEach(() => {
    timer.stop();
    vi.useRealTimers();
  });

  it('wakes each when it is due, and not before', () => {
    timer.set('late', begin + 2_000);
    timer.set('soon', begin + 1_000);
    vi.advanceTimersByTime(999);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(1_500);
    expect(woken).toEqual([
      ['soon', 1_000],
      ['late', 2_000],
    ]);
  });

  it('wakes once, and those that are due together in one go', () => {
    for (const id of ['a', 'b', 'c']) timer.set(id, begin + 50);
    vi.advanceTimersByTime(day);
    expect(woken).toEqual([
      ['a', 50],
      ['b', 50],
      ['c', 50],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has one timer however many wait, and none when nobody does', () => {
    for (let n = 0; n < 100; n += 1) timer.set(`w${n}`, begin + 1_000 + n);
    expect(vi.getTimerCount()).toBe(1);
    for (let n = 0; n < 100; n += 1) timer.set(`w${n}`, null);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('follows a time that changes', () => {
    timer.set('a', begin + 1_000);
    timer.set('a', begin + 5_000);
    vi.advanceTimersByTime(4_999);
    expect(woken).toEqual([]);
    timer.set('a', begin + 5_500);
    timer.set('b', begin + 5_000);
    vi.advanceTimersByTime(1_000);
    expect(woken).toEqual([
      ['b', 5_000],
      ['a', 5_500],
    ]);
  });

  it('wakes at once what is due already', () => {
    timer.set('a', begin - 1);
    vi.advanceTimersByTime(0);
    expect(woken).toEqual([['a', 0]]);
  });

  it('waits longer than a timer can', () => {
    timer.set('a', begin + 40 * day);
    vi.advanceTimersByTime(40 * day - 1);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(woken).toEqual([['a', 40 * day]]);
  });

  it('does not wake before it is due when the clock is turned back, nor when the timer comes a moment early', () => {
    timer.set('a', begin + 1_000);
    vi.setSystemTime(begin - 5_000);
    vi.advanceTimersByTime(1_000);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(woken).toEqual([['a', 1_000]]);
  });

  it('lets the one that it wakes ask for another time', () => {
    const again = new DueTimer(Date.now, (id) => {
      woken.push([id, Date.now() - begin]);
      if (woken.length < 3) again.set(id, Date.now() + 10);
    });
    again.set('a', begin + 10);
    vi.advanceTimersByTime(100);
    expect(woken.map(([, at]) => at)).toEqual([10, 20, 30]);
    again.stop();
  });

  it('wakes nobody once it is stopped', () => {
    timer.set('a', begin + 10);
    timer.stop();
    timer.set('b', begin + 20);
    vi.advanceTimersByTime(day);
    expect([woken, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
