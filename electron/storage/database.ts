import { closeSync, existsSync, openSync, readSync, renameSync } from 'node:fs';
import Database from 'libsql';
import type { z } from 'zod';
import { DiskSync, fileSync } from './disk-sync.ts';
import { type Migration, migrate, NewerDatabaseError } from './migrations.ts';

export type { Migration } from './migrations.ts';

/** What SQLite takes. No booleans: libsql 0.5 aborts the whole process on one. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlParams = readonly SqlValue[];

/** A synchronous connection whose rows are checked by a schema. Parameters are `?`, or all of them `?1`, `?2`. */
export interface Db {
  /** All rows. @throws ZodError when a row is not what the schema says. */
  all<T>(sql: string, params: SqlParams, row: z.ZodType<T>): T[];
  /** The first row, or null. */
  get<T>(sql: string, params: SqlParams, row: z.ZodType<T>): T | null;
  /** Answers how many rows changed. */
  run(sql: string, params?: SqlParams): { readonly changes: number };
  /** Runs several statements without parameters. */
  exec(sql: string): void;
  /**
   * All or nothing, with the write lock taken at the start (`BEGIN IMMEDIATE`). Inside another transaction it joins that one.
   * `fn` is synchronous: a promise would be committed before it is done. `now`: on the disk when this returns. `soon`: everybody sees it,
   * a process that is killed has not lost it, and {@link Db.durable} resolves when no power cut takes it any more.
   */
  transaction<T>(fn: () => T extends Promise<unknown> ? never : T, onDisk?: 'now' | 'soon'): T;
  /** Resolves when all that was committed until now is on the disk. It blocks nobody, and one wait does for many. @throws what the system says */
  durable(): Promise<void>;
  /** Calls `fn` once the transaction that is open now is committed, or at once without one; never after a rollback. */
  afterCommit(fn: () => void): void;
  close(): void;
}

/** Why a database can't be opened; nothing was touched. `message` is for the person. */
export type DatabaseFailure = {
  readonly ok: false;
  readonly code: 'newer' | 'damaged' | 'busy' | 'unavailable';
  readonly message: string;
};

export type OpenedDatabase =
  | {
      readonly ok: true;
      readonly db: Db;
      /** Where a file that was no database was moved to, so that the person can be told; null when all was well. */
      readonly setAside: string | null;
    }
  | DatabaseFailure;

/** How long a write waits for another process's lock, in ms. It blocks the main thread, so it is short. */
const busyMs = 2_000;

/**
 * Opens (and creates) the database with WAL and `synchronous=FULL`: an intent must be on the disk before its step is tried, also after a
 * power loss. A file that is no database at all is moved aside; one that is damaged, newer or locked is left as it is.
 */
export function openDatabase(file: string, migrations: readonly Migration[], now: () => number): OpenedDatabase {
  const first = tryOpen(file, migrations, now);
  if (first.ok || first.code !== 'not-a-database')
    return first.ok ? { ok: true, db: first.db, setAside: null } : asFailure(first);

  const setAside = `${file}.broken-${now()}`;
  try {
    renameSync(file, setAside);
    // A journal of the old file would be replayed into the new one.
    for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
  } catch (error) {
    return {
      ok: false,
      code: 'unavailable',
      message: `${file} is no database and could not be moved aside: ${messageOf(error)}`,
    };
  }
  const second = tryOpen(file, migrations, now);
  return second.ok ? { ok: true, db: second.db, setAside } : asFailure(second);
}

/** A database in memory, for tests. @throws when it can't be made. */
export function memoryDatabase(migrations: readonly Migration[], now: () => number = () => 0): Db {
  const opened = openDatabase(':memory:', migrations, now);
  if (!opened.ok) throw new Error(opened.message);
  return opened.db;
}

type Attempt =
  | { readonly ok: true; readonly db: Db }
  | { readonly ok: false; readonly code: DatabaseFailure['code'] | 'not-a-database'; readonly message: string };

const asFailure = (attempt: Exclude<Attempt, { ok: true }>): DatabaseFailure => ({
  ok: false,
  code: attempt.code === 'not-a-database' ? 'unavailable' : attempt.code,
  message: attempt.message,
});

function tryOpen(file: string, migrations: readonly Migration[], now: () => number): Attempt {
  let db: Db | undefined;
  try {
    if (isForeign(file)) return { ok: false, code: 'not-a-database', message: `${file} is not a database.` };
    const sync = file === ':memory:' ? null : new DiskSync(fileSync(`${file}-wal`));
    db = new Connection(new Database(file, { timeout: busyMs }), sync);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(db, migrations, now);
    return { ok: true, db };
  } catch (error) {
    db?.close();
    return { ok: false, ...explain(file, error) };
  }
}

/** Looks before SQLite does, because SQLite deletes the journal of a file whose header it does not know. */
function isForeign(file: string): boolean {
  if (file === ':memory:' || !existsSync(file)) return false;
  const magic = 'SQLite format 3\0';
  const start = Buffer.alloc(magic.length);
  const handle = openSync(file, 'r');
  try {
    const length = readSync(handle, start, 0, magic.length, 0);
    return length > 0 && start.toString('latin1') !== magic;
  } finally {
    closeSync(handle);
  }
}

