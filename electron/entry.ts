/**
 * The first code of the process. Started as the command line, or as git's helper on Windows, it prints and exits before Electron is ready:
 * no window, no display, no lock (measured: 0.2 s, half of it Electron's own). The shipped app can't be run as Node, and nobody needs a
 * Node of their own, so this is the one way.
 */
import { homedir } from 'node:os';
import type { ProgramOptions } from './command-line/program/program.ts';

const before = process.argv.slice(0, process.argv.includes('--') ? process.argv.indexOf('--') : undefined);
const after = process.argv.slice(before.length + 1);
const flagged = (flag: string): string | undefined => before.find((one) => one.startsWith(flag))?.slice(flag.length);
const socket = flagged('--command-line=');
const door = flagged('--git-door=');

if (socket !== undefined) {
  const { runProgram } = await import('./command-line/program/program.ts');
  const { runCommand } = await import('./command-line/program/run-command.ts');
  await finish('jean-ravi', (io) => {
    const run = (command: readonly string[], env: NodeJS.ProcessEnv) => runCommand(command, env, io.err);
    const windows = process.platform === 'win32';
    return runProgram({
      argv: after,
      env: process.env,
      cwd: process.cwd(),
      socket,
      now: () => Date.now(),
      run: windows ? run : undefined,
      ...io,
    });
  });
} else if (door !== undefined) {
  const { askForGit } = await import('./git/credential-client.ts');
  await finish('jean-ravi for git', ({ out }) => askForGit({ argv: after, door, out }));
} else if (before.includes('--before-uninstall')) {
  await finish('jean-ravi before it is uninstalled', async ({ out }) => {
    const { app } = await import('electron');
    const { beforeUninstall } = await import('./before-uninstall.ts');
    const { dataFolders } = await import('./jean/discover.ts');
    const { nameApp } = await import('./shell/app-name.ts');
    const { openSettings } = await import('./storage/settings.ts');
    nameApp(app, process.platform);
    const now = (): number => Date.now();
    const { settings } = openSettings({ folder: app.getPath('userData'), now });
    const jeanFolders = dataFolders(process.env, process.platform, homedir());
    const { done, say } = await beforeUninstall({ settings, jeanFolders, now, log: () => undefined });
    if (say !== null) await out(`${say}\n`);
    return done ? 0 : 1;
  });
} else await import('./main.ts');

/** Runs a program whose whole work is what it prints, and exits with its status once that is out. */
async function finish(
  name: string,
  run: (io: Pick<ProgramOptions, 'out' | 'err' | 'untilStopped'>) => Promise<number>,
): Promise<never> {
  // `| head` closes the pipe while we write.
  let onClosed = (): void => process.exit(1);
  process.stdout.on('error', () => onClosed());
  let written: Promise<void> = Promise.resolve();
  const to =
    (stream: NodeJS.WriteStream) =>
    (text: string): Promise<void> => {
      const done = new Promise<void>((resolve) => stream.write(text, () => resolve()));
      written = Promise.all([written, done]).then(() => undefined);
      return done;
    };
  const untilStopped = (): AbortSignal => {
    const stop = new AbortController();
    onClosed = () => stop.abort();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
    return stop.signal;
  };
  const status = await run({ out: to(process.stdout), err: to(process.stderr), untilStopped }).catch((error: unknown) => {
    void to(process.stderr)(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  });
  // Windows writes to a pipe later, and an exit would cut that off.
  await written;
  process.exit(status);
}
