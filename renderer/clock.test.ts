import { describe, expect, it } from 'vitest';
import { minute, now } from '../shared/fixture.ts';
import { stepFor } from './clock.ts';

describe('the clock of the page', () => {
  it.each([
    ['every second while something ends in under two minutes', [now + 119_000, now + 40 * minute], 1_000],
    ['every second while something began less than two minutes ago', [now - 5_000], 1_000],
    ['every half minute otherwise', [now + 2 * minute, now - 30 * minute, null, undefined], 30_000],
    ['every half minute when nothing is shown', [], 30_000],
  ])('ticks %s', (_when, times, step) => expect(stepFor(times, now)).toBe(step));
});
