import { existsSync } from 'node:fs';
import { plainLine } from '../base/plain-line.ts';
import type { Bypass } from '../git/bypass.ts';
import { clearReason } from '../git/reason-file.ts';
import type { WorktreeConfig } from '../git/worktree-config.ts';
import { isWorktreeOf } from '../git/worktree-place.ts';
import type { WorktreePlan } from '../git/worktree-settings.ts';
import type { Broker, DoorPaths } from './broker.ts';
import type { Binding } from './credential.ts';
import type { WorktreeGit } from './steps.ts';

export interface WorktreeGitOptions {
  readonly broker: Broker;
  readonly config: WorktreeConfig;
  readonly webUrl: () => string;
  /** Who commits there; throws while that can't be had. */
  readonly author: (binding: Binding) => Promise<{ readonly name: string; readonly email: string }>;
  /** The person wants this one managed although it is the repository's own work tree. */
  readonly evenMain: (worktreeId: string) => boolean;
  readonly paths: (worktreeId: string) => DoorPaths;
  /** What git asks with where it has no credential-cache; null elsewhere. */
  readonly program: string | null;
  /** What marks commits there; null while they are not to be marked. */
  readonly trailers: (worktreeId: string) => WorktreePlan['trailers'];
  /** The ways past the companion that git's settings show, none too. */
  readonly onBypasses: (binding: Binding, bypasses: readonly Bypass[]) => void;
}

/** A worktree's git as the lifecycle wants it: a socket that answers, and a config that asks there. */
export function worktreeGit(options: WorktreeGitOptions): WorktreeGit {
  const { broker, config } = options;
  return {
    open: (binding) => broker.open(binding),
    bar: (binding, reason) => broker.bar(binding, reason),
    close: (binding, reason) => broker.close(binding, reason),
    async install(binding) {
      // Where a worktree is, Jean says; nobody else's git is to be changed by its word.
      if (!(await isWorktreeOf(binding.path, binding.projectPath)))
        throw new Error(`${binding.path} is a worktree of another repository than the project’s, so it gets no credential.`);
      const webUrl = options.webUrl();
      const { socket, reason } = options.paths(binding.worktreeId);
      // GitHub may be away, and git must not act as the person until it is back.
      const author = await options.author(binding).catch(() => null);
      const installed = await config.install(
        binding.path,
        {
          worktreeId: binding.worktreeId,
          repository: binding.repository,
          webUrl,
          sshHost: new URL(webUrl).hostname,
          socketPath: socket,
          program: options.program,
          reasonPath: reason,
          // GitHub goes by the address alone, so the name may say which worktree it was (contract github §2.2).
          author: author && { ...author, name: `${author.name} (${plainLine(binding.worktreeName, 60) || 'worktree'})` },
          trailers: options.trailers(binding.worktreeId),
        },
        { evenMain: options.evenMain(binding.worktreeId) },
      );
      if (!installed.ok) throw new Error(installed.message);
      options.onBypasses(binding, installed.bypasses);
      return { whole: author !== null };
    },
    async isInstalled({ path, worktreeId }) {
      const found = await config.inspect(path);
      if (found.state === 'installed') return found.worktreeId === worktreeId;
      return !existsSync(path);
    },
    async uninstall(binding) {
      await config.remove(binding.path, binding.projectPath, binding.worktreeId);
      // Nobody reads it any more.
      await clearReason(options.paths(binding.worktreeId).reason);
    },
  };
}
