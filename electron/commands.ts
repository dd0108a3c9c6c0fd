import { chainWords } from './audit/chain.ts';
import { exportAudit } from './audit/export.ts';
import { everything } from './audit/log.ts';
import type { CommandServices } from './command-line/handlers.ts';
import { WorktreeConfig } from './git/worktree-config.ts';
import type { StateStore } from './shell/state.ts';
import type { World } from './world.ts';

/** What the command line is answered from. */
export function commandServices(o: {
  readonly world: () => World;
  readonly state: StateStore;
  readonly now: () => number;
}): CommandServices {
  return {
    state: () => o.state.state,
    webUrl: () => o.world().github.webUrl,
    handOut: (worktreeId, message) => o.world().handOut(worktreeId, message),
    gitSettings: (path) => new WorktreeConfig().settings(path),
    rotate: (worktreeId) => o.world().lifecycle.rotate(worktreeId),
    revoke: (worktreeId) => o.world().lifecycle.end(worktreeId, 'revoked-by-person'),
    newestEntries: (count) => o.world().audit.page(everything, null, count).entries,
    verifyAudit: async () => {
      const check = await o.world().audit.verify();
      return { ok: check.ok, count: check.count, message: chainWords(check) };
    },
    exportAudit: async (path) => exportAudit({ log: o.world().audit, filter: everything, path, now: o.now }),
  };
}
