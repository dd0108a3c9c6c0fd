// Starting other programs, the same way everywhere: output passes through, a signal to us reaches them, and nobody is left behind.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The folder of this clone. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that the person can do something about: printed as its message alone, without a stack. */
export class Trouble extends Error {}

/** One line about what is being done, for the person who waits. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Exit status as a shell reports it: the code, or 128 + the signal's number. */
export function statusOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a program to its end and resolves with its exit status (127 when it could not be started).
 * SIGINT, SIGTERM and SIGHUP that reach us meanwhile are handed on, and we stay until it has ended.
 */
export function run(command, args, { cwd = root, env = process.env, stdio = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio });
    const hand = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, hand);
    const end = (status) => {
      for (const signal of signals) process.off(signal, hand);
      resolve(status);
    };
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      end(127);
    });
    child.on('close', (code, signal) => end(statusOf(code, signal)));
  });
}

/** Runs a program quietly; resolves with its exit status and everything it printed. */
export function capture(command, args, { cwd = root, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ status: 127, output: error.message }));
    child.on('close', (code, signal) => resolve({ status: statusOf(code, signal), output }));
  });
}

/** Whether a process with that id (a group with a negative one) is there. */
export function isAlive(pid) {
  if (!Number.isInteger(pid) || pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Command line of a program that an installed package brings, run by this Node: no shell, and no .cmd file on Windows. */
export function bin(file, ...args) {
  return [process.execPath, [join(root, 'node_modules', file), ...args]];
}

/** Command line of npm itself: the one that started us, else the one on the PATH. */
export function npm(...args) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', args];
}

/** Runs what a command of ours is, and leaves with its status; Trouble is told in one line. */
export async function main(action) {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Trouble ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** True when the module with this `import.meta.url` is the program that Node was started with. */
export function isProgram(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];
}
