import { expect, it } from 'vitest';
import { credential, session, stateOf, worktree } from '../../shared/fixture.ts';
import { otherFolderQuestion } from './other-folder.ts';

it('another data folder is asked about where something ends by it, with how much', () => {
  const state = stateOf({
    sessions: [session('s1'), session('far', { instanceId: 'far' })],
    worktrees: [worktree('w1'), worktree('w2'), worktree('w3', { instanceId: 'far' })],
    credentials: [credential('w1'), credential('w2', { managed: false }), credential('w3')],
  });
  const of = { id: 'local', before: '/old', folder: '/new' };
  expect(otherFolderQuestion(state, of)).toMatchObject({
    message: 'Watch the Jean in /new in place of the other?',
    detail:
      'The one in /old is watched no more: 1 session leaves the list. 1 credential is revoked, and git in that worktree is your own again. In Jean itself nothing changes.',
    defaultId: 0,
    cancelId: 0,
  });
  expect(otherFolderQuestion(state, { ...of, before: null })).toBeNull();
  expect(otherFolderQuestion(state, { ...of, folder: '/old' })).toBeNull();
  expect(otherFolderQuestion(stateOf({}), of)).toBeNull();
});
