// One process at a time, across processes: a file that names its holder.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './run.mjs';

/** Waits until no living process holds the lock file, takes it, and resolves with what gives it back. `onWait` is called once if it has to wait. */
export async function lock(file, onWait) {
  const mine = `${file}.${process.pid}`;
  // Linked into place with our id already in it: a lock that is seen is never an empty one.
  writeFileSync(mine, String(process.pid));
  try {
    for (let waits = 0; !take(mine, file); waits += 1) {
      if (!isAlive(holder(file))) {
        rmSync(file, { force: true });
        continue;
      }
      if (waits === 0) onWait();
      await sleep(200);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(file, { force: true });
}

function take(mine, file) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holder(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
