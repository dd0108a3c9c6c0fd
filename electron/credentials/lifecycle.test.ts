import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { viewOf } from './credential.ts';
import type { Lifecycle } from './lifecycle.ts';
import { CredentialRecords } from './records.ts';
import { key, minute, Outside, worktree } from './test-outside.ts';

describe('the life of a credential', () => {
  let outside: Outside;
  let app: Lifecycle;
  beforeEach(() => {
    outside = new Outside();
    app = outside.app();
  });

  const view = () => {
    const record = new CredentialRecords(outside.db).get('w1');
    if (!record) throw new Error('no record');
    return viewOf(record, outside.now);
  };

  it('is released at once also while the vault is away, and says what is left', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.failing.add('vault');
    await app.end('w1', 'released');
    expect([outside.alive(), outside.configured.size, outside.vault.size]).toEqual([[], 0, 1]);
    expect(view().reason).toBe('It is dead at GitHub; only the vault still has its entry. vault can’t be reached.');
  });

  it('begins when the worktree appears: minted, in the vault, in git, active', async () => {
    app.want(worktree);
    await app.settle('w1');
    expect(view()).toMatchObject({ state: 'active', holder: 'acme-agents[bot]', vaultKey: key, reason: null });
    expect(outside.vault.get(key)).toBe('ghs_1');
    expect(outside.configured.has('w1')).toBe(true);
    expect(outside.doors.get('w1')).toBe(true);
    expect(outside.kinds()).toEqual(['credential.minted', 'credential.stored', 'credential.installed']);
  });

  it('takes another name in the vault where something that is not ours has its own, and leaves that alone', async () => {
    outside.foreign.add(key);
    outside.vault.set(key, 'the person’s');
    app.want(worktree);
    await app.settle('w1');
    expect(view()).toMatchObject({ state: 'active', vaultKey: `${key}_ABC123`, reason: null });
    expect([...outside.vault.values()]).toEqual(['the person’s', 'ghs_1']);
    await app.rotate('w1');
    expect(outside.vault.get(`${key}_ABC123`)).toBe('ghs_2');
    await app.end('w1', 'archived');
    expect([...outside.vault]).toEqual([[key, 'the person’s']]);
  });

  it('is rotated by a click: the new one serves before the old one is revoked, and then only the new one lives', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.rotate('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
    expect(outside.vault.get(key)).toBe('ghs_2');
    const kinds = outside.kinds();
    expect(kinds.indexOf('credential.rotated')).toBeLessThan(kinds.indexOf('credential.revoked'));
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
  });

  it('keeps the old one in use, and says so, when a rotation fails', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.failing.add('mint');
    await expect(app.rotate('w1')).rejects.toThrow('The old credential stays in use. mint can’t be reached.');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
    expect(outside.alive()).toEqual(['ghs_1']);
  });

  it('is renewed before it expires, and the old one revoked after its grace', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.now += 52 * minute;
    await app.settle('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
    expect(outside.alive()).toEqual(['ghs_1', 'ghs_2']);
    outside.now += 3 * minute;
    await app.settle('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('ends with its merged pull request: dead, out of the vault, and git there reads why', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'merged');
    expect(outside.alive()).toEqual([]);
    expect(outside.vault.size).toBe(0);
    expect(outside.box.size).toBe(0);
    expect(outside.configured.has('w1')).toBe(true);
    expect(outside.doors.get('w1')).toContain('Its pull request was merged');
    expect(view().state).toBe('revoked');
    expect(await app.valueForGit('w1')).toBeNull();
  });

  it('leaves an archived worktree to the person’s own git again, and begins anew when it is restored', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'archived');
    expect(outside.configured.has('w1')).toBe(false);
    app.want(worktree);
    await app.settle('w1');
    expect(outside.doors.get('w1')).toBe(true);
    expect(outside.alive()).toEqual(['ghs_2']);
    expect(view().state).toBe('active');
  });

  it('does not come back by itself after a merge, but does when the person asks', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'merged');
    app.want(worktree);
    await app.settle('w1');
    expect(outside.alive()).toEqual([]);
    await app.provision('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('serves git while the vault is away, and stores the value when it is back', async () => {
    outside.failing.add('vault');
    app.want(worktree);
    await app.settle('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
    expect(view()).toMatchObject({ state: 'active', reason: 'vault can’t be reached.' });
    outside.failing.clear();
    app.retryAll();
    await app.settle('w1');
    expect(outside.vault.get(key)).toBe('ghs_1');
    expect(view().reason).toBeNull();
  });

  it('says that a revocation is not verified while GitHub is away, tries again, and counts expiry as the end', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.failing.add('revoke');
    await app.end('w1', 'merged');
    expect(view()).toMatchObject({ state: 'unverified', reason: 'revoke can’t be reached.' });
    expect(outside.vault.has(key)).toBe(true);
    outside.now += 61 * minute;
    await app.settle('w1');
    expect(view().state).toBe('revoked');
    expect(outside.vault.size).toBe(0);
    expect(outside.kinds()).toContain('credential.expired');
  });

  it('tries the end again, and makes nothing new, when the person asks while a revocation is not verified', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.failing.add('revoke');
    await app.end('w1', 'merged');
    await expect(app.provision('w1')).rejects.toThrow('revoke can’t be reached.');
    expect(view().state).toBe('unverified');
    outside.failing.clear();
    await app.provision('w1');
    expect(view().state).toBe('revoked');
    expect(outside.alive()).toEqual([]);
    expect(outside.minted).toBe(1);
  });

  it('gives two worktrees whose names fall together two vault keys', async () => {
    app.want(worktree);
    app.want({ ...worktree, worktreeId: 'w2', worktreeName: 'checkout/flake', branch: 'checkout/flake' });
    await Promise.all([app.settle('w1'), app.settle('w2')]);
    expect([...outside.vault.keys()].sort()).toEqual([key, `${key}_ABC123`]);
  });

  it('makes a new one when the value of the old one is nowhere any more', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.box.clear();
    outside.vault.clear();
    const restarted = outside.app();
    await restarted.start();
    expect(await restarted.valueForGit('w1')).toBeNull();
    await restarted.settle('w1');
    expect((await restarted.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
    await restarted.stop();
  });

  it('makes a new one when git says that it was refused, and GitHub says so too', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.live.delete('ghs_1');
    await app.rejected('w1', 1);
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('keeps the one that git says was refused where GitHub takes it: anybody in the worktree can say so', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.rejected('w1', 1);
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
    expect([outside.alive(), outside.minted]).toEqual([['ghs_1'], 1]);
    expect(outside.audited.at(-1)).toMatchObject({ kind: 'credential.accepted', actor: 'github', outcome: 'ok' });
  });

  it('keeps the refused one while GitHub can’t be asked, until a new one is there', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.failing.add('mint');
    await app.rejected('w1', 1);
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
    outside.failing.clear();
    outside.now += minute;
    await app.wake('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('is renewed by its first use when it has under 5 minutes left, and where that fails stays alive to its end', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.now += 56 * minute;
    outside.failing.add('mint');
    await app.wake('w1');
    expect([outside.alive(), outside.minted]).toEqual([['ghs_1'], 1]);
    expect(outside.audited.at(-1)).toMatchObject({ kind: 'credential.failed', outcome: 'failed' });
    outside.failing.clear();
    outside.now += 10_000;
    await app.wake('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
  });
});

