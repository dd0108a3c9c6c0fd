import { type FileHandle, open } from 'node:fs/promises';

/** What brings the writes of a file to the disk, off the main thread. */
export interface FileSync {
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Syncs a file by a handle of its own. It may not be there yet when this is made. */
export function fileSync(path: string): FileSync {
  let handle: Promise<FileHandle> | null = null;
  return {
    async sync() {
      // Windows syncs for those alone who may write.
      handle ??= open(path, 'r+').catch((error: unknown) => {
        handle = null;
        throw error;
      });
      await (await handle).datasync();
    },
    async close() {
      await (await handle?.catch(() => null))?.close();
    },
  };
}

/**
 * One sync for everything that was written while the last one was under way. A disk takes milliseconds for it, and a hundred worktrees that
 * are changed at once would each wait for their own.
 */
export class DiskSync {
  readonly #file: FileSync;
  #written = 0;
  #synced = 0;
  #running: Promise<void> | null = null;

  constructor(file: FileSync) {
    this.#file = file;
  }

  /** Something was written; it is on its way to the disk, also if nobody waits for it. */
  wrote(): void {
    this.#written += 1;
    // Who needs it on the disk waits for it, and hears what went wrong.
    this.durable().catch(() => undefined);
  }

  /** Resolves when all that was written until now is on the disk. @throws what the system says when it can't be brought there */
  async durable(): Promise<void> {
    const wanted = this.#written;
    while (this.#synced < wanted) {
      this.#running ??= this.#sync().finally(() => {
        this.#running = null;
      });
      await this.#running;
    }
  }

  /** Waits for the sync under way, and lets the file go. */
  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    this.#synced = this.#written;
    await this.#file.close();
  }

  async #sync(): Promise<void> {
    const upTo = this.#written;
    await this.#file.sync();
    this.#synced = upTo;
  }
}
