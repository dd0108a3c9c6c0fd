import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { minute, service } from '../shared/fixture.ts';
import type { ServiceView } from '../shared/model.ts';
import { Rechecks } from './rechecks.ts';

const view = (health: ServiceView['health'], id: ServiceView['id'] = 'github'): ServiceView => service(id, health);

/** Services that stay as they are until a test says otherwise; each question is answered by a view. */
function world() {
  const health: Record<string, ServiceView['health']> = { github: 'down', ravi: 'down' };
  const asked: string[] = [];
  const can = { ask: true };
  const rechecks = new Rechecks({
    canAsk: () => can.ask,
    ask: async (service) => {
      asked.push(service);
      rechecks.seen(view(health[service] ?? 'ok', service));
    },
    now: Date.now,
    random: () => 1,
  });
  return { rechecks, health, asked, can };
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('a service that is down', () => {
  it('is asked again by itself, less and less often, and the page is told when', async () => {
    const { rechecks, asked } = world();
    expect(rechecks.seen(view('down')).retryAt).toBe(minute / 2);
    await vi.advanceTimersByTimeAsync(minute / 2);
    expect(asked).toEqual(['github']);
    expect(rechecks.seen(view('down')).retryAt).toBe(minute * 1.5);
    await vi.advanceTimersByTimeAsync(24 * 60 * minute);
    expect(asked.length).toBeGreaterThan(90);
    expect(asked.length).toBeLessThan(110);
    rechecks.stop();
  });

  it('is not put off by whatever else fails in the meantime', async () => {
    const { rechecks, asked } = world();
    for (let at = 0; at < 6; at += 1) {
      expect(rechecks.seen(view('down')).retryAt).toBe(minute / 2);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(asked).toEqual(['github']);
    rechecks.stop();
  });

  it('is not asked once it is back, and begins anew the next time', async () => {
    const { rechecks, health, asked } = world();
    rechecks.seen(view('down'));
    health.github = 'ok';
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(asked).toEqual(['github']);
    expect(rechecks.seen(view('ok')).retryAt).toBeUndefined();
    const now = Date.now();
    expect(rechecks.seen(view('down')).retryAt).toBe(now + minute / 2);
    rechecks.stop();
  });

  it('is not asked before the time that it has named itself', async () => {
    const { rechecks, asked } = world();
    expect(rechecks.seen({ ...view('down'), retryAt: 20 * minute }).retryAt).toBe(20 * minute);
    await vi.advanceTimersByTimeAsync(19 * minute);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(minute);
    expect(asked).toEqual(['github']);
    rechecks.stop();
  });

  it('is left to the person where asking can’t help', async () => {
    const { rechecks, asked, can } = world();
    can.ask = false;
    expect(rechecks.seen(view('down')).retryAt).toBeUndefined();
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(asked).toEqual([]);
  });

  it('is asked after apart from the other one, and the local vault not at all', async () => {
    const { rechecks, asked } = world();
    rechecks.seen(view('down', 'ravi'));
    expect(rechecks.seen(view('down', 'vault')).retryAt).toBeUndefined();
    await vi.advanceTimersByTimeAsync(minute / 2);
    expect(asked).toEqual(['ravi']);
    rechecks.stop();
  });
});
