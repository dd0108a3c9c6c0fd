import { describe, expect, it } from 'vitest';
import type { CredentialRecord } from './credentials/credential.ts';
import { minute, record, start, token } from './credentials/test-record.ts';
import { Leaving, type LeavingOptions, remotePart } from './leaving.ts';

const trouble = { reason: 'GitHub can’t be reached.', retryAt: start + minute, attempts: 1 };

/** What is left of a worktree when all went well. */
const gone = { ending: 'released', touched: false, installed: false, vaulted: false, trouble: null } as const;

interface Ground {
  records: CredentialRecord[];
  /** What is left of a worktree once it was ended. */
  after: (before: CredentialRecord) => CredentialRecord;
  leftovers: string[];
  stuck: boolean;
  bannersOff: boolean;
  jeanAway: boolean;
}

function ground(over: Partial<Ground> = {}) {
  const done: string[] = [];
  const it: Ground = {
    records: [record({ worktreeId: 'w1', subject: 'shop · one' }, [token()])],
    after: ({ binding, tokens }) =>
      record(
        { ...binding, ...gone },
        tokens.map((one) => ({ ...one, phase: 'dead' })),
      ),
    leftovers: [],
    stuck: false,
    bannersOff: false,
    jeanAway: false,
    ...over,
  };
  const options: LeavingOptions = {
    records: {
      all: () => it.records,
      update: (id, change) => void done.push(`update ${id} ${Object.keys(change)}`),
      forgetTroubles: (id) => void done.push(`again ${id}`),
    },
    lifecycle: {
      end: async (id, ending) => {
        done.push(`${ending} ${id}`);
        it.records = it.records.map((one) => (one.binding.worktreeId === id ? it.after(one) : one));
      },
    },
    reconciler: {
      run: async () => void done.push('look'),
      clean: async (id) => {
        done.push(`clean ${id}`);
        if (it.stuck) throw new Error('The vault can’t be reached.');
        it.leftovers = it.leftovers.filter((one) => one !== id);
      },
    },
    leftovers: () => it.leftovers,
    provisioning: () => ({ close: () => void done.push('close'), open: () => void done.push('open') }),
    github: { connected: true, forget: async () => void done.push('forget GitHub') },
    ravi: { vault: null, forget: async () => void done.push('forget Ravi') },
    endBanners: async () => {
      if (it.jeanAway) throw new Error('Jean does not run.');
      return it.bannersOff;
    },
    sources: { forgetAll: async () => void done.push('forget sources') },
    audit: () => undefined,
  };
  return { done, leaving: new Leaving(options) };
}

describe('releasing all', () => {
  it('releases what has something of ours, also where it ended long ago, and nothing else', async () => {
    const { leaving, done } = ground({
      records: [
        record({ worktreeId: 'live', trouble }, [token()]),
        record({ worktreeId: 'barred', ending: 'merged', installed: true }, []),
        record({ worktreeId: 'in the vault', ...gone, vaulted: true }, []),
        record({ worktreeId: 'over', ...gone, ending: 'archived' }, []),
      ],
    });
    expect(await leaving.releaseAll()).toEqual({ released: 3, left: [] });
    expect(done.filter((each) => each.startsWith('released'))).toEqual([
      'released live',
      'released barred',
      'released in the vault',
    ]);
    // What failed before is tried now.
    expect(done).toContain('update live trouble');
  });

  it.each([
    ['settings in git', { touched: true, trouble }, 'dead', 'Our settings are still in its git. GitHub can’t be reached.'],
    ['a token that may live', {}, 'retired', 'GitHub has not confirmed yet that its credential is dead.'],
    ['an entry of the vault', { vaulted: true, trouble }, 'dead', 'The vault still has its entry. GitHub can’t be reached.'],
  ] as const)('counts nothing as released while there is %s', async (_what, change, phase, why) => {
    const { leaving } = ground({
      after: ({ binding, tokens }) =>
        record(
          { ...binding, ...gone, ...change },
          tokens.map((one) => ({ ...one, phase })),
        ),
    });
    expect(await leaving.releaseAll()).toEqual({ released: 0, left: [{ worktreeId: 'w1', name: 'shop · one', why }] });
  });
});

describe('leaving', () => {
  it('makes nothing more, releases, cleans, and forgets the accounts last', async () => {
    const { leaving, done } = ground({ leftovers: ['entry:X'] });
    const report = await leaving.leave();
    expect(report).toMatchObject({ done: true, parts: [{ part: 'worktrees' }, { part: 'leftovers' }, { part: 'accounts' }] });
    expect(done.filter((each) => !each.startsWith('again'))).toEqual([
      'close',
      'released w1',
      'look',
      'clean entry:X',
      'forget sources',
      'forget GitHub',
    ]);
  });

  it.each([
    [
      'a credential is not known to be dead',
      {
        after: ({ binding, tokens }: CredentialRecord) =>
          record(
            { ...binding, ...gone },
            tokens.map((one) => ({ ...one, phase: 'retired' as const })),
          ),
      },
    ],
    ['a leftover can’t be taken out', { leftovers: ['entry:X'], stuck: true }],
  ])('keeps the accounts, and goes on as before, while %s', async (_why, over) => {
    const { leaving, done } = ground(over);
    const { parts, ...report } = await leaving.leave();
    expect(report.done).toBe(false);
    expect(parts.at(-1)).toMatchObject({ part: 'accounts', done: false, sentence: expect.stringContaining('stay connected') });
    expect(done).not.toContain('forget GitHub');
    expect(done.at(-1)).toBe('open');
  });

  it('keeps the accounts while a token of Jean’s is in the vault, which only they can take out', async () => {
    const { leaving, done } = ground();
    const remote = remotePart([{ key: 'JEAN_REMOTE_ACCESS_TOKEN', why: 'Ravi can’t be reached.' }]);
    const report = await leaving.leave([remote]);
    expect([report.done, report.parts[0]?.sentence]).toEqual([
      false,
      'Nobody gets in any more, but JEAN_REMOTE_ACCESS_TOKEN is still in the vault. Ravi can’t be reached.',
    ]);
    expect(done).not.toContain('forget GitHub');
    expect((await ground().leaving.leave([remotePart([])])).done).toBe(true);
  });

  it('turns Jean’s own banners on again, or says that they are still off and what to do', async () => {
    expect((await ground({ bannersOff: true }).leaving.leave()).parts.at(-1)).toEqual({
      part: 'banners',
      done: true,
      sentence: 'They are on again.',
    });
    const { parts, done } = await ground({ jeanAway: true }).leaving.leave();
    expect([done, parts.at(-1)?.done, parts.at(-1)?.sentence]).toEqual([
      false,
      false,
      expect.stringMatching(
        /^They are still off\. Jean does not run\. Start Jean and try again, or turn them on in Jean’s own settings\.$/,
      ),
    ]);
  });
});
