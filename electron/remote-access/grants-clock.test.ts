import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GrantsFixture, wish } from './fixture.ts';
import { admit } from './grant.ts';

const minute = 60_000;
const hour = 60 * minute;

function letsIn(it: GrantsFixture, token: string): boolean {
  const grant = it.grants.byToken(token);
  return grant !== null && admit(grant, { now: it.now, address: '::1', instanceId: 'local' }).ok;
}

describe('the clock', () => {
  it('set back revives nothing that was dead, over a restart or not', () => {
    for (const restarted of [true, false]) {
      const it = new GrantsFixture();
      const { token } = it.grants.create(wish({ lifeMs: hour }));
      it.pass(hour);
      expect(letsIn(it, token.reveal())).toBe(false);
      it.skew -= 10 * hour;
      if (restarted) it.restart();
      expect(letsIn(it, token.reveal())).toBe(false);
    }
  });

  it('set back gives a living grant, an old token and a link no more time than they had', () => {
    const it = new GrantsFixture();
    const { grant, token } = it.grants.create(wish({ lifeMs: 2 * hour }));
    const renewed = it.grants.rotate(grant.id, 60 * minute).token.reveal();
    const code = it.grants.claim(grant.id).code.reveal();
    it.skew -= 24 * hour;
    it.pass(15 * minute);
    expect(it.grants.redeem(code)).toBeNull();
    it.pass(44 * minute);
    expect(letsIn(it, token.reveal())).toBe(true);
    it.pass(minute);
    expect(letsIn(it, token.reveal())).toBe(false);
    it.pass(59 * minute);
    expect(letsIn(it, renewed)).toBe(true);
    it.pass(minute);
    expect(letsIn(it, renewed)).toBe(false);
  });

  it('set back while the app was not running gives no more time than from the last that it wrote down', () => {
    const it = new GrantsFixture();
    const { token } = it.grants.create(wish({ lifeMs: hour }));
    it.pass(30 * minute);
    it.grants.touch(it.grants.list()[0]?.id ?? '', '::1');
    it.grants.stop();
    it.skew -= 300 * hour;
    it.restart();
    expect(letsIn(it, token.reveal())).toBe(true);
    it.pass(30 * minute);
    expect(letsIn(it, token.reveal())).toBe(false);
  });

  it('set forwards ends what ends by then, and set right again brings nothing back', () => {
    const it = new GrantsFixture();
    const { token } = it.grants.create(wish({ lifeMs: hour }));
    it.skew += 2 * hour;
    expect(letsIn(it, token.reveal())).toBe(false);
    it.skew -= 2 * hour;
    expect(letsIn(it, token.reveal())).toBe(false);
    const later = it.grants.create(wish({ lifeMs: hour }));
    expect(letsIn(it, later.token.reveal())).toBe(true);
  });

  it('however it moves: no grant lives longer than it should, and none that has ended comes back', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('pass' as const), ms: fc.nat(60 * minute) }),
      fc.record({ what: fc.constant('skew' as const), ms: fc.integer({ min: -20 * hour, max: hour }) }),
      fc.record({ what: fc.constant('trim' as const), ms: fc.integer({ min: -1_500, max: 1_500 }) }),
      fc.record({ what: fc.constant('look' as const), ms: fc.constant(0) }),
      fc.record({ what: fc.constant('restart' as const), ms: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25, size: 'max' }), (steps) => {
        const it = new GrantsFixture();
        const { token } = it.grants.create(wish({ lifeMs: 2 * hour }));
        const born = it.elapsed;
        let dead = false;
        for (const { what, ms } of steps) {
          if (what === 'pass') it.pass(ms);
          // The clock is looked at before it is set while the app runs; one that is set beside a stopped app is told apart above.
          else if (what === 'restart') it.restart();
          else if (what !== 'look') it.skew += ms;
          const open = letsIn(it, token.reveal());
          if (dead) expect(open).toBe(false);
          if (it.elapsed - born >= 2 * hour + 2_000) expect(open).toBe(false);
          dead = dead || !open;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the timer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Lets time pass for timers and clocks alike. */
  function run(it: GrantsFixture, ms: number): void {
    for (let second = 0; second < ms / 1_000; second += 1) {
      it.pass(1_000);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
      vi.advanceTimersByTime(1_000);
    }
  }

  it('notices an end by itself, without anybody at the door', () => {
    const it = new GrantsFixture();
    it.grants.start();
    const ended: unknown[] = [];
    it.grants.onChange((_, what, why) => {
      if (what === 'ended') ended.push([why, it.elapsed]);
    });
    const { grant } = it.grants.create(wish({ lifeMs: hour }));
    it.grants.rotate(grant.id, 5 * minute);
    run(it, hour + 5_000);
    expect(ended).toEqual([
      ['rotated', 5 * minute],
      ['expired', hour],
    ]);
    expect(vi.getTimerCount()).toBe(0);
    it.grants.stop();
  });

  it('wakes once a minute at most, though a hundred end within it', () => {
    const it = new GrantsFixture();
    it.grants.start();
    const wakes = new Set<number>();
    it.grants.onChange((_, what) => {
      if (what === 'ended') wakes.add(it.elapsed);
    });
    for (let index = 0; index < 100; index += 1) it.grants.create(wish({ lifeMs: hour + index * 1_000 }));
    run(it, hour + 5 * minute);
    expect([...wakes]).toEqual([hour, hour + minute, hour + 2 * minute]);
    expect(it.grants.views().every(({ standing }) => standing === 'expired')).toBe(true);
    it.grants.stop();
  });

  it('looks every ten minutes while there is a grant, for a clock that was set and a computer that slept', () => {
    const it = new GrantsFixture();
    it.grants.start();
    const { grant } = it.grants.create(wish({ lifeMs: 24 * hour }));
    const ended: number[] = [];
    it.grants.onChange((_, what) => {
      if (what === 'ended') ended.push(it.elapsed);
    });
    run(it, minute);
    it.skew += 48 * hour;
    run(it, 10 * minute);
    expect(ended).toEqual([10 * minute]);
    expect(it.grants.get(grant.id)?.expiredAt).not.toBeNull();
    it.grants.stop();
  });

  it('is not there without a grant, and stops with the app', () => {
    const it = new GrantsFixture();
    it.grants.start();
    expect(vi.getTimerCount()).toBe(0);
    it.grants.create(wish());
    expect(vi.getTimerCount()).toBe(1);
    it.grants.stop();
    expect(vi.getTimerCount()).toBe(0);
    it.grants.create(wish());
    expect(vi.getTimerCount()).toBe(0);
  });
});
