import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { PushQueue } from '../base/queue.ts';

/** ms that a burst of file system events is waited out: a write and a rename are one change. */
const debounceMs = 80;

/**
 * Yields once at the start and then each time one of the files was written, replaced, made or removed. It watches folders, as
 * Jean replaces its files by rename, and of a folder that doesn't exist yet the nearest one that does. Ends with `signal`.
 */
export async function* watchFile(
  paths: readonly string[],
  signal: AbortSignal,
  options: { readonly pollMs?: number } = {},
): AsyncGenerator<void, void, undefined> {
  const queue = new PushQueue<void>();
  const watches = paths.map((path) => new FileWatch(path, () => queue.push()));
  // File systems that tell nothing (network drives), and systems out of watches, are looked at now and then.
  const poll = setInterval(() => {
    for (const one of watches) one.look();
  }, options.pollMs ?? 60_000);
  poll.unref();
  const end = (): void => queue.close();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    await Promise.all(watches.map((one) => one.start()));
    queue.push();
    yield* queue;
  } finally {
    signal.removeEventListener('abort', end);
    clearInterval(poll);
    for (const one of watches) one.stop();
  }
}

/** One file by way of its folder. */
class FileWatch {
  readonly #path: string;
  readonly #changed: () => void;
  #mark: string | null = null;
  #watcher: FSWatcher | undefined;
  /** What is watched, with its inode: a folder that was removed and made again needs a new watch. */
  #watched: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(path: string, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  async start(): Promise<void> {
    await this.#arm();
    this.#mark = await markOf(this.#path);
  }

  /** Looks soon; several calls in a burst are one look. */
  look(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#compare();
    }, debounceMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  async #compare(): Promise<void> {
    await this.#arm();
    const mark = await markOf(this.#path);
    if (this.#stopped || mark === this.#mark) return;
    this.#mark = mark;
    this.#changed();
  }

  async #arm(): Promise<void> {
    const { folder, next, id } = await nearestFolder(this.#path);
    if (this.#stopped || this.#watched === id) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        // Names of others, Jean's temporary files among them, are no news; its own name tells that the folder goes.
        if (name === null || name === next || name === basename(folder)) this.look();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#watched = undefined;
      });
      this.#watcher = watcher;
      this.#watched = id;
    } catch {
      // Out of watches, or it went in between: the next look tries again.
    }
  }
}

/** The nearest folder above `path` that exists, the name in it that leads to `path`, and what tells it from a later namesake. */
async function nearestFolder(path: string): Promise<{ readonly folder: string; readonly next: string; readonly id: string }> {
  let next = basename(path);
  let folder = dirname(path);
  for (;;) {
    try {
      const found = await stat(folder);
      if (found.isDirectory()) return { folder, next, id: `${folder}:${found.ino}` };
    } catch {
      // Not there: one up.
    }
    const up = dirname(folder);
    if (up === folder) return { folder, next, id: folder };
    next = basename(folder);
    folder = up;
  }
}

/** Changes whenever the file is written or replaced; null when it is not there. */
async function markOf(path: string): Promise<string | null> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch {
    return null;
  }
}
