import { join } from 'node:path';
import type { AuditEntry } from '../shared/audit.ts';
import { chainWords } from './audit/chain.ts';
import { exportAudit } from './audit/export.ts';
import { follow } from './audit/follow.ts';
import { everything } from './audit/log.ts';
import type { CommandServices } from './command-line/handlers.ts';
import { loginPath } from './command-line/login-path.ts';
import { type Program, Programs } from './command-line/programs.ts';
import { Problem } from './command-line/protocol.ts';
import { wrapperForWindows, wrapperScript } from './command-line/wrapper.ts';
import { ghShim, ghShimForWindows } from './git/gh-shim.ts';
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
    release: (worktreeId) => o.world().lifecycle.end(worktreeId, 'released'),
    releaseAll: () => o.world().leaving.releaseAll(),
    followAudit: (count, gone) => followAudit(o.world, count, gone),
    who: (query) => o.world().origins.who(query),
    newestEntries: (count) => o.world().audit.page(everything, null, count).entries,
    verifyAudit: async () => {
      const check = await o.world().audit.verify();
      return { ok: check.ok, count: check.count, message: chainWords(check) };
    },
    exportAudit: async (path) => exportAudit({ log: o.world().audit, filter: everything, path, now: o.now }),
  };
}

/** Each world has a log of its own; one that is exchanged, or ends, is followed to its last entry. */
async function* followAudit(world: () => World, count: number, gone: AbortSignal): AsyncGenerator<AuditEntry, void, undefined> {
  const followed = world();
  const before = followed.audit.head();
  const over = (): Problem =>
    new Problem('failed', 'That log has come to its end: the companion has gone into its sandbox, or left it.');
  try {
    for await (const entry of follow(followed.audit, count, gone)) {
      yield entry;
      if (entry.kind === 'app.stopped' && entry.seq > before) throw over();
    }
  } catch (error) {
    // A slow reader may ask for what has been closed since.
    throw world() === followed ? error : over();
  }
}

/** The programs that the companion can put into the person's folders. */
export function companionPrograms(o: {
  /** The app's data folder. */
  readonly folder: string;
  readonly home: string;
  /** The app's own program: the AppImage where it is one. */
  readonly app: string;
  /** What starts the app from a folder; empty where it is packaged. */
  readonly appArguments: readonly string[];
  readonly socket: string;
  /** The folder that the person chose for `jean-ravi`. */
  readonly chosen: () => string | null;
}): Programs {
  const windows = process.platform === 'win32';
  const gh: Program = {
    name: 'gh',
    path: () => join(o.folder, 'bin', windows ? 'gh.cmd' : 'gh'),
    text: windows ? ghShimForWindows() : ghShim(),
  };
  const jeanRavi: Program = {
    name: 'jean-ravi',
    path: () => join(o.chosen() ?? join(o.home, '.local', 'bin'), windows ? 'jean-ravi.cmd' : 'jean-ravi'),
    text: (windows ? wrapperForWindows : wrapperScript)({ app: o.app, args: o.appArguments, socket: o.socket }),
  };
  return new Programs({
    programs: [jeanRavi, gh],
    searchPath: () => loginPath({ env: process.env, home: o.home }),
    env: process.env,
    cwd: o.folder,
  });
}
