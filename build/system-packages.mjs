// What has to be on a Linux machine before Electron starts there, and before tests and the demo have a desktop of their own.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { capture, run, say, Trouble } from './run.mjs';

// Package names are Debian's and Ubuntu's; where a release renamed one, both names, the newer one first.
const libraries = [
  ['libgtk-3.so.0', 'libgtk-3-0t64', 'libgtk-3-0'],
  ['libnss3.so', 'libnss3'],
  ['libnspr4.so', 'libnspr4'],
  ['libasound.so.2', 'libasound2t64', 'libasound2'],
  ['libgbm.so.1', 'libgbm1'],
  ['libdrm.so.2', 'libdrm2'],
  ['libcups.so.2', 'libcups2t64', 'libcups2'],
  ['libatk-bridge-2.0.so.0', 'libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
  ['libatspi.so.0', 'libatspi2.0-0t64', 'libatspi2.0-0'],
  ['libdbus-1.so.3', 'libdbus-1-3'],
  ['libxkbcommon.so.0', 'libxkbcommon0'],
  ['libxcb.so.1', 'libxcb1'],
  ['libXcomposite.so.1', 'libxcomposite1'],
  ['libXdamage.so.1', 'libxdamage1'],
  ['libXrandr.so.2', 'libxrandr2'],
  ['libudev.so.1', 'libudev1'],
  ['libexpat.so.1', 'libexpat1'],
  // Electron opens these two by name while it runs: without them no notification is shown, and secrets can't be encrypted.
  ['libnotify.so.4', 'libnotify4'],
  ['libsecret-1.so.0', 'libsecret-1-0'],
];

const desktopPrograms = [
  ['Xvfb', 'xvfb'],
  ['dbus-daemon', 'dbus'],
  ['dbus-send', 'dbus-bin', 'dbus'],
  ['gnome-keyring-daemon', 'gnome-keyring'],
];

/**
 * Makes sure that Electron's shared libraries are there and, with `desktop`, the programs of a private desktop. Uses apt-get when
 * that is allowed without a question; otherwise throws Trouble with the one command to run.
 */
export async function systemPackages({ desktop }) {
  if (process.platform !== 'linux') return;
  const missing = [...(await missingLibraries()), ...(desktop ? desktopPrograms.filter(([program]) => !onPath(program)) : [])];
  if (missing.length === 0) return;

  const what = missing.map(([name]) => name).join(', ');
  if (!onPath('apt-get'))
    throw new Trouble(`Missing on this system: ${what}. Please install them with its package manager, then run this again.`);
  const isRoot = process.getuid() === 0;
  const mayInstall = isRoot || (onPath('sudo') && (await capture('sudo', ['-n', 'true'])).status === 0);
  if (!mayInstall) {
    const packages = await choose(missing);
    throw new Trouble(
      `Missing on this system: ${what}. Please run this, then the same command again:\n\n  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}\n`,
    );
  }
  say(`Installing what is missing on this system (apt-get): ${what}`);
  const apt = (...args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
    return isRoot ? run(command[0], command.slice(1)) : run('sudo', ['-n', ...command]);
  };
  // Lists may be missing or old, and package names are only known with them; a failure here is told by the install below.
  await apt('update');
  const packages = await choose(missing);
  const status = await apt('install', '-y', '--no-install-recommends', ...packages);
  if (status !== 0)
    throw new Trouble(`apt-get install ${packages.join(' ')} failed (exit status ${status}); what it printed is above.`);
}

async function missingLibraries() {
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((path) => existsSync(path));
  if (ldconfig === undefined) return [];
  const { output } = await capture(ldconfig, ['-p']);
  const known = new Set(output.split('\n').map((line) => line.trim().split(' ')[0]));
  return libraries.filter(([soname]) => !known.has(soname));
}

/** For each missing thing the first of its package names that this release knows. */
async function choose(missing) {
  const chosen = new Set();
  for (const [, ...names] of missing) {
    // Without package lists nothing is known: the older names are the ones that newer releases still understand.
    let name = names.at(-1);
    for (const candidate of names) {
      const { output } = await capture('apt-cache', ['policy', candidate]);
      if (/Candidate: (?!\(none\))/.test(output)) {
        name = candidate;
        break;
      }
    }
    chosen.add(name);
  }
  return [...chosen];
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
