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
export function ownDatabase(folder: string, now: () => number, warn: (message: string) => void, watch?: DatabaseWatch): Db {
  const file = join(folder, 'companion.db');
  const opened = openDatabase(file, ownMigrations, now);
  if (!opened.ok) throw new Error(opened.message);
  if (opened.setAside) warn(`The database was not readable and is now ${opened.setAside}.`);
  return watch ? watchedDatabase(opened.db, file, watch) : opened.db;
}
