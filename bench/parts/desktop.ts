import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ElectronApplication, _electron as electron } from '@playwright/test';
import { SessionBus } from '../../e2e/desktop/bus.ts';
import { electronExecutable } from '../../e2e/desktop/electron.ts';
import { NotificationHost } from '../../e2e/desktop/notifications.ts';
import { TrayHost } from '../../e2e/desktop/status-notifier.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isThere = 'JEAN_RAVI_BENCH_DESKTOP';

/** A desktop to measure on, and a folder that goes with it; a short path, because sockets lie below. */
export interface Desk {
  readonly tray: TrayHost;
  readonly notifications: NotificationHost;
  readonly folder: string;
}

/** Builds the app and runs a benchmark on a private desktop; ends the process with 0 when `measure` says that all targets are met. */
export async function onDesktop(file: string, measure: (desk: Desk) => Promise<boolean>): Promise<never> {
  if (process.env[isThere] === undefined) {
    const vite = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const built = await node(['ignore', 2, 2], vite, 'build', '--logLevel', 'error');
    if (built !== 0) process.exit(built);
    const again = [process.execPath, ...process.execArgv, fileURLToPath(file), ...process.argv.slice(2)];
    process.exit(await node('inherit', join(root, 'build', 'with-desktop.mjs'), ...again));
  }
  const folder = await mkdtemp(join(tmpdir(), 'jrb-'));
  const bus = await SessionBus.connect();
  const tray = await TrayHost.start(bus);
  const notifications = await NotificationHost.start(bus);
  let met = false;
  try {
    met = await measure({ tray, notifications, folder });
  } finally {
    await notifications.stop();
    await tray.stop();
    bus.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(met ? 0 : 1);
}

async function node(stdio: StdioOptions, ...args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, [isThere]: '1' }, stdio });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

const bareArgs = (userData: string): string[] => [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  `--user-data-dir=${userData}`,
  join(root, 'bench', 'parts', 'bare'),
];

/** The floor: Electron with nothing but a tray icon, and no debugger attached to it. */
export function startBare(userData: string): ChildProcess {
  return spawn(electronExecutable(), bareArgs(userData), { stdio: 'ignore' });
}

/** The floor of who listens: the same with a bare `ws` client of this Jean. */
export async function bareClient(
  userData: string,
  jean: { readonly url: string; readonly token: string },
): Promise<ElectronApplication> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const wanted = { BENCH_URL: `${jean.url.replace('http', 'ws')}/ws`, BENCH_TOKEN: jean.token };
  return await electron.launch({
    executablePath: electronExecutable(),
    args: bareArgs(userData),
    env: { ...Object.fromEntries(inherited), ...wanted },
  });
}
