import type { Db } from './database.ts';

/** What whoever keeps a database is told of it. */
export interface DatabaseWatch {
  /** Why nothing can be written down just now, as a sentence; null when it can again. Told once for each change. */
  readonly changed: (trouble: string | null) => void;
}

/** What a call to the database failed by, in the person's words; `code` is SQLite's own. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** While it is in trouble it is tried again this often (ms); nothing runs while all is well. */
const tryEveryMs = 5_000;
/** While it is locked each write would stop the whole app for as long as it waits (ms), so it waits less then. */
const waitMs = { usual: 2_000, locked: 50 } as const;

/** What an error of SQLite's means, and whether it is about the file and not about one statement; null for anything else. */
export function storageWords(
  error: unknown,
  file: string,
): { readonly words: string; readonly lasts: boolean; readonly code: string } | null {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const why = error instanceof Error ? error.message : String(error);
  const is = (...kinds: readonly string[]): boolean => kinds.some((kind) => code.startsWith(`SQLITE_${kind}`));
  if (is('BUSY', 'LOCKED'))
    return { words: `Another program holds ${file}, so nothing can be written down. Close the file there.`, lasts: true, code };
  if (is('FULL'))
    return { words: `The disk with ${file} is full, so nothing can be written down. Make room on it.`, lasts: true, code };
  if (is('READONLY', 'PERM', 'AUTH', 'CANTOPEN', 'IOERR'))
    return { words: `${file} can’t be written (${why}). Look at the disk, and at who may write there.`, lasts: true, code };
  if (is('CORRUPT', 'NOTADB'))
    return { words: `${file} is damaged (${why}). Quit the Companion and repair it, or put it aside.`, lasts: true, code };
  if (code === 'SQLITE_ERROR')
    return { words: `${file} is not as it should be (${why}). Quit the Companion and start it again.`, lasts: false, code };
  return null;
}

/**
 * `db`, with an eye on its file: what fails there is thrown as a {@link StorageError}, `watch` is told that nothing can be written, and a
 * small write is tried again and again until one succeeds.
 */
export function watchedDatabase(db: Db, file: string, watch: DatabaseWatch): Db {
  let timer: NodeJS.Timeout | null = null;

  const recovered = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
    db.exec(`PRAGMA busy_timeout = ${waitMs.usual}`);
    watch.changed(null);
  };
  const tryIt = (): void => {
    try {
      // Nobody uses this number; writing it is a commit like any other.
      db.exec('PRAGMA user_version = 0');
    } catch {
      return;
    }
    recovered();
  };
  const failed = (error: unknown): unknown => {
    const told = storageWords(error, file);
    if (told === null) return error;
    if (told.lasts && timer === null) {
      timer = setInterval(tryIt, tryEveryMs);
      timer.unref();
      db.exec(`PRAGMA busy_timeout = ${waitMs.locked}`);
      watch.changed(told.words);
    }
    return new StorageError(told.words, told.code, error);
  };
  const guarded = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw error instanceof StorageError ? error : failed(error);
    }
  };

  return {
    all: (sql, params, row) => guarded(() => db.all(sql, params, row)),
    get: (sql, params, row) => guarded(() => db.get(sql, params, row)),
    run: (sql, params) => guarded(() => db.run(sql, params)),
    exec: (sql) => guarded(() => db.exec(sql)),
    transaction: (fn, onDisk) => guarded(() => db.transaction(fn, onDisk)),
    durable: () => db.durable(),
    afterCommit: (fn) => db.afterCommit(fn),
    close: () => {
      if (timer) clearInterval(timer);
      db.close();
    },
  };
}
