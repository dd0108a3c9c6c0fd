import { z } from 'zod';
import type { Db } from './database.ts';

/**
 * One step of a room's schema. A room exports its own ordered list and never edits a step that has shipped; main passes all lists to
 * `openDatabase`. Steps are remembered by name rather than by `user_version`, so that one room can add a step without renumbering another's.
 */
export interface Migration {
  /** Begins with the room and says what it does: `audit: entries`. Unique over all rooms, and never changed. */
  readonly name: string;
  readonly sql: string;
}

/** The file was written by a newer version of the app; nothing in it was touched. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

/**
 * Applies what is missing, in order, each step in its own transaction.
 * @throws NewerDatabaseError when the file knows steps that we don't; the error of SQLite when a step fails (steps before it stay).
 */
export function migrate(db: Db, migrations: readonly Migration[], now: () => number): void {
  const names = new Set(migrations.map((step) => step.name));
  if (names.size !== migrations.length) throw new TypeError('Two migrations have the same name.');

  const applied = appliedSteps(db);
  const unknown = [...applied].filter((step) => !names.has(step));
  if (unknown.length > 0)
    throw new NewerDatabaseError(`The database has steps that this version does not know: ${unknown.join(', ')}.`);

  for (const step of migrations) {
    if (applied.has(step.name)) continue;
    db.transaction(() => {
      db.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT');
      db.exec(step.sql);
      db.run('INSERT INTO migration (name, at) VALUES (?, ?)', [step.name, now()]);
    });
  }
}

function appliedSteps(db: Db): Set<string> {
  const known = db.get("SELECT 1 AS there FROM sqlite_schema WHERE type = 'table' AND name = 'migration'", [], z.object({}));
  if (known === null) return new Set();
  return new Set(db.all('SELECT name FROM migration', [], z.object({ name: z.string() })).map((row) => row.name));
}
