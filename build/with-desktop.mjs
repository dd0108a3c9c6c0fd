// node build/with-desktop.mjs COMMAND ARGUMENT…: runs a command on a private desktop (see desktop-session.mjs), and leaves nothing behind.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrap } from './bootstrap.mjs';
import { startDesktop } from './desktop-session.mjs';
import { isAlive, isProgram, main, root, statusOf, Trouble } from './run.mjs';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const patienceMs = 10_000;

/** Whether a person's display is there to open a window on. */
export function hasDisplay(env = process.env) {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Runs a command on a desktop of its own and resolves with its exit status. The environment variable JEAN_RAVI_HEADED=1 keeps the
 * windows on the person's display. Off Linux there is one desktop only, and the command runs on that.
 */
export async function withDesktop(command, args, { env = process.env } = {}) {
  let interrupted = 0;
  let child;
  const hand = (signal) => {
    interrupted = statusOf(null, signal);
    if (!child?.pid) return;
    const { pid } = child;
    killGroup(pid, signal);
    setTimeout(() => killGroup(pid, 'SIGKILL'), patienceMs).unref();
  };
  for (const signal of signals) process.on(signal, hand);
  const ownDisplay = !(env.JEAN_RAVI_HEADED === '1' && hasDisplay(env));
  const desktop = process.platform === 'linux' ? await startDesktop({ ownDisplay }) : { env: {}, stop: async () => {} };
  try {
    if (interrupted !== 0) return interrupted;
    // A group of its own, so that what the command started and forgot can be ended with it.
    child = spawn(command, args, {
      cwd: root,
      env: { ...env, ...desktop.env },
      stdio: 'inherit',
      detached: process.platform !== 'win32',
    });
    const status = await new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new Trouble(`${command}: ${error.message}`)));
      child.on('exit', (code, signal) => resolve(statusOf(code, signal)));
    });
    await endGroup(child.pid);
    return interrupted || status;
  } finally {
    await desktop.stop();
    for (const signal of signals) process.off(signal, hand);
  }
}

async function endGroup(pid) {
  if (process.platform === 'win32') return;
  killGroup(pid, 'SIGTERM');
  for (let waited = 0; isAlive(-pid) && waited < patienceMs; waited += 50) await sleep(50);
  killGroup(pid, 'SIGKILL');
}

function killGroup(pid, signal) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

if (isProgram(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2);
  await main(async () => {
    if (command === undefined) throw new Trouble('Usage: node build/with-desktop.mjs COMMAND ARGUMENT…');
    return withDesktop(command, args, { env: await bootstrap({ desktop: true }) });
  });
}
