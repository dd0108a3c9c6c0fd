import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Network } from './network.ts';

describe('the network', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function machine() {
    const it = { online: true, addresses: ['192.0.2.7'], looks: 0, returns: 0 };
    const network = new Network({
      isOnline: () => {
        it.looks += 1;
        return it.online;
      },
      addresses: () => it.addresses,
      onReturn: () => {
        it.returns += 1;
      },
    });
    return Object.assign(it, { network });
  }

  it('is noticed within ten seconds when it is back', () => {
    const it = machine();
    it.online = false;
    vi.advanceTimersByTime(60_000);
    vi.advanceTimersByTime(3_600_000);
    expect(it.returns).toBe(0);
    it.online = true;
    vi.advanceTimersByTime(10_000);
    expect(it.returns).toBe(1);
    vi.advanceTimersByTime(3_600_000);
    expect(it.returns).toBe(1);
    it.network.stop();
  });

  it('is noticed within a minute when it is another one', () => {
    const it = machine();
    it.addresses = ['198.51.100.4'];
    vi.advanceTimersByTime(60_000);
    expect(it.returns).toBe(1);
    vi.advanceTimersByTime(600_000);
    expect(it.returns).toBe(1);
    it.network.stop();
  });

  it('is looked at once a minute while it is there, and not any more once it is stopped', () => {
    const it = machine();
    const before = it.looks;
    vi.advanceTimersByTime(3_600_000);
    expect(it.looks - before).toBe(60);
    it.network.stop();
    vi.advanceTimersByTime(3_600_000);
    expect(it.looks - before).toBe(60);
  });
});
