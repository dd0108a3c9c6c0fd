import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Db, memoryDatabase, openDatabase, type SqlValue } from './database.ts';
import type { Migration } from './migrations.ts';

const notes: Migration = { name: 'notes: table', sql: 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT' };
const colours: Migration = { name: 'colours: table', sql: 'CREATE TABLE colour (name TEXT PRIMARY KEY) STRICT' };
const noteRow = z.object({ id: z.number(), text: z.string().nullable() });
const now = () => 1_800_000_000_000;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-db-'));
  file = join(folder, 'companion.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(migrations: readonly Migration[]): Db {
  const result = openDatabase(file, migrations, now);
  if (!result.ok) throw new Error(result.message);
  return result.db;
}

const texts = (db: Db): (string | null)[] => db.all('SELECT * FROM note ORDER BY id', [], noteRow).map((row) => row.text);

describe('a database', () => {
  it('keeps what was committed over a restart, and syncs each commit to the disk', () => {
    const first = opened([notes]);
    first.run('INSERT INTO note (text) VALUES (?)', ['kept']);
    const durability = z.object({ synchronous: z.literal(2) });
    expect(first.get('PRAGMA synchronous', [], durability)).not.toBeNull();
    expect(first.get('PRAGMA journal_mode', [], z.object({ journal_mode: z.string() }))?.journal_mode).toBe('wal');
    first.close();

    const second = opened([notes]);
    expect(texts(second)).toEqual(['kept']);
    second.close();
  });

  it('leaves the sync of a commit to a later one where that is enough, shows it to everybody, and says when it is on the disk', async () => {
    const db = opened([notes]);
    const other = opened([notes]);
    const insert = (text: string) => db.run('INSERT INTO note (text) VALUES (?)', [text]).changes;
    const level = () => db.get('PRAGMA synchronous', [], z.object({ synchronous: z.number() }))?.synchronous;
    db.transaction(() => {
      expect([insert('soon'), level()]).toEqual([1, 1]);
    }, 'soon');
    expect([texts(other), level()]).toEqual([['soon'], 2]);
    expect(() =>
      db.transaction(() => {
        throw new Error('no');
      }, 'soon'),
    ).toThrow('no');
    await db.durable();
    db.transaction(() => expect([insert('now'), level()]).toEqual([1, 2]));
    expect([texts(other), level()]).toEqual([['soon', 'now'], 2]);
    db.close();
    other.close();
    await db.durable();
  });

  it('undoes a transaction that throws', () => {
    const db = memoryDatabase([notes]);
    expect(() =>
      db.transaction(() => {
        db.run('INSERT INTO note (text) VALUES (?)', ['lost']);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(texts(db)).toEqual([]);
  });

  it('lets an inner transaction join the outer one, so that both are undone together', () => {
    const db = memoryDatabase([notes]);
    const insert = (text: string) => db.transaction(() => db.run('INSERT INTO note (text) VALUES (?)', [text]).changes);
    expect(() =>
      db.transaction(() => {
        insert('inner');
        throw new Error('outer');
      }),
    ).toThrow('outer');
    expect(texts(db)).toEqual([]);
    expect(insert('alone')).toBe(1);
  });

  it('tells of a commit after it, and never of a rollback', () => {
    const db = memoryDatabase([notes]);
    const told: string[] = [];
    db.transaction(() => {
      db.afterCommit(() => told.push('committed'));
      expect(told).toEqual([]);
    });
    expect(() =>
      db.transaction(() => {
        db.afterCommit(() => told.push('rolled back'));
        throw new Error('no');
      }),
    ).toThrow();
    db.afterCommit(() => told.push('at once'));
    expect(told).toEqual(['committed', 'at once']);
  });

  it('answers null for no row, and refuses a row that is not what the schema says', () => {
    const db = memoryDatabase([notes]);
    expect(db.get('SELECT * FROM note', [], noteRow)).toBeNull();
    db.run('INSERT INTO note (text) VALUES (?)', [null]);
    expect(() => db.get('SELECT * FROM note', [], z.object({ text: z.string() }))).toThrow();
    expect(db.get('SELECT text FROM note', [], z.strictObject({ text: z.null() }))).toEqual({ text: null });
  });

  it('takes numbered parameters, each as often as it is named', () => {
    const db = memoryDatabase([notes]);
    db.run('INSERT INTO note (id, text) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET text = ?2', [1, 'a']);
    db.run('INSERT INTO note (id, text) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET text = ?2', [1, 'b']);
    expect(texts(db)).toEqual(['b']);
  });

  it.each<[string, readonly unknown[]]>([
    ['too few', []],
    ['too many', ['a', 'b']],
    ['a boolean', [true]],
    ['undefined', [undefined]],
    ['text with a NUL', ['a\0b']],
  ])('refuses %s as parameters, which libsql would take wrongly or die of', (_what, params) => {
    const db = memoryDatabase([notes]);
    expect(() => db.run("INSERT INTO note (text) VALUES (? || 'is it?')", params as readonly SqlValue[])).toThrow(TypeError);
    expect(texts(db)).toEqual([]);
  });
});

describe('migrations', () => {
  it('of several rooms are applied once each, also when a room gets a new step later', () => {
    opened([notes]).close();
    const second = opened([notes, { name: 'notes: first', sql: "INSERT INTO note (text) VALUES ('once')" }, colours]);
    second.close();
    const third = opened([notes, { name: 'notes: first', sql: "INSERT INTO note (text) VALUES ('once')" }, colours]);
    expect(texts(third)).toEqual(['once']);
    third.close();
  });

  it('keep the steps before the one that fails', () => {
    const broken = { name: 'colours: broken', sql: "INSERT INTO colour VALUES ('red'); INSERT INTO nowhere VALUES (1)" };
    expect(openDatabase(file, [notes, colours, broken], now)).toMatchObject({ ok: false, code: 'unavailable' });
    const db = opened([notes, colours]);
    expect(db.all('SELECT name FROM colour', [], z.object({ name: z.string() }))).toEqual([]);
    db.close();
  });

  it('refuse two steps of the same name', () => {
    expect(() => memoryDatabase([notes, notes])).toThrow('same name');
  });
});

describe('a file that is not ours', () => {
  it('from a newer version is refused with a sentence and stays as it is', () => {
    opened([notes, colours]).close();
    const before = readFileSync(file);
    const result = openDatabase(file, [notes], now);
    expect(result).toMatchObject({ ok: false, code: 'newer' });
    expect(result.ok ? '' : result.message).toContain('newer version');
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('broken'))).toEqual([]);
  });

  it('that is no database is moved aside whole, with its journal, and a new one is made', () => {
    const garbage = 'not a database '.repeat(100);
    writeFileSync(file, garbage);
    writeFileSync(`${file}-wal`, 'old journal');
    const result = openDatabase(file, [notes], now);
    expect(result).toMatchObject({ ok: true, setAside: `${file}.broken-${now()}` });
    expect(readFileSync(`${file}.broken-${now()}`, 'utf8')).toBe(garbage);
    expect(readFileSync(`${file}.broken-${now()}-wal`, 'utf8')).toBe('old journal');
    if (result.ok) {
      expect(texts(result.db)).toEqual([]);
      result.db.close();
    }
  });

  it('that is a damaged database is left where it is', () => {
    const db = opened([notes]);
    for (let n = 0; n < 200; n += 1) db.run('INSERT INTO note (text) VALUES (?)', ['x'.repeat(200)]);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const damaged = readFileSync(file);
    damaged.fill(7, 100, 4096);
    writeFileSync(file, damaged);
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    expect(openDatabase(file, [notes], now)).toMatchObject({ ok: false, code: 'damaged' });
    expect(readFileSync(file)).toEqual(damaged);
  });

  it('that is in a folder which does not exist is reported, not thrown', () => {
    expect(openDatabase(join(folder, 'nowhere', 'x.db'), [notes], now)).toMatchObject({ ok: false, code: 'unavailable' });
  });
});
