import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type Db, openDatabase } from './database.ts';
import { StorageError, storageWords, watchedDatabase } from './watched-database.ts';

const row = z.object({ what: z.string() });

describe('a database whose file is held by another program', () => {
  let folder: string;
  let file: string;
  let db: Db;
  let holder: InstanceType<typeof Database>;
  let told: (string | null)[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    folder = mkdtempSync(join(tmpdir(), 'jrc-watched-'));
    file = join(folder, 'x.db');
    const opened = openDatabase(file, [{ name: 'note', sql: 'CREATE TABLE note (what TEXT)' }], () => 0);
    if (!opened.ok) throw new Error(opened.message);
    told = [];
    db = watchedDatabase(opened.db, file, { changed: (trouble) => told.push(trouble) });
    holder = new Database(file);
  });
  afterEach(() => {
    holder.close();
    db.close();
    rmSync(folder, { recursive: true });
    vi.useRealTimers();
  });

  const write = (what: string) => db.run('INSERT INTO note VALUES (?)', [what]);
  const kept = () => db.all('SELECT what FROM note', [], row).map(({ what }) => what);

  it('says so once in words, goes on reading, and says when it can be written again', () => {
    write('before');
    holder.exec('BEGIN IMMEDIATE');
    expect(() => write('lost')).toThrow(new RegExp(`Another program holds ${file}`));
    expect(() => db.transaction(() => write('lost too'))).toThrow(StorageError);
    expect(told).toEqual([expect.stringContaining('nothing can be written down')]);
    expect(kept()).toEqual(['before']);
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(1);

    holder.exec('ROLLBACK');
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([expect.any(String), null]);
    write('after');
    expect(kept()).toEqual(['before', 'after']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not hold the app up with each write while that lasts', () => {
    holder.exec('BEGIN IMMEDIATE');
    expect(() => write('waits its two seconds')).toThrow();
    const start = performance.now();
    for (let turn = 0; turn < 5; turn += 1) expect(() => write('waits no more')).toThrow();
    // With the usual wait these were ten seconds.
    expect(performance.now() - start).toBeLessThan(8_000);
  });

  it('leaves a mistake in a statement to whoever made it', () => {
    expect(() => db.run('INSERT INTO note VALUES (?)', [])).toThrow(TypeError);
    expect(told).toEqual([]);
  });
});

it.each([
  ['SQLITE_BUSY', true, 'Close the file there'],
  ['SQLITE_FULL', true, 'Make room'],
  ['SQLITE_READONLY', true, 'who may write there'],
  ['SQLITE_IOERR_WRITE', true, 'Look at the disk'],
  ['SQLITE_CORRUPT', true, 'is damaged'],
  ['SQLITE_ERROR', false, 'start it again'],
])('%s is told with what to do about it', (code, lasts, remedy) => {
  const told = storageWords(Object.assign(new Error('why'), { code }), '/data/companion.db');
  expect(told).toMatchObject({ lasts, code });
  expect(told?.words).toContain('/data/companion.db');
  expect(told?.words).toContain(remedy);
});

it('what is not about the file is left as it is', () => {
  expect(storageWords(Object.assign(new Error('taken'), { code: 'SQLITE_CONSTRAINT' }), 'x')).toBeNull();
  expect(storageWords(new Error('else'), 'x')).toBeNull();
});
