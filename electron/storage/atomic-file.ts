import { createWriteStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a whole file or nothing: into a new file beside it, fsync, rename, fsync of the folder. Whoever reads sees the old or the new one.
 * @param chunks The content, streamed; text is UTF-8.
 * @throws what the file system says; the temporary file is gone then.
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<string> | AsyncIterable<string>,
  options: { readonly mode: number; readonly signal?: AbortSignal },
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // Left over by a crash of ours; it would keep its own mode.
    await rm(temporary, { force: true });
    await pipeline(
      Readable.from(chunks, { objectMode: true }),
      createWriteStream(temporary, { flags: 'wx', mode: options.mode, flush: true }),
      options.signal ? { signal: options.signal } : {},
    );
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Deletes what a process that was killed left of {@link writeFileAtomically} to this path. Nothing may be written there meanwhile. */
export async function removeHalfWritten(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const rest = name.startsWith(basename(path)) ? name.slice(basename(path).length) : '';
    if (/^\.\d+\.tmp$/.test(rest)) await rm(join(folder, name), { force: true });
  }
}

/** Makes a rename survive a power loss. Windows has no such call for folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
