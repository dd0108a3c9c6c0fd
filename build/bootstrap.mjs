// What a fresh clone needs before anything else: dependencies, an Electron, system libraries. Does nothing, quickly, when all is there.
import process from 'node:process';
import { dependencies } from './dependencies.mjs';
import { electronRuntime } from './electron-runtime.mjs';
import { isProgram, main, say, Trouble } from './run.mjs';
import { systemPackages } from './system-packages.mjs';

const oldestNode = [20, 19];

/**
 * Prepares this clone and machine; `desktop` asks for what tests and the demo need beyond the app itself, `electron: false` leaves
 * out everything that only the app needs. Resolves with the environment for child processes. Throws Trouble when something can't be had.
 */
export async function bootstrap({ desktop = false, electron = true } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new Trouble(`Node ${process.versions.node} is too old: ${oldestNode.join('.')} or newer is needed.`);
  }
  await dependencies();
  if (!electron) return process.env;
  await systemPackages({ desktop });
  const runtime = await electronRuntime();
  say(`Runtime: ${runtime.about}`);
  return { ...process.env, ...runtime.env };
}

if (isProgram(import.meta.url)) await main(async () => void (await bootstrap({ desktop: true })));
