import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Db, memoryDatabase } from '../storage/database.ts';
import { FakeRavi, type Fate, setUp, tellingOf } from './outbox-fixture.ts';
import { outboxMigrations } from './outbox-records.ts';

const begin = Date.UTC(2026, 10, 22, 0, 5);
const hour = 60 * 60_000;
const fates: readonly Fate[] = [
  'ok',
  'lost-taken',
  'lost',
  'refused-connection',
  'throttled',
  'broken-taken',
  'broken',
  'garbage-taken',
];

beforeEach(() => void vi.useFakeTimers({ now: begin }));
afterEach(() => void vi.useRealTimers());

class Dead extends Error {}

/** A database that its process can't reach any more once it has died; it dies at the chosen one of all moments, writes and calls. */
class Machine {
  readonly db = memoryDatabase(outboxMigrations);
  readonly ravi = new FakeRavi();
  #left: number | null = null;
  #life = 0;

  /** What one life of the app has. */
  live(diesAt: number | null) {
    this.#left = diesAt;
    this.#life += 1;
    const life = this.#life;
    const moment = (): void => {
      if (life !== this.#life || this.#left === 0) throw new Dead();
      if (this.#left !== null) this.#left -= 1;
    };
    const { db } = this;
    const mortal: Db = {
      all: (...args) => {
        moment();
        return db.all(...args);
      },
      get: (...args) => {
        moment();
        return db.get(...args);
      },
      run: (...args) => {
        moment();
        return db.run(...args);
      },
      exec: (sql) => db.exec(sql),
      transaction: (fn) => {
        moment();
        return db.transaction(fn);
      },
      afterCommit: (fn) => db.afterCommit(fn),
      durable: () => db.durable(),
      close: () => undefined,
    };
    this.ravi.moment = moment;
    return setUp({ db: mortal, ravi: this.ravi });
  }

  get dead(): boolean {
    return this.#left === 0;
  }
}

/** Lives until it dies, or until nothing is left to do. */
async function life(machine: Machine, diesAt: number | null, notices: readonly string[]): Promise<ReturnType<typeof setUp>> {
  const one = machine.live(diesAt);
  try {
    one.outbox.start();
    for (const id of notices) void one.outbox.submit(tellingOf(id), 'sms', { worthUntil: begin + 20 * hour });
    for (let n = 0; n < 40 && !machine.dead; n += 1) await vi.advanceTimersByTimeAsync(120_000);
  } catch (error) {
    if (diesAt === null || !(error instanceof Dead)) throw error;
  }
  if (machine.dead) {
    // Its timers died with it.
    await vi.advanceTimersByTimeAsync(0);
    const now = Date.now();
    vi.clearAllTimers();
    // Clearing turns the clock back.
    vi.setSystemTime(now);
  }
  return one;
}

const lettersOf = ({ records }: ReturnType<typeof setUp>, id: string) =>
  (['sms', 'email'] as const).flatMap((channel) => records.lettersOf(id, channel));

/** What was received by one recipient of one notice. */
const timesOf = (machine: Machine, { channel, to, noticeId }: { channel: string; to: string; noticeId: string }): number =>
  machine.ravi.received.filter((line) => line === `${channel} ${to} ${noticeId}`).length;

it('a message arrives once, or is said to be in doubt, wherever the app dies and whatever becomes of its calls', async () => {
  const story = fc.record({
    fates: fc.array(fc.constantFrom(...fates), { maxLength: 8 }),
    deaths: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 3 }),
    lists: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ fates: wanted, deaths, lists }) => {
      vi.clearAllTimers();
      vi.setSystemTime(begin);
      const machine = new Machine();
      await (await life(machine, null, ['first'])).outbox.stop();
      machine.ravi.lists = lists;
      machine.ravi.fates.push(...wanted);
      for (const death of deaths) await life(machine, death, ['a', 'b']);
      const last = await life(machine, null, ['a', 'b']);
      for (const letter of ['a', 'b'].flatMap((id) => lettersOf(last, id))) {
        const times = timesOf(machine, letter);
        const told = `${letter.channel} to ${letter.to} of ${letter.noticeId} is ${letter.state} (${letter.why}), received ${times}`;
        if (letter.state === 'sent') expect(times, told).toBe(1);
        else if (letter.state === 'maybe') expect(times, told).toBeLessThanOrEqual(1);
        else expect([letter.state, times], told).toEqual(['failed', 0]);
        if (lists) expect(letter.state, told).not.toBe('maybe');
      }
      expect(lettersOf(last, 'a').length).toBeGreaterThan(0);
      expect(lettersOf(last, 'b').length).toBeGreaterThan(0);
      await last.outbox.stop();
    }),
    { numRuns: 150 },
  );
}, 120_000);

it('a message arrives once when the app dies at any one moment of its way', async () => {
  for (let at = 1; ; at += 1) {
    vi.clearAllTimers();
    vi.setSystemTime(begin);
    const machine = new Machine();
    await (await life(machine, null, ['first'])).outbox.stop();
    await life(machine, at, ['a']);
    const survived = !machine.dead;
    const last = await life(machine, null, ['a']);
    expect(machine.ravi.received.filter((line) => line.endsWith(' a')).toSorted(), `died at ${at}`).toEqual([
      'sms +15550000001 a',
      'sms +15550000002 a',
    ]);
    await last.outbox.stop();
    if (survived) return void expect(at).toBeGreaterThan(20);
  }
}, 120_000);