function explain(
  file: string,
  error: unknown,
): { readonly code: DatabaseFailure['code'] | 'not-a-database'; readonly message: string } {
  if (error instanceof TypeError) throw error;
  if (error instanceof NewerDatabaseError) {
    return {
      code: 'newer',
      message: `${file} was written by a newer version of this app. Update the app to open it. ${error.message}`,
    };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'SQLITE_NOTADB') return { code: 'not-a-database', message: `${file} is not a database.` };
  if (code.startsWith('SQLITE_CORRUPT')) {
    return {
      code: 'damaged',
      message: `${file} is damaged. It was left as it is, so that it can be repaired: ${messageOf(error)}`,
    };
  }
  if (code.startsWith('SQLITE_BUSY'))
    return { code: 'busy', message: `${file} is in use by another program. Close it and try again.` };
  return { code: 'unavailable', message: `${file} could not be opened: ${messageOf(error)}` };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Prepared {
  readonly statement: ReturnType<InstanceType<typeof Database>['prepare']>;
  readonly params: number;
}

class Connection implements Db {
  readonly #raw: InstanceType<typeof Database>;
  readonly #prepared = new Map<string, Prepared>();
  readonly #sync: DiskSync | null;
  #afterCommit: (() => void)[] = [];
  #depth = 0;
  #open = true;

  /** `sync` brings the journal to the disk; null for a database that is on none. */
  constructor(raw: InstanceType<typeof Database>, sync: DiskSync | null) {
    this.#raw = raw;
    this.#sync = sync;
  }

  all<T>(sql: string, params: SqlParams, row: z.ZodType<T>): T[] {
    return this.#statement(sql, params)
      .all([...params])
      .map((value) => row.parse(value));
  }

  get<T>(sql: string, params: SqlParams, row: z.ZodType<T>): T | null {
    const value = this.#statement(sql, params).get([...params]);
    if (value === undefined) return null;
    // libsql 0.5 adds its own timing to a row that `get` answers.
    const { _metadata, ...columns } = value as Record<string, unknown>;
    return row.parse(columns);
  }

  run(sql: string, params: SqlParams = []): { readonly changes: number } {
    return { changes: this.#statement(sql, params).run([...params]).changes };
  }

  exec(sql: string): void {
    this.#raw.exec(sql);
  }

  transaction<T>(fn: () => T extends Promise<unknown> ? never : T, onDisk: 'now' | 'soon' = 'now'): T {
    if (this.#depth > 0) return fn();
    if (onDisk === 'now' || this.#sync === null) return this.#commit(fn);
    // NORMAL leaves the sync of each commit to us; order and wholeness it keeps (sqlite.org/pragma.html#pragma_synchronous).
    this.#raw.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.#commit(fn);
    } finally {
      this.#raw.exec('PRAGMA synchronous = FULL');
      this.#sync.wrote();
    }
  }

  async durable(): Promise<void> {
    await this.#sync?.durable();
  }

  #commit<T>(fn: () => T extends Promise<unknown> ? never : T): T {
    this.#raw.exec('BEGIN IMMEDIATE');
    this.#depth += 1;
    let result: T;
    try {
      result = fn();
      this.#raw.exec('COMMIT');
    } catch (error) {
      this.#afterCommit = [];
      // SQLite has rolled back by itself after some errors (disk full); then there is nothing left to undo.
      if (this.#raw.inTransaction) this.#raw.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth -= 1;
    }
    const waiting = this.#afterCommit;
    this.#afterCommit = [];
    for (const tell of waiting) tell();
    return result;
  }

  afterCommit(fn: () => void): void {
    if (this.#depth > 0) this.#afterCommit.push(fn);
    else fn();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#prepared.clear();
    this.#raw.close();
    void this.#sync?.close();
  }

  #statement(sql: string, params: SqlParams): Prepared['statement'] {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = { statement: this.#raw.prepare(sql), params: countParams(sql) };
      this.#prepared.set(sql, prepared);
    }
    check(sql, prepared.params, params);
    return prepared.statement;
  }
}

/** How many values a statement takes: the highest of `?1`, `?2`, or else the number of `?`. */
function countParams(sql: string): number {
  const marks = [...sql.replace(/'(?:[^']|'')*'/g, '').matchAll(/\?(\d*)/g)];
  const numbered = Math.max(0, ...marks.map((mark) => Number(mark[1])));
  return numbered > 0 ? numbered : marks.length;
}

/** libsql 0.5 binds NULL for what is missing, ignores what is too much, cuts text at a NUL, and aborts the process on a boolean. */
function check(sql: string, expected: number, params: SqlParams): void {
  if (params.length !== expected) throw new TypeError(`${expected} parameters expected, ${params.length} given: ${sql}`);
  for (const value of params) {
    if (typeof value === 'string' ? value.includes('\0') : typeof value === 'boolean' || value === undefined) {
      throw new TypeError(`A parameter can't be stored (a boolean, undefined, or text with a NUL): ${sql}`);
    }
  }
}
