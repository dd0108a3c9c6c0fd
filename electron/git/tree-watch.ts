import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** ms that a burst of events is waited out: one push of several branches is one change. */
const settleMs = 60;

/**
 * Watches a folder with everything below it, also what is made later. Node's own recursive watch misses what is written into a new
 * folder before it is watched; here each folder is watched first and read after.
 */
export class TreeWatch {
  readonly #root: string;
  readonly #onFiles: (files: readonly string[]) => void;
  readonly #onError: (error: unknown) => void;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #touched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `onFiles` gets the absolute paths of files that were there at the start, and then of those that changed; some may be gone. */
  constructor(root: string, onFiles: (files: readonly string[]) => void, onError: (error: unknown) => void) {
    this.#root = root;
    this.#onFiles = onFiles;
    this.#onError = onError;
  }

  /** Resolves once all that is there is watched. */
  async start(): Promise<void> {
    await this.#enter(this.#root);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  async #enter(folder: string): Promise<void> {
    if (this.#stopped || this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#onEvent(folder, name));
      watcher.on('error', () => this.#leave(folder));
      this.#folders.set(folder, watcher);
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) await this.#enter(path);
        else this.#touch(path);
      }
    } catch (error) {
      this.#leave(folder);
      // A folder that goes in the meantime is no failure; git removes empty ones.
      const gone = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
      if (!gone) this.#onError(error);
    }
  }

  #leave(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }

  #onEvent(folder: string, name: string | null): void {
    if (this.#stopped || name === null) return;
    const path = join(folder, name);
    // A folder that was removed and made again under the same name needs a new watch.
    this.#leave(path);
    this.#touch(path);
  }

  #touch(path: string): void {
    this.#touched.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tell(), settleMs);
  }

  async #tell(): Promise<void> {
    const paths = [...this.#touched];
    this.#touched.clear();
    // What is a folder is entered, and its files come as a change of their own.
    for (const path of paths) await this.#enterFolder(path);
    if (!this.#stopped) this.#onFiles(paths);
  }

  async #enterFolder(path: string): Promise<void> {
    const entries = await readdir(path).catch(() => null);
    if (entries !== null) await this.#enter(path);
  }
}
