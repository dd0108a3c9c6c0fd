import type { CredentialView } from '../../../shared/model.ts';

/** "with 2 other worktrees": who uses the same shared token. */
export function sharers(credential: CredentialView, credentials: Readonly<Record<string, CredentialView>>): string {
  const others = Object.values(credentials).filter(
    (one) =>
      one.shared && one.projectId === credential.projectId && one.worktreeId !== credential.worktreeId && one.state !== 'revoked',
  ).length;
  if (others === 0) return 'with no other worktree now';
  return `with ${others} other ${others === 1 ? 'worktree' : 'worktrees'} of the project`;
}
