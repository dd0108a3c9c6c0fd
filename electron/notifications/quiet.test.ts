import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuietHours } from '../../shared/notifications.ts';
import { afterQuiet, quietUntil, tomorrow } from './quiet.ts';

const everyDay = [0, 1, 2, 3, 4, 5, 6];
const hours = (from: number, to: number, days: number[] = everyDay, on = true): QuietHours => ({
  on,
  from: from * 60,
  to: to * 60,
  days,
});
/** In January 2027, of which the 4th is a Monday; local time, as the person's clock shows it. */
const at = (day: number, hour: number, minute = 0): number => new Date(2027, 0, day, hour, minute).getTime();
const night = hours(22, 7);

describe('quiet hours', () => {
  it.each<[string, QuietHours, number, number | null]>([
    ['before they begin', night, at(4, 21, 59), null],
    ['as they begin', night, at(4, 22), at(5, 7)],
    ['before midnight', night, at(4, 23, 59), at(5, 7)],
    ['after midnight', night, at(5, 0), at(5, 7)],
    ['in their last minute', night, at(5, 6, 59), at(5, 7)],
    ['as they end', night, at(5, 7), null],
    ['off', { ...night, on: false }, at(4, 23), null],
    ['on no day', hours(22, 7, []), at(4, 23), null],
    ['at noon, of hours within a day', hours(12, 14), at(4, 13), at(4, 14)],
    ['after hours within a day', hours(12, 14), at(4, 14), null],
    ['in the night of Friday, of working days', hours(22, 7, [1, 2, 3, 4, 5]), at(9, 3), at(9, 7)],
    ['in the night of Saturday, of working days', hours(22, 7, [1, 2, 3, 4, 5]), at(9, 23), null],
    ['in the small hours of Sunday, of working days', hours(22, 7, [1, 2, 3, 4, 5]), at(10, 3), null],
    ['in the small hours of Monday, of working days', hours(22, 7, [1, 2, 3, 4, 5]), at(11, 3), null],
    ['on a whole Sunday', hours(0, 0, [0]), at(10, 15), at(11, 0)],
    ['after a whole Sunday', hours(0, 0, [0]), at(11, 0), null],
  ])('%s', (_when, quiet, moment, until) => expect(quietUntil(quiet, moment)).toBe(until));

  it('end at a moment that is not in them, or never', () => {
    const quiet = fc.record({
      on: fc.boolean(),
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1439 }),
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 })),
    });
    fc.assert(
      fc.property(quiet, fc.integer({ min: at(1, 0), max: at(31, 0) }), (chosen, moment) => {
        const end = afterQuiet(chosen, moment);
        if (end === null) {
          expect([chosen.days.length, chosen.from]).toEqual([7, chosen.to]);
        } else {
          expect(end).toBeGreaterThanOrEqual(moment);
          expect(quietUntil(chosen, end)).toBeNull();
        }
      }),
    );
  });
});

describe('until tomorrow', () => {
  it.each([
    ['in the afternoon, is the next morning', at(4, 15), at(5, 8)],
    ['late at night, is the next morning', at(4, 23, 59), at(5, 8)],
    ['in the small hours, is this morning', at(5, 1), at(5, 8)],
    ['early in the day, is the next', at(5, 5), at(6, 8)],
  ])('%s', (_when, now, until) => expect(tomorrow(now)).toBe(until));
});
