import { expect, it } from 'vitest';
import { forwardClock } from './forward-clock.ts';

it('a clock that is set back goes on from where it was, and forward with the other', () => {
  let now = 1_000_000;
  const clock = forwardClock(() => now);
  expect(clock()).toBe(1_000_000);
  now -= 3_600_000;
  expect(clock()).toBe(1_000_000);
  now += 50;
  expect(clock()).toBe(1_000_050);
  now += 7_200_000;
  expect(clock()).toBe(8_200_050);
});
