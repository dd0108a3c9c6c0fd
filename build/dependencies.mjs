// node_modules: installed by `npm ci` when it is not what the lock file says.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run, say, Trouble } from './run.mjs';

/**
 * Whether a tree that npm described (its hidden lock file, parsed) holds what our lock file (parsed) asks for.
 * Optional packages may be missing: npm leaves out those for other platforms.
 */
export function sameTree(lock, installed) {
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  const known = new Map(wanted);
  for (const [path, found] of Object.entries(installed.packages)) {
    if (known.get(path)?.version !== found.version) return false;
  }
  return wanted.every(([path, entry]) => entry.optional || entry.devOptional || path in installed.packages);
}

/**
 * Throws Trouble where a folder is a link: npm ci would empty what it leads to, which is another working tree's.
 */
export function notLinked(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new Trouble(
    `${folder} is a link, and holds other packages than package-lock.json asks for. Installing here would take them away from the tree it leads to: install there, or delete the link.`,
  );
}

/** Installs the dependencies unless they are there already. Throws Trouble when npm fails. */
export async function dependencies() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stamp = join(root, 'node_modules', '.installed-lock-sha256');
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(stamp) && existsSync(hidden) && readFileSync(stamp, 'utf8') === hash) return;
  // Someone who ran `npm install` by hand has the right tree without our stamp: no reason to take it away and lay it anew.
  const byHand = existsSync(hidden) && sameTree(JSON.parse(lockText), JSON.parse(readFileSync(hidden, 'utf8')));
  if (!byHand) {
    notLinked(join(root, 'node_modules'));
    say('Installing the dependencies (npm ci); about a minute the first time.');
    const status = await run(...npm('ci', '--no-audit', '--no-fund'));
    if (status !== 0) throw new Trouble(`npm ci failed (exit status ${status}); what it printed is above.`);
  }
  writeFileSync(stamp, hash);
}
