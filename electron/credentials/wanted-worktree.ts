import type { Binding } from './credential.ts';

/** A worktree that wants a credential. */
export interface WantedWorktree {
  readonly worktreeId: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly worktreeName: string;
  readonly branch: string;
  readonly path: string;
  readonly projectPath: string;
  readonly repository: string;
}

/** What Jean may change of a worktree while it has its credential; the name in the vault stays as it was given. */
export const factsOf = (
  worktree: WantedWorktree,
): Pick<Binding, 'projectId' | 'worktreeName' | 'subject' | 'path' | 'projectPath'> => ({
  projectId: worktree.projectId,
  worktreeName: worktree.worktreeName,
  subject: `${worktree.projectName} · ${worktree.worktreeName}`,
  path: worktree.path,
  projectPath: worktree.projectPath,
});

/** The tie of a worktree that has no credential yet, and in whose git nothing of ours is. */
export const newBinding = (
  worktree: WantedWorktree,
  given: Pick<Binding, 'vaultKey' | 'vault' | 'vaultIdentity' | 'rest' | 'wantedAt'>,
): Binding => ({
  worktreeId: worktree.worktreeId,
  ...factsOf(worktree),
  repository: worktree.repository,
  ...given,
  vaulted: false,
  installed: false,
  touched: false,
  authored: false,
  ending: null,
  endedBy: null,
  overruled: null,
  overruledPull: null,
  rotateGeneration: null,
  trouble: null,
  moveTo: null,
  left: [],
  moveTrouble: null,
});
