import type { AppState } from '../../../shared/model.ts';
import type { SourceKind } from '../../../shared/policy.ts';

/** Where credentials can come from, as the form names it. */
export const sourceNames: Readonly<Record<SourceKind, string>> = {
  app: 'The GitHub App',
  shared: 'A machine user’s token',
  user: 'Your own name',
};

/** What each choice means. */
export const sourceSentences: Readonly<Record<SourceKind, string>> = {
  app: 'Recommended: each worktree has a credential of its own, good for an hour, which can be revoked alone.',
  shared: 'One fine-grained token for all worktrees of the project. The Companion can take it away, but not revoke it alone.',
  user: 'You sign in for this repository; all worktrees share the token, which ends after 8 hours and is renewed. Commits are yours.',
};

/** "by 2 worktrees": how many have a token that is shared. */
export const sharedByWords = (used: number): string => {
  if (used === 0) return 'by no worktree yet';
  return used === 1 ? 'by 1 worktree' : `shared by ${used} worktrees`;
};

/** How many of a project's worktrees have the token of a source now. */
export const usersOf = (state: Pick<AppState, 'credentials'>, projectId: string, source: SourceKind): number =>
  Object.values(state.credentials).filter(
    (one) => one.projectId === projectId && one.source === source && one.fingerprint !== null && one.state !== 'revoked',
  ).length;

/** What taking a project's token away does to its worktrees. */
export const stopWords = (name: string, chosen: boolean): string =>
  chosen
    ? `git in the worktrees of ${name} stops working until they have another credential.`
    : `The worktrees of ${name} have another credential, and go on.`;
