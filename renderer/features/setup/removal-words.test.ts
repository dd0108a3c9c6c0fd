import { describe, expect, it } from 'vitest';
import { credential, grant, instance, session, stateOf, worktree } from '../../../shared/fixture.ts';
import { removalWords } from './removal-words.ts';

describe('before a Jean is removed', () => {
  it('the person reads how many sessions leave and which credentials die', () => {
    const state = stateOf({
      worktrees: [worktree('w1'), worktree('w2'), worktree('w3', { instanceId: 'far' })],
      sessions: [session('s1', { worktreeId: 'w1' }), session('s2', { worktreeId: 'w3', instanceId: 'far' })],
      credentials: [credential('w1'), credential('w2', { managed: false })],
    });
    expect(removalWords(instance('online'), state)).toEqual([
      'The Companion watches it no more: 1 session leaves the list, and no notice comes of them. In Jean itself nothing changes.',
      '1 credential is revoked, and git in that worktree is your own again.',
      'You can watch it again from this page.',
    ]);
    expect(removalWords(instance('online', { id: 'far', place: 'elsewhere' }), state)).toEqual([
      expect.stringContaining('1 session leaves'),
      'Its token is deleted here. To watch it again you need its access address.',
    ]);
  });

  it('the person reads who comes in no more', () => {
    const both = grant('both', { instanceIds: ['local', 'far'] });
    const grants = [
      grant('here', { instanceIds: ['local'] }),
      grant('over', { instanceIds: ['local'], standing: 'revoked' }),
      both,
    ];
    const [local, far] = [instance('online'), instance('online', { id: 'far', place: 'elsewhere' })];
    expect(removalWords(local, stateOf({ grants, instances: [local, far] }))).toContain(
      '1 grant that leads to it alone is revoked: nobody comes in by it any more.',
    );
    expect(removalWords(far, stateOf({ grants, instances: [local, far] })).join(' ')).not.toContain('grant');
  });
});
