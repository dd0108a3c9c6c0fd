import { existsSync } from 'node:fs';
import { clearReason } from '../git/reason-file.ts';
import type { WorktreeConfig } from '../git/worktree-config.ts';
import type { Broker, DoorPaths } from './broker.ts';
import type { Binding } from './credential.ts';
import type { WorktreeGit } from './steps.ts';

export interface WorktreeGitOptions {
  readonly broker: Broker;
  readonly config: WorktreeConfig;
  readonly webUrl: () => string;
  readonly author: () => Promise<{ readonly name: string; readonly email: string }>;
  readonly paths: (worktreeId: string) => DoorPaths;
  /** Ways by which git here gets past the companion, in words: an SSH remote, a password in a URL. */
  readonly onBypass: (binding: Binding, ways: readonly string[]) => void;
}

const bypassWords = {
  'ssh-remote': 'an SSH remote uses the person’s own key',
  'password-in-url': 'a password stands in a remote’s address',
  'extra-header': 'a header in the git config is sent before any credential is asked for',
} as const;

/** A worktree's git as the lifecycle wants it: a socket that answers, and a config that asks there. */
export function worktreeGit(options: WorktreeGitOptions): WorktreeGit {
  const { broker, config } = options;
  return {
    open: (binding) => broker.open(binding),
    bar: (binding, reason) => broker.bar(binding, reason),
    close: (binding, reason) => broker.close(binding, reason),
    async install(binding) {
      const webUrl = options.webUrl();
      const { socket, reason } = options.paths(binding.worktreeId);
      const installed = await config.install(binding.path, {
        worktreeId: binding.worktreeId,
        repository: binding.repository,
        webUrl,
        sshHost: new URL(webUrl).hostname,
        socketPath: socket,
        reasonPath: reason,
        author: await options.author(),
      });
      if (!installed.ok) throw new Error(installed.message);
      if (installed.bypasses.length > 0)
        options.onBypass(
          binding,
          installed.bypasses.map(({ kind, name }) => `${bypassWords[kind]} (${name})`),
        );
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
