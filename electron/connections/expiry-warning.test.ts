import { describe, expect, it } from 'vitest';
import { nextWarning, warningDue } from './expiry-warning.ts';

const hour = 3_600_000;
const day = 24 * hour;
const end = 1_800_000_000_000;

describe('the warnings before a shared token ends', () => {
  it.each([
    ['eight days before, nobody is told', 8 * day, null, null],
    ['seven days before', 7 * day, null, 7 * day],
    ['a day and a half before, once told, nobody is told again', 1.5 * day, 7 * day, null],
    ['a day before', day, 7 * day, day],
    ['an hour before', hour, day, hour],
    ['after a long sleep only the last one counts', 30 * 60_000, null, hour],
    ['once it has ended there is nothing to warn of', 0, null, null],
  ])('%s', (_when, left, told, due) => expect(warningDue(end, told, end - left)).toBe(due));

  it('come one after the other, and then no more', () => {
    expect(nextWarning(end, null, end - 30 * day)).toBe(end - 7 * day);
    expect(nextWarning(end, 7 * day, end - 6 * day)).toBe(end - day);
    expect(nextWarning(end, day, end - 2 * hour)).toBe(end - hour);
    expect(nextWarning(end, hour, end - hour)).toBeNull();
    expect(nextWarning(end, null, end - 2 * day)).toBe(end - 2 * day);
  });
});
