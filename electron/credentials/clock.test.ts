import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryDatabase } from '../storage/database.ts';
import { Clock, movedBy } from './clock.ts';
import { endless, type Token } from './credential.ts';
import { plan } from './plan.ts';
import { defaultLifePolicy } from './policy.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';
import { Outside, worktree } from './test-outside.ts';
import { binding, minute, record, start, token } from './test-record.ts';

const hour = 60 * minute;

/** A clock on a machine whose wall clock is `wall`, and what it did. */
function clockOf() {
  const it = { wall: start, steady: 0, connected: true, told: 0, asked: 0, moved: [] as number[] };
  const clock = new Clock({
    now: () => it.wall,
    steady: () => it.steady,
    connected: () => it.connected,
    moved: (skewMs) => it.moved.push(skewMs),
    told: () => {
      it.told += 1;
    },
    ask: () => {
      it.asked += 1;
    },
  });
  const pass = (ms: number): void => {
    it.wall += ms;
    it.steady += ms;
  };
  return Object.assign(it, { clock, pass });
}

describe('the clock', () => {
  it('is believed once GitHub has told the time, as long as it goes on evenly', () => {
    const it = clockOf();
    expect(it.clock.sure).toBe(false);
    it.clock.observe(0);
    expect([it.clock.sure, it.told]).toEqual([true, 1]);
    it.pass(8 * hour);
    expect(it.clock.sure).toBe(true);
    it.clock.observe(0);
    expect(it.told).toBe(1);
  });

  it.each([hour, -hour, 40_000])(
    'is not believed after it was set by %i ms, or the machine slept, until GitHub answers',
    (ms) => {
      const it = clockOf();
      it.clock.observe(0);
      it.wall += ms;
      expect(it.clock.sure).toBe(false);
      it.clock.observe(-ms);
      expect([it.clock.sure, it.told, it.moved]).toEqual([true, 2, [0, -ms]]);
    },
  );

  it('asks GitHub while it is in doubt, once a minute at most, and never without an App', () => {
    const it = clockOf();
    for (let second = 0; second < 90; second += 1) {
      it.clock.ask();
      it.pass(1_000);
    }
    expect(it.asked).toBe(2);
    it.clock.observe(0);
    it.pass(hour);
    it.clock.ask();
    expect(it.asked).toBe(2);
    it.connected = false;
    it.wall += hour;
    expect(it.clock.sure).toBe(true);
  });
});

describe('the times of a record', () => {
  it('move with the clock, but for what is over, and for what has no end', () => {
    const trouble = { reason: '', retryAt: start + 5, attempts: 1 };
    const dead = token({ phase: 'dead' });
    const eternal = token({ generation: 2, expiresAt: endless, renewAt: endless, lastUsedAt: start + 1 });
    const moved = movedBy(
      record({ trouble, wantedAt: start }, [dead, eternal, token({ generation: 3, storeTrouble: trouble })]),
      hour,
    );
    expect(moved.binding).toMatchObject({ wantedAt: start + hour, trouble: { retryAt: start + hour + 5 } });
    expect(moved.tokens[0]).toBe(dead);
    expect(moved.tokens[1]).toMatchObject({ expiresAt: endless, renewAt: endless, revokeAfter: 0, lastUsedAt: start + hour + 1 });
    expect(moved.tokens[2]).toMatchObject({
      issuedAt: start + hour,
      expiresAt: start + 2 * hour,
      renewAt: start + hour + 51 * minute,
      storeTrouble: { retryAt: start + hour + 5 },
    });
  });

  it('are by one clock over a restart: it is kept with them', () => {
    const db = memoryDatabase(credentialMigrations);
    const records = new CredentialRecords(db);
    records.create(binding({ wantedAt: start }));
    expect(records.setSkew(hour)).toBe(false);
    expect(records.setSkew(hour + 2_000)).toBe(false);
    const next = new CredentialRecords(db);
    expect(next.setSkew(0)).toBe(true);
    // This machine was an hour behind GitHub, and was set right.
    expect(new CredentialRecords(db).get('w1')?.binding.wantedAt).toBe(start + hour);
  });
});

describe('a computer whose clock is set by an hour while a token lives', () => {
  for (const [how, by] of [
    ['behind, and set right', hour],
    ['ahead, and set right', -hour],
  ] as const) {
    it(`that was ${how}: nothing is buried alive, git keeps its token, and it is renewed in time`, async () => {
      const outside = new Outside();
      const records = new CredentialRecords(outside.db);
      const clock = { sure: true, ask: () => undefined };
      const app = outside.app({ records, clock });
      records.setSkew(by);
      app.want(worktree);
      await app.settle('w1');
      expect(outside.alive()).toEqual(['ghs_1']);

      // The wall clock of the test is GitHub’s too: what was issued lives on by it.
      outside.now += by;
      for (const [value, expiresAt] of outside.live) outside.live.set(value, expiresAt + by);
      clock.sure = false;
      outside.failing = new Set(['mint', 'revoke']);
      await app.settle('w1');
      expect(outside.kinds()).not.toContain('credential.expired');
      expect(outside.live.has('ghs_1')).toBe(true);

      outside.failing.clear();
      records.setSkew(0);
      clock.sure = true;
      app.retryAll();
      await app.settle('w1');
      expect(outside.alive()).toEqual(['ghs_1']);
      const serving = records.get('w1')?.tokens.findLast((t) => t.phase === 'serving');
      expect(serving?.expiresAt).toBe(outside.live.get(`ghs_${serving?.generation}`));
      outside.now = (serving?.expiresAt ?? 0) - 5 * minute;
      await app.settle('w1');
      expect((await app.valueForGit('w1'))?.token.expiresAt).toBeGreaterThan(outside.now + 50 * minute);
      await app.stop();
    });
  }
});

describe('a plan by a clock that nobody vouches for', () => {
  it('never takes a token of the App for dead, and never waits for what is past', () => {
    const phases = fc.constantFrom<Token['phase']>('minted', 'serving', 'retired', 'lost', 'dead');
    const tokens = fc.array(fc.record({ phase: phases, life: fc.integer({ min: -hour, max: hour }) }), { maxLength: 4 });
    const away = { reason: '', retryAt: start + minute, attempts: 1 };
    fc.assert(
      fc.property(tokens, fc.constantFrom(null, 'merged', 'archived'), (drawn, ending) => {
        const made = drawn.map(({ phase, life }, at) =>
          token({ generation: at + 1, phase, expiresAt: start + life, renewAt: start + life - 9 * minute, revokeTrouble: away }),
        );
        const step = plan({ binding: binding({ ending, trouble: away }), tokens: made }, start, defaultLifePolicy, false);
        expect(step.do).not.toBe('expire');
        if (step.do === 'wait') expect(step.until).toBeGreaterThan(start);
      }),
    );
  });
});
