import { expect, it } from 'vitest';
import type { CredentialView } from '../../../shared/model.ts';
import { held } from './held.ts';

const seen = (worktreeId: string, state: CredentialView['state'], managed: boolean) =>
  ({ worktreeId, state, managed }) as CredentialView;

it('counts a worktree as the Companion’s until git is the person’s and its credential dead', () => {
  const credentials = {
    a: seen('a', 'active', true),
    b: seen('b', 'revoked', true),
    c: seen('c', 'unverified', false),
    d: seen('d', 'revoked', false),
  };
  expect(held(credentials).map(({ worktreeId }) => worktreeId)).toEqual(['a', 'b', 'c']);
});
