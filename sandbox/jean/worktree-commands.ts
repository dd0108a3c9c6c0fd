import type { Args } from './args.ts';
import type { Command, Jean } from './commands.ts';

/** Commands that create, archive, restore and delete worktrees, and those that tie a pull request to one (contract jean §3). */
export function worktreeCommands({ state, events, worktrees }: Jean): Record<string, Command> {
  const linkPull: Command = (args) => {
    const worktree = state.worktree(args.string('worktreeId'));
    worktree.pr_number = args.number('prNumber');
    worktree.pr_url = args.string('prUrl');
    state.saveProjects();
    events.invalidate('projects');
    return null;
  };
  const deleting =
    (finished: 'worktree:deleted' | 'worktree:permanently_deleted'): Command =>
    (args) => {
      worktrees.delete(args.string('worktreeId'), finished);
      return null;
    };
  return {
    create_worktree: (args: Args) =>
      worktrees.create(args.string('projectId'), {
        name: args.optionalString('customName'),
        baseBranch: args.optionalString('baseBranch'),
        autoOpenInJean: args.boolean('autoOpenInJean'),
      }).pending,
    archive_worktree: (args) => {
      worktrees.archive(args.string('worktreeId'));
      return null;
    },
    unarchive_worktree: (args) => worktrees.unarchive(args.string('worktreeId')),
    delete_worktree: deleting('worktree:deleted'),
    permanently_delete_worktree: deleting('worktree:permanently_deleted'),
    save_worktree_pr: linkPull,
    link_pr: linkPull,
    clear_worktree_pr: (args) => {
      const worktree = state.worktree(args.string('worktreeId'));
      delete worktree.pr_number;
      delete worktree.pr_url;
      delete worktree.cached_pr_status;
      state.saveProjects();
      events.invalidate('projects');
      return null;
    },
    update_worktree_cached_status: (args) => {
      const worktree = state.worktree(args.string('worktreeId'));
      const pull = args.optionalString('prStatus');
      if (pull !== undefined) worktree.cached_pr_status = pull;
      const check = args.optionalString('checkStatus');
      if (check !== undefined) worktree.cached_check_status = check;
      worktree.cached_status_at = state.seconds();
      state.saveProjects();
      return null;
    },
  };
}
