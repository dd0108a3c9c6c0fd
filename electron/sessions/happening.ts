import type { Bucket, ProjectView, PullView, SessionView, StateChange, WorktreeView } from '../../shared/model.ts';

/** A worktree with the project it belongs to. */
export interface WorktreeFacts {
  readonly worktree: WorktreeView;
  readonly project: ProjectView;
}

/** Something on the board that a capability may want to act on. */
export type Happening =
  /** `first`: it was there when the board saw Jean for the first time. */
  | { readonly type: 'worktree-appeared'; readonly facts: WorktreeFacts; readonly first: boolean }
  /** Its name, branch or repository; pull requests have their own. */
  | { readonly type: 'worktree-changed'; readonly facts: WorktreeFacts }
  | {
      readonly type: 'worktree-gone';
      readonly worktreeId: string;
      readonly why: 'archived' | 'deleted';
      /** As it was last seen. */
      readonly facts: WorktreeFacts;
    }
  /** It has another pull request, or that is in another state: null when the worktree has none any more. */
  | {
      readonly type: 'pull-changed';
      readonly worktreeId: string;
      readonly state: PullView['state'] | null;
      readonly by: 'jean' | 'github';
      readonly facts: WorktreeFacts;
    }
  /**
   * A session came into another bucket, `from` null when it was not known; or, with `from` and `to` both `needs-you`,
   * waits for something else now, be it of the same kind. `first` as above.
   */
  | {
      readonly type: 'session-changed';
      readonly sessionId: string;
      readonly from: Bucket | null;
      readonly to: Bucket;
      readonly view: SessionView;
      readonly first: boolean;
    }
  | { readonly type: 'online'; readonly url: string | null; readonly version: string | null }
  /** It was online and is not any more. */
  | { readonly type: 'lost'; readonly message: string }
  | { readonly type: 'refused'; readonly message: string };

/** What one change did to the board: rows for the page, and what happened. */
export interface BoardDelta {
  readonly changes: readonly StateChange[];
  readonly happenings: readonly Happening[];
}
