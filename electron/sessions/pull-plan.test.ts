import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LastLook, looksAt, planPulls, type WatchedRepository, wakeEveryMs } from './pull-plan.ts';

const minute = 60_000;
const start = 1_800_000_000_000;

const repository = (over: Partial<WatchedRepository> = {}): WatchedRepository => ({
  repository: 'acme/shop',
  active: true,
  askedAt: start,
  retryAt: 0,
  notBefore: 0,
  pool: null,
  ...over,
});
const pool = (remaining: number) => ({ remaining, limit: 5_000, resetAt: start + 60 * minute });

describe('when a repository is asked', () => {
  it.each([
    ['at once when it never was', { askedAt: null }, 0],
    ['every minute while somebody works there', {}, 1],
    ['every ten minutes while nobody does', { active: false }, 10],
    ['half as often when half of the pool is used up', { pool: pool(2_000) }, 2],
    ['a fifth as often when little is left', { pool: pool(600) }, 5],
    ['not before the pool is full again when it is nearly empty', { pool: pool(100) }, 60],
    ['as ever when the pool was filled since', { pool: { ...pool(0), resetAt: start } }, 1],
    ['after a failure not before its time', { retryAt: start + 7 * minute }, 7],
    ['when GitHub wants a pause, not before its end', { askedAt: null, notBefore: start + 30 * minute }, 30],
  ])('%s', (_, over, after) => {
    const at = start + after * minute;
    if (after > 0) expect(planPulls([repository(over)], at - 6_000).due).toEqual([]);
    expect(planPulls([repository(over)], at).due).toEqual(['acme/shop']);
  });

  it('sets no timer while nothing is watched', () => {
    expect(planPulls([], start)).toEqual({ due: [], wakeAt: null });
  });

  it('wakes for all of them at once, once a minute at most', () => {
    const near = repository({ repository: 'near', askedAt: start - 30_000 });
    const far = repository({ repository: 'far', askedAt: start, active: false });
    expect(planPulls([near, far], start)).toEqual({ due: [], wakeAt: start + wakeEveryMs });
    expect(planPulls([far], start)).toEqual({ due: [], wakeAt: start + 10 * minute });
  });

  it('asks each in time, and none too often, whatever happens to whom', () => {
    const trouble = fc.record({ at: fc.integer({ min: 0, max: 40 }), pause: fc.integer({ min: 1, max: 30 }) });
    const kind = fc.record({ active: fc.boolean(), left: fc.integer({ min: 0, max: 5_000 }), trouble: fc.option(trouble) });
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 6 }), fc.integer({ min: 0, max: 3_000 }), (kinds, late) => {
        const state = kinds.map((one, index) => ({
          ...repository({ repository: String(index), askedAt: null, active: one.active, pool: pool(one.left) }),
          asks: [] as number[],
          trouble: one.trouble,
        }));
        const wakes: number[] = [];
        let now = start;
        while (now < start + 50 * minute) {
          wakes.push(now);
          for (const key of planPulls(state, now).due) {
            const one = state[Number(key)];
            if (one === undefined) throw new Error('It asks for what is not watched.');
            expect(now).toBeGreaterThanOrEqual(one.notBefore);
            one.asks.push(now);
            const pauses = one.trouble !== null && one.asks.length === one.trouble.at;
            Object.assign(one, { askedAt: now, notBefore: pauses ? now + (one.trouble?.pause ?? 0) * minute : one.notBefore });
          }
          const { due, wakeAt } = planPulls(state, now);
          expect(due).toEqual([]);
          if (wakeAt === null) break;
          now = wakeAt + late;
        }
        for (const [index, at] of wakes.slice(1).entries()) expect(at - (wakes[index] ?? 0)).toBeGreaterThanOrEqual(wakeEveryMs);
        if (state.length === 0) expect(wakes).toHaveLength(1);
        for (const { asks, active, pool: left, trouble: paused } of state) {
          const fraction = (left?.remaining ?? 0) / 5_000;
          const every = (active ? 1 : 10) * (fraction >= 0.5 ? 1 : fraction >= 0.25 ? 2 : 5) * minute;
          if (fraction < 0.05) expect(asks).toEqual([]);
          for (const [index, at] of asks.slice(1).entries()) {
            const gap = at - (asks[index] ?? 0);
            expect(gap).toBeGreaterThanOrEqual(every - 5_000);
            if (paused === null) expect(gap).toBeLessThanOrEqual(every + wakeEveryMs + 2 * late);
          }
          if (fraction >= 0.05 && paused === null) expect(asks[0]).toBe(start);
        }
      }),
    );
  });
});

describe('what of an open pull request is asked for', () => {
  const last: LastLook = { headSha: 'a', updatedAt: 't1', checks: 'passing', headSeenAt: start, checkedAt: start };
  it.each([
    ['all of it the first time', null, { headSha: 'a', updatedAt: 't1' }, 1, [true, true]],
    ['nothing while nothing moved', last, { headSha: 'a', updatedAt: 't1' }, 1, [false, false]],
    ['all of it after a push', last, { headSha: 'b', updatedAt: 't2' }, 1, [true, true]],
    ['all of it after a review', last, { headSha: 'a', updatedAt: 't2' }, 1, [true, true]],
    ['checks while they run', { ...last, checks: 'pending' }, { headSha: 'a', updatedAt: 't1' }, 1, [true, false]],
    [
      'checks of a new commit that may still begin',
      { ...last, checks: 'none' },
      { headSha: 'a', updatedAt: 't1' },
      1,
      [true, false],
    ],
    ['checks now and then, because they may be run again', last, { headSha: 'a', updatedAt: 't1' }, 10, [true, false]],
  ] as const)('%s', (_, before, pull, minutes, wanted) => {
    const { checks, reviews } = looksAt(before, pull, start + minutes * minute);
    expect([checks, reviews]).toEqual(wanted);
  });
});
