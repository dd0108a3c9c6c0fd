import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditLog } from './audit/log.ts';
import { ownDatabase, ownMigrations } from './own-database.ts';
import { type Db, memoryDatabase } from './storage/database.ts';

const now = () => 1_800_000_000_000;
let folder: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-own-db-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = (): Db => ownDatabase(folder, now, (message) => void told.push(message));
/** All tables, indexes and triggers, as they were written. */
const shape = (db: Db): readonly string[] =>
  db
    .all('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL', [], z.object({ sql: z.string() }))
    .map(({ sql }) => sql.replace(/IF NOT EXISTS /g, '').replace(/\s+/g, ' '))
    .sort();

describe('the companion’s own database', () => {
  it('of the first form is brought to today’s, and keeps what is in it', async () => {
    const old = new Database(join(folder, 'companion.db'));
    old.exec(readFileSync(new URL('storage/fixtures/database-1.sql', import.meta.url), 'utf8'));
    old.close();
    const db = opened();
    // A step that has shipped is never edited: what it made then is what it makes now.
    expect(shape(db)).toEqual(shape(memoryDatabase(ownMigrations)));
    const log = new AuditLog({ db, now, redact: (text) => text });
    expect(await log.verify()).toMatchObject({ ok: true, count: 2 });
    expect(db.get('SELECT page FROM notice', [], z.object({ page: z.string() }))).toEqual({ page: 'settings' });
    expect(db.get('SELECT worktree_id AS id FROM bindings', [], z.object({ id: z.string() }))).toEqual({ id: 'w1' });
    expect(told).toEqual([]);
    db.close();
  });

  it('is set aside when it is none, never overwritten, and the person is told where it is', () => {
    writeFileSync(join(folder, 'companion.db'), 'no database at all');
    opened().close();
    const aside = `companion.db.broken-${now()}`;
    expect(readdirSync(folder)).toContain(aside);
    expect(readFileSync(join(folder, aside), 'utf8')).toBe('no database at all');
    expect(told).toEqual([expect.stringContaining(join(folder, aside))]);
  });
});
