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
