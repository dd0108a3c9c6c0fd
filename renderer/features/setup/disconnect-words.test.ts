import { expect, it } from 'vitest';
import { credential, stateOf } from '../../../shared/fixture.ts';
import { disconnectWords } from './disconnect-words.ts';

it('before the App is disconnected, the credentials that are revoked are counted, and who goes on', () => {
  const credentials = [
    credential('w1'),
    credential('w2', { state: 'sleeping' }),
    credential('w3', { state: 'revoked', managed: false }),
    credential('w4', { source: 'shared', shared: true }),
  ];
  expect(disconnectWords(stateOf({ credentials }))).toEqual([
    '2 credentials are revoked at GitHub first, verified, and leave the vault; git in those worktrees is your own again. None can be made until an App is connected again.',
    '1 worktree has a token of a person’s, and goes on with it.',
    expect.stringContaining('private key is deleted from this computer'),
  ]);
  expect(disconnectWords(stateOf({}))[0]).toContain('No worktree has a credential of it now.');
});
