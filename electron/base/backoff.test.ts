import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('waits longer from try to try, never over its greatest, and no two alike: half of each is chance', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (attempt, chance) => {
      const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
      const wait = backoffMs(attempt, () => chance);
      expect(wait).toBeGreaterThanOrEqual(ceiling / 2);
      expect(wait).toBeLessThanOrEqual(ceiling);
    }),
  );
  expect([0, 0.5, 0.99].map((chance) => backoffMs(20, () => chance))).toEqual([15_000, 22_500, 29_850]);
});
