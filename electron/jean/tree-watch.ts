import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

/** A burst of changes is one; ms. */
const debounceMs = 100;
/** Systems have few watches to give; what is beyond is found by looking now and then. */
const mostFolders = 512;

/** Tells that one of some folders' files was written or replaced. Folders are watched, as Jean replaces its files by rename. */
export class TreeWatch {
  readonly #changed: () => void;
  readonly #watchers = new Map<string, { readonly id: string; readonly watcher: FSWatcher }>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches these folders from now on, the first ones if they are too many; one that was replaced by another of its name is watched anew. */
  async watch(folders: readonly string[]): Promise<void> {
    const wanted = new Set(folders.slice(0, mostFolders));
    for (const [folder, { watcher }] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) await this.#arm(folder);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #arm(folder: string): Promise<void> {
    const id = await stat(folder).then(
      ({ ino }) => String(ino),
      () => null,
    );
    const armed = this.#watchers.get(folder);
    if (this.#stopped || (armed !== undefined && armed.id === id)) return;
    armed?.watcher.close();
    this.#watchers.delete(folder);
    if (id === null) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#heard(name));
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, { id, watcher });
    } catch {
      // Out of watches, or it went in between: the next look finds what changed in it.
    }
  }

  #heard(name: string | null): void {
    // Jean's temporary files and the logs of running turns, which grow all the time, are no news.
    if (name !== null && (name.endsWith('.tmp') || name.endsWith('.jsonl') || name.endsWith('.sock'))) return;
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, debounceMs);
    this.#timer.unref();
  }
}
