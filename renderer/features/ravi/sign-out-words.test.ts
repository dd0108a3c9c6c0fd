import { expect, it } from 'vitest';
import { credential, stateOf } from '../../../shared/fixture.ts';
import { otherAccountWords, signOutWords } from './sign-out-words.ts';

it('before another account takes the place of one, what moves and what does not is said', () => {
  const state = { ...stateOf({ credentials: [credential('w1')] }), identities: { p1: { identity: { name: 'Sarah' } } } as never };
  expect(otherAccountWords('dana@acme.test', state).join(' ')).toMatch(
    /^Nothing changes before.*1 credential moves from the vault of dana@acme\.test.*1 project has an identity of dana@acme\.test.*no app can revoke/,
  );
});

it('before signing out of Ravi, what moves, what stops and what rests is counted', () => {
  const verified = { address: 'a', verifiedAt: 1 };
  const state = {
    ...stateOf({ credentials: [credential('w1'), credential('w2', { vault: 'local' }), credential('w3', { state: 'revoked' })] }),
    channels: { sms: { recipients: [verified, { address: 'b', verifiedAt: null }] }, email: { recipients: [verified] } } as never,
    identities: { p1: { identity: { name: 'Sarah' } }, p2: { identity: null } } as never,
  };
  expect(signOutWords(state)).toEqual([
    '1 credential is moved from Ravi’s vault to this computer first, so that nothing of the Companion’s is left behind there. Then the keys are deleted here.',
    'SMS and e-mail to 2 recipients stop until you sign in again.',
    '1 project has an identity at Ravi: its key is deleted here too, and its inbox and checklist rest until you sign in again. The worktrees go on with the GitHub account that they have.',
  ]);
  expect(signOutWords(stateOf({}))[0]).toContain('No credential is kept in Ravi’s vault now.');
});
