import { describe, expect, it } from 'vitest';
import { type Attempt, FailedAttempts, sourceOf } from './limits.ts';

const minute = 60_000;
const start = 1_800_000_000_000;

class Clock {
  ms = start;
  readonly now = (): number => this.ms;
}

const failTimes = (attempts: FailedAttempts, times: number, address = '203.0.113.7'): Attempt[] =>
  Array.from({ length: times }, () => attempts.fail(address));

describe('failed attempts', () => {
  it('are answered at once, then ever later, then the address is locked out', () => {
    const attempts = new FailedAttempts(new Clock().now);
    const answers = failTimes(attempts, 11);
    expect(answers.slice(0, 9)).toEqual(
      [0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 4_000].map((afterMs) => ({ kind: 'refuse', afterMs })),
    );
    expect(answers[9]).toEqual({ kind: 'locked-out', untilMs: start + minute, first: true });
    expect(answers[10]).toEqual({ kind: 'locked-out', untilMs: start + minute, first: false });
    expect(attempts.lockedUntil('203.0.113.7')).toBe(start + minute);
    expect(attempts.lockedUntil('203.0.113.8')).toBeNull();
  });

  it('lock out for twice as long each time, for an hour at most', () => {
    const clock = new Clock();
    const attempts = new FailedAttempts(clock.now);
    const lengths = Array.from({ length: 9 }, () => {
      const until = failTimes(attempts, 10).at(-1);
      const length = until?.kind === 'locked-out' ? until.untilMs - clock.ms : 0;
      clock.ms += length;
      return length / minute;
    });
    expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('are forgotten when there were none for a quarter of an hour', () => {
    const clock = new Clock();
    const attempts = new FailedAttempts(clock.now);
    failTimes(attempts, 9);
    clock.ms += 15 * minute;
    expect(failTimes(attempts, 1)).toEqual([{ kind: 'refuse', afterMs: 0 }]);
  });

  it('lock nobody out for ever when the clock is set back', () => {
    const clock = new Clock();
    const attempts = new FailedAttempts(clock.now);
    failTimes(attempts, 10);
    clock.ms -= 30 * minute;
    expect(attempts.lockedUntil('203.0.113.7')).toBeNull();
    expect(failTimes(attempts, 1)).toEqual([{ kind: 'refuse', afterMs: 0 }]);
  });

  it('from very many addresses take a bounded memory, and who goes on is not forgotten', () => {
    const attempts = new FailedAttempts(new Clock().now);
    failTimes(attempts, 10, '198.51.100.1');
    for (let index = 0; index < 20_000; index += 1) {
      attempts.fail(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
      if (index % 1_000 === 0) attempts.fail('198.51.100.1');
    }
    expect(attempts.size).toBe(4_096);
    expect(attempts.lockedUntil('198.51.100.1')).not.toBeNull();
  });
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, source) => expect(sourceOf(address)).toBe(source));
