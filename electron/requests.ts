import { readFile } from 'node:fs/promises';
import { type BrowserWindow, dialog, type OpenDialogOptions, shell } from 'electron';
import { z } from 'zod';
import { chainWords } from './audit/chain.ts';
import { exportAudit } from './audit/export.ts';
import { Secret } from './base/secret.ts';
import type { Handlers } from './shell/ipc.ts';
import type { StateStore } from './shell/state.ts';
import type { SettingsFile } from './storage/settings.ts';
import type { World } from './world.ts';

/** What the answers need beside the world. */
export interface RequestsOptions {
  readonly world: () => World;
  readonly settings: () => SettingsFile;
  readonly state: StateStore;
  readonly window: () => BrowserWindow | undefined;
  readonly pageListens: () => void;
  readonly looking: (view: { readonly page: string; readonly sessionId: string | null }) => void;
  readonly pause: (minutes: number | null) => void;
  readonly finishFirstRun: () => void;
  readonly enterSandbox: () => Promise<void>;
  readonly leaveSandbox: () => Promise<void>;
  readonly now: () => number;
}

const longestKeyFile = 64 * 1024;

/** What main does for each request of the contract. */
export function answers(o: RequestsOptions): Handlers {
  return {
    'state.snapshot': () => {
      o.pageListens();
      return o.state.snapshot();
    },
    'credentials.rotate': ({ worktreeId }) => o.world().lifecycle.rotate(worktreeId),
    'credentials.revoke': ({ worktreeId }) => o.world().lifecycle.end(worktreeId, 'revoked-by-person'),
    'credentials.provision': ({ worktreeId }) => o.world().lifecycle.provision(worktreeId),
    'audit.page': ({ filter, before, limit }) => o.world().audit.page(filter, before, limit),
    'audit.verify': async () => {
      const check = await o.world().audit.verify();
      return { ok: check.ok, count: check.count, message: chainWords(check) };
    },
    'audit.export': async ({ filter }) => {
      const day = new Date(o.now()).toISOString().slice(0, 10);
      const options = { title: 'Export the audit log', defaultPath: `companion-audit-${day}.jsonl` };
      const window = o.window();
      const { filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
      if (!filePath) return null;
      const { count } = await exportAudit({ log: o.world().audit, filter, path: filePath, now: o.now });
      return { path: filePath, count };
    },
    'setup.github': async (request) => {
      const path = await choose(o.window(), {
        title: 'Choose the App’s private key',
        properties: ['openFile'],
        filters: [{ name: 'Private key', extensions: ['pem'] }],
      });
      if (path === null) return null;
      const pem = await readFile(path, 'utf8');
      if (pem.length > longestKeyFile)
        throw new Error('That file is too long for a private key. GitHub’s file ends in .private-key.pem.');
      return { slug: await o.world().connectGitHub(request, Secret.of(pem)) };
    },
    'setup.github.forget': () => o.world().disconnectGitHub(),
    'setup.ravi': ({ baseUrl }) => o.world().signInToRavi(baseUrl),
    'setup.ravi.cancel': () => o.world().ravi.cancelSignIn(),
    'setup.ravi.forget': () => o.world().signOutOfRavi(),
    'setup.jean': async () => {
      const folder = await choose(o.window(), {
        title: 'Choose Jean’s data folder',
        properties: ['openDirectory', 'showHiddenFiles'],
      });
      if (folder === null) return false;
      o.settings().update({ jeanFolder: folder });
      o.world().watchJean();
      return true;
    },
    'setup.retry': async ({ service }) => {
      if (service === 'jean') o.world().nudge();
      else if (service === 'ravi') await o.world().ravi.check();
      else await o.world().checkGitHub();
      o.world().lifecycle.retryAll();
    },
    'setup.done': () => o.finishFirstRun(),
    'sandbox.enter': () => o.enterSandbox(),
    'sandbox.leave': () => o.leaveSandbox(),
    'notifications.pause': ({ minutes }) => o.pause(minutes),
    'view.looking': (view) => o.looking(view),
    'open.external': async ({ target, worktreeId }) => {
      const address = addressOf(o, target, worktreeId);
      if (address === null || !webAddress.safeParse(address).success) throw new Error('There is no page to open for that.');
      await shell.openExternal(address);
    },
  };
}

const webAddress = z.url({ protocol: /^https?$/ });

function addressOf(
  o: RequestsOptions,
  target: 'pull' | 'ravi-login' | 'github-installation',
  worktreeId: string | null,
): string | null {
  switch (target) {
    case 'pull':
      return (worktreeId && o.state.state.worktrees[worktreeId]?.pull?.url) || null;
    case 'ravi-login':
      return o.state.state.services.ravi?.login?.url ?? null;
    case 'github-installation':
      return o.world().github.installUrl;
    default:
      return target satisfies never;
  }
}

async function choose(window: BrowserWindow | undefined, options: OpenDialogOptions): Promise<string | null> {
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return filePaths[0] ?? null;
}
