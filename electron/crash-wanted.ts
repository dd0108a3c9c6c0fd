import { app } from 'electron';
import { crashAt, parseCrashPoint } from './credentials/boundary.ts';
import type { WorldOptions } from './world-options.ts';

/** For the tests of crashes: `--crash-at=<boundary>[:n]` ends the app there as a power cut would. A packaged app has no such switch. */
export function crashWanted(): WorldOptions['boundary'] {
  const wanted = app.commandLine.getSwitchValue('crash-at');
  if (app.isPackaged || wanted === '') return undefined;
  return crashAt(parseCrashPoint(wanted), () => process.kill(process.pid, 'SIGKILL'));
}
