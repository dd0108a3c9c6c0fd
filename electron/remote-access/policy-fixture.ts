import type { RemoteRole } from '../../shared/remote-access.ts';
import { KnownIds } from './known.ts';
import { type CleanFrame, judgeFrame } from './policy.ts';

/** A Jean that has named one project, and two worktrees with a session each. */
export const known = new KnownIds();
known.learn('list_projects', [{ id: 'p1' }]);
known.learn('list_all_sessions', {
  entries: [
    { worktree_id: 'w1', worktree_path: '/trees/shop/w1', sessions: [{ id: 's1' }] },
    { worktree_id: 'w2', worktree_path: '/trees/shop/w2', sessions: [{ id: 's2' }] },
  ],
});

export const frame = (command: string, args: unknown = {}) => ({ type: 'invoke', id: '1', command, args });

/** What goes on to Jean; null where it is refused. */
export const cleanFrame = (role: RemoteRole, given: unknown): CleanFrame | null => {
  const judged = judgeFrame(role, given, known);
  return judged.allow ? judged.frame : null;
};

/** Why a command is refused; null where it is not. */
export const why = (role: RemoteRole, command: string, args: unknown): string | null => {
  const judged = judgeFrame(role, frame(command, args), known);
  return judged.allow ? null : judged.why;
};