describe('by policy', () => {
  it('a credential is made at first use: git asks, and is answered', async () => {
    const outside = new Outside();
    outside.policy = { mintAt: 'first-use', lapseAfterMs: null };
    const app = outside.app();
    app.want(worktree);
    await app.settle('w1');
    expect(outside.alive()).toEqual([]);
    expect(outside.configured.has('w1')).toBe(true);
    await app.wake('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
  });

  it('one that nobody used for long does not fall asleep in the moment in which git asks for it', async () => {
    const outside = new Outside();
    outside.policy = { mintAt: 'creation', lapseAfterMs: 30 * minute };
    const app = outside.app();
    app.want(worktree);
    await app.settle('w1');
    // The computer slept over the time at which it would have been looked at.
    outside.now += 56 * minute;
    await app.wake('w1');
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_2');
  });

  it('one that nobody uses falls asleep, out of the vault, and the next use wakes it', async () => {
    const outside = new Outside();
    outside.policy = { mintAt: 'creation', lapseAfterMs: 30 * minute };
    const app = outside.app();
    app.want(worktree);
    await app.settle('w1');
    outside.now += 52 * minute;
    await app.settle('w1');
    expect(outside.alive()).toEqual([]);
    expect(outside.vault.size + outside.box.size).toBe(0);
    expect(outside.kinds()).toContain('credential.lapsed');
    await app.wake('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('the kill switch ends all at once, and names what it could not verify', async () => {
    const outside = new Outside();
    const app = outside.app();
    for (let i = 1; i <= 50; i += 1) app.want({ ...worktree, worktreeId: `w${i}`, worktreeName: `t${i}`, branch: `t${i}` });
    await Promise.all(Array.from({ length: 50 }, (_, i) => app.settle(`w${i + 1}`)));
    expect(outside.alive()).toHaveLength(50);
    expect(await app.revokeAll()).toEqual({ worktrees: 50, unverified: [] });
    expect(outside.alive()).toEqual([]);
    outside.failing.add('revoke');
    await app.provision('w7').catch(() => undefined);
    expect(await app.revokeAll()).toEqual({ worktrees: 1, unverified: ['w7'] });
  });

  it('the kill switch ends also what was replaced a moment ago, and has its grace', async () => {
    const outside = new Outside();
    const app = outside.app();
    app.want(worktree);
    await app.settle('w1');
    outside.now += 52 * minute;
    await app.settle('w1');
    expect(outside.alive()).toEqual(['ghs_1', 'ghs_2']);
    expect(await app.revokeAll()).toEqual({ worktrees: 1, unverified: [] });
    expect(outside.alive()).toEqual([]);
  });

  it('a project that is switched off is left alone, and taken up again when it is switched on', async () => {
    const outside = new Outside();
    const app = outside.app();
    app.want(worktree);
    await app.settle('w1');
    app.policyChanged('p1', false);
    await app.settle('w1');
    expect(outside.alive()).toEqual([]);
    expect(outside.configured.size).toBe(0);
    app.want(worktree);
    await app.settle('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
  });
});

describe('an app that is killed at any call to the outside', () => {
  /** Lets everything run that can; a dead app's promises never end. */
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

  it('leaves, after the next start, no live token without a worktree and no worktree without its credential', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 24 }),
        fc.boolean(),
        fc.constantFrom('wanted', 'merged', 'archived'),
        async (calls, after, fate) => {
          const outside = new Outside();
          outside.crashIn = { calls, after };
          const first = outside.app();
          first.want(worktree);
          await breathe();
          void first.rotate('w1').catch(() => undefined);
          await breathe();
          if (fate !== 'wanted') void first.end('w1', fate === 'merged' ? 'merged' : 'archived');
          await breathe();
          // A killed app waits for nothing; its promises never end.
          void first.stop();

          outside.crashIn = null;
          const second = outside.app();
          await second.start();
          if (fate === 'wanted') second.want(worktree);
          else await second.end('w1', fate === 'merged' ? 'merged' : 'archived');
          await second.settle('w1');
          // What may have been issued unseen ends by itself; everything else is settled at once.
          const unseen = new CredentialRecords(outside.db).get('w1')?.tokens.filter((t) => t.phase === 'lost').length ?? 0;
          expect(outside.alive().length).toBeLessThanOrEqual((fate === 'wanted' ? 1 : 0) + unseen);
          outside.now += 61 * minute;
          await second.settle('w1');
          expect(outside.alive()).toHaveLength(fate === 'wanted' ? 1 : 0);
          if (fate === 'wanted') expect(outside.vault.get(key)).toBe(outside.alive()[0]);
          else expect(outside.vault.size + outside.box.size).toBe(0);
          await second.stop();
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
