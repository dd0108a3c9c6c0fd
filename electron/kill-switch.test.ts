import { describe, expect, it, vi } from 'vitest';
import { KillOrder, killMigrations } from './kill-order.ts';
import { KillSwitch, type KillSwitchOptions, type KillWish } from './kill-switch.ts';
import type { Notice } from './notifications/notice.ts';
import { type Db, memoryDatabase } from './storage/database.ts';

const nothing = { suspend: false, people: false };
const everything = { suspend: true, people: true };
const pull = (o: KillSwitchOptions, wish: KillWish) => new KillSwitch(o).pull(wish);

/** What happens in which order, and two revocations that can be held up. */
function world(db: Db = memoryDatabase(killMigrations)) {
  const order: string[] = [];
  const kinds: string[] = [];
  const told: Notice[] = [];
  const held = { tokens: Promise.resolve(), people: Promise.resolve() };
  const o = {
    lifecycle: {
      revokeAll: async () => {
        await held.tokens;
        order.push('tokens');
        return { worktrees: 2, unverified: [] };
      },
    },
    sources: {
      revokeAll: async () => {
        await held.people;
        order.push('people');
        return [{ projectId: 'p', projectName: 'shop', kind: 'shared', login: 'robot', why: null } as const];
      },
    },
    github: {
      connected: true,
      suspendAll: async () => {
        order.push('suspended');
        return 1;
      },
    },
    audit: ({ kind }: { readonly kind: string }) => void kinds.push(kind),
    order: new KillOrder(db),
    tell: (notice: Notice) => void told.push(notice),
    now: () => 1_800_000_000_000,
  };
  return { o, order, held, kinds, told };
}

describe('the kill switch', () => {
  it('leaves people’s tokens and the installation alone where that was not wished', async () => {
    const { o, order } = world();
    expect(await pull(o, nothing)).toEqual({
      worktrees: 2,
      unverified: [],
      suspended: 0,
      notSuspended: null,
      people: [],
    });
    expect(order).toEqual(['tokens']);
  });

  it('revokes first and suspends after that, because GitHub revokes nothing in a suspended installation', async () => {
    const { o, order } = world();
    const { people, suspended } = await pull(o, everything);
    expect([people.length, suspended]).toEqual([1, 1]);
    expect([order.slice(0, 2).sort(), order.at(-1)]).toEqual([['people', 'tokens'], 'suspended']);
  });

  it('suspends after five seconds though a revocation hangs', async () => {
    vi.useFakeTimers();
    const { o, order, held } = world();
    let go: () => void = () => undefined;
    held.tokens = new Promise((resolve) => {
      go = resolve;
    });
    const revoking = pull(o, { suspend: true, people: false });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(order).toEqual(['suspended']);
    go();
    expect((await revoking).suspended).toBe(1);
    vi.useRealTimers();
  });

  it('says why it could not suspend, and what is dead all the same', async () => {
    const { o } = world();
    const github = { connected: true, suspendAll: () => Promise.reject(new Error('GitHub is away.')) };
    const outcome = await pull({ ...o, github }, { suspend: true, people: false });
    expect(outcome).toMatchObject({ worktrees: 2, suspended: 0, notSuspended: 'GitHub is away.' });
  });

  it('goes on with all that was ordered when the app died in the middle of it, once', async () => {
    const db = memoryDatabase(killMigrations);
    const before = world(db);
    before.held.people = new Promise(() => undefined);
    void pull(before.o, everything);
    await vi.waitFor(() => expect(before.order).toEqual(['tokens']));

    const after = world(db);
    await new KillSwitch(after.o).resume();
    expect([after.order.toSorted(), after.kinds, after.told]).toEqual([['people', 'suspended', 'tokens'], ['app.recovered'], []]);
    const later = world(db);
    await new KillSwitch(later.o).resume();
    expect([later.order, later.kinds]).toEqual([[], []]);
  });

  it('goes no further after a death than was ordered', async () => {
    const db = memoryDatabase(killMigrations);
    const before = world(db);
    before.held.tokens = new Promise(() => undefined);
    void pull(before.o, nothing);
    await vi.waitFor(() => expect(new KillOrder(db).left()).toEqual(nothing));
    const after = world(db);
    await new KillSwitch(after.o).resume();
    expect(after.order).toEqual(['tokens']);
  });

  it('tells the person what it could not end after a death, because nobody waits for the answer', async () => {
    const db = memoryDatabase(killMigrations);
    await new KillOrder(db).begin(everything);
    const { o, told } = world(db);
    const github = { connected: true, suspendAll: () => Promise.reject(new Error('GitHub is away.')) };
    const robot = {
      projectId: 'p',
      projectName: 'shop',
      kind: 'shared',
      login: 'robot',
      why: 'GitHub can’t be reached.',
    } as const;
    await new KillSwitch({ ...o, github, sources: { revokeAll: async () => [robot] } }).resume();
    expect(told).toMatchObject([
      {
        title: 'Not everything could be revoked',
        line: 'robot (shop): GitHub can’t be reached. The App is not suspended. GitHub is away.',
        severity: 'error',
      },
    ]);
    expect(new KillOrder(db).left()).toBeNull();
  });

  it('has nothing to go on with where it came to its end', async () => {
    const { o, order } = world();
    await pull(o, everything);
    await new KillSwitch(o).resume();
    expect(order).toHaveLength(3);
  });

  it('kills also what a full disk does not let it write down first', async () => {
    const { o, order } = world();
    const full = { begin: () => Promise.reject(new Error('full')), left: () => null, done: () => undefined };
    await pull({ ...o, order: full }, everything);
    expect(order).toHaveLength(3);
  });
});
