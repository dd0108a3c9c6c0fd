import type { MessageBoxOptions } from 'electron';
import { many } from '../../shared/format.ts';
import type { AppState } from '../../shared/model.ts';

/**
 * What a dialog of the system asks before another data folder takes the place of one that is watched; null where nothing ends by it. The
 * page can't ask: the folder is picked in main.
 */
export function otherFolderQuestion(
  { worktrees, sessions, credentials }: Pick<AppState, 'worktrees' | 'sessions' | 'credentials'>,
  { id, before, folder }: { readonly id: string; readonly before: string | null; readonly folder: string },
): MessageBoxOptions | null {
  if (before === null || before === folder) return null;
  const leaving = Object.values(sessions).filter(({ instanceId }) => instanceId === id).length;
  const ending = Object.values(worktrees).filter((one) => one.instanceId === id && credentials[one.id]?.managed === true).length;
  if (leaving === 0 && ending === 0) return null;
  const ends =
    ending === 0
      ? ''
      : ` ${many(ending, 'credential is', 'credentials are')} revoked, and git in ${ending === 1 ? 'that worktree' : 'those worktrees'} is your own again.`;
  return {
    type: 'warning',
    title: 'Jean Ravi Companion',
    message: `Watch the Jean in ${folder} in place of the other?`,
    detail: `The one in ${before} is watched no more: ${many(leaving, 'session leaves', 'sessions leave')} the list.${ends} In Jean itself nothing changes.`,
    buttons: ['Cancel', 'Watch it instead'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
