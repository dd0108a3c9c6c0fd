import { join } from 'node:path';
import { attributionMigrations } from './attribution/records.ts';
import { auditMigrations } from './audit/schema.ts';
import { credentialMigrations } from './credentials/records.ts';
import { identityMigrations } from './identities/records.ts';
import { killMigrations } from './kill-order.ts';
import { noticeMigrations } from './notifications/history.ts';
import { outboxMigrations } from './notifications/outbox-records.ts';
import { jeanTokenMigrations } from './remote-access/jean-token-records.ts';
import { grantMigrations } from './remote-access/records.ts';
import { type Db, openDatabase } from './storage/database.ts';
import type { Migration } from './storage/migrations.ts';
import { type DatabaseWatch, watchedDatabase } from './storage/watched-database.ts';

/** The tables of every room. */
export const ownMigrations: readonly Migration[] = [
  ...auditMigrations,
  ...credentialMigrations,
  ...killMigrations,
  ...attributionMigrations,
  ...noticeMigrations,
  ...outboxMigrations,
  ...grantMigrations,
  ...identityMigrations,
  ...jeanTokenMigrations,
];

/** The database in `folder`, with the tables of every room; `watch` is told when it can't be written. @throws Error with a sentence when it can't be used. */
export function ownDatabase(folder: string, now: () => number, tell: (message: string) => void, watch?: DatabaseWatch): Db {
  const file = join(folder, 'companion.db');
  const opened = openDatabase(file, ownMigrations, now);
  if (!opened.ok) throw new Error(opened.message);
  if (opened.setAside)
    tell(
      `The Companion’s database could not be read, so the app started with an empty one. The audit log, grants and notices of before are in the old file, ${opened.setAside}. What it left in worktrees and in the vault is looked for: see Leftovers under Credentials.`,
    );
  return watch ? watchedDatabase(opened.db, file, watch) : opened.db;
}
