import { describe, expect, it, vi } from 'vitest';
import { revokeEverything } from './kill-switch.ts';

const nothing = { suspend: false, people: false };

/** What happens in which order, and two revocations that can be held up. */
function world() {
  const order: string[] = [];
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
    audit: () => undefined,
  };
  return { o, order, held };
}

describe('the kill switch', () => {
  it('leaves people’s tokens and the installation alone where that was not wished', async () => {
    const { o, order } = world();
    expect(await revokeEverything(o, nothing)).toEqual({
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
    const { people, suspended } = await revokeEverything(o, { suspend: true, people: true });
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
    const revoking = revokeEverything(o, { suspend: true, people: false });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(order).toEqual(['suspended']);
    go();
    expect((await revoking).suspended).toBe(1);
    vi.useRealTimers();
  });

  it('says why it could not suspend, and what is dead all the same', async () => {
    const { o } = world();
    const github = { connected: true, suspendAll: () => Promise.reject(new Error('GitHub is away.')) };
    const outcome = await revokeEverything({ ...o, github }, { suspend: true, people: false });
    expect(outcome).toMatchObject({ worktrees: 2, suspended: 0, notSuspended: 'GitHub is away.' });
  });
});
