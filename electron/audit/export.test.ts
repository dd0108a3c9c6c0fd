import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditFilter } from '../../shared/audit.ts';
import { redact } from '../base/redact.ts';
import { memoryDatabase } from '../storage/database.ts';
import { exportAudit, verifyExport } from './export.ts';
import { AuditLog, everything } from './log.ts';
import { auditMigrations } from './schema.ts';

const now = () => 1_800_000_000_000;
let folder: string;
let path: string;
let log: AuditLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-export-'));
  path = join(folder, 'audit.jsonl');
  const db = memoryDatabase(auditMigrations);
  log = new AuditLog({ db, now, redact });
  db.transaction(() => {
    for (let n = 1; n <= 1_200; n += 1) {
      log.append({
        kind: n % 3 === 0 ? 'credential.used' : 'credential.minted',
        actor: 'git',
        outcome: 'ok',
        message: `Entry ${n}.`,
        facts: { n: `é ${n}` },
      });
    }
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const save = (changed: readonly string[]): void => writeFileSync(path, `${changed.join('\n')}\n`);
const write = (filter: AuditFilter = everything) => exportAudit({ log, filter, path, now });
const used: AuditFilter = { ...everything, kind: 'credential.used' };

describe('an export', () => {
  it('holds every entry, oldest first, with a summary as its last line, and leaves nothing else behind', async () => {
    const head = log.chainHead();
    expect(await write()).toEqual({ path, count: 1_200 });
    const parsed = lines().map((line) => JSON.parse(line));
    expect(parsed.slice(0, -1).map(({ seq }) => seq)).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
    expect(parsed.at(-1)).toMatchObject({ summary: { count: 1_200, complete: true, exportedAt: now(), head } });
    expect(readdirSync(folder)).toEqual(['audit.jsonl']);
    expect(await verifyExport(path)).toEqual({ ok: true, count: 1_200 });
  });

  it('is recorded in the log', async () => {
    await write(used);
    expect(log.page(everything, null, 1).entries[0]).toMatchObject({
      kind: 'audit.exported',
      actor: 'person',
      message: '400 entries were exported.',
    });
  });

  it('of a filter holds what the filter means, and can be checked too', async () => {
    expect((await write(used)).count).toBe(400);
    expect(await verifyExport(path)).toEqual({ ok: true, count: 400 });
    await write({ ...everything, text: 'nowhere' });
    expect(await verifyExport(path)).toEqual({ ok: true, count: 0 });
  });

  it('that is stopped half-way leaves the old file as it was', async () => {
    writeFileSync(path, 'old');
    await expect(exportAudit({ log, filter: everything, path, now, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['audit.jsonl']);
    expect(log.head()).toBe(1_200);
  });

  const changes: readonly (readonly [string, (all: string[]) => string[], string])[] = [
    ['a changed message', (all) => all.with(4, all[4]?.replace('Entry', 'entry') ?? ''), 'was changed'],
    ['a removed line', (all) => all.toSpliced(7, 1), 'not the'],
    ['two lines that changed places', (all) => all.with(2, all[3] ?? '').with(3, all[2] ?? ''), 'out of order'],
    ['a line that is no entry', (all) => all.toSpliced(2, 0, '{"a":1}'), 'no entry'],
    ['no summary', (all) => all.slice(0, -1), 'cut off'],
    ['lines cut from the end before the summary', (all) => all.toSpliced(-3, 2), 'not the'],
    ['something after the summary', (all) => [...all, all[0] ?? ''], 'after the summary'],
  ];
  it.each(changes)('with %s is found out, complete or filtered', async (_what, change, why) => {
    for (const filter of [everything, used]) {
      await write(filter);
      save(change(lines()));
      const check = await verifyExport(path);
      expect(check.ok ? 'ok' : check.why).toContain(why);
    }
  });

  it('that says it is complete and is not, is found out by the chain', async () => {
    await write(used);
    save(lines().map((line) => line.replace('"complete":false', '"complete":true')));
    const check = await verifyExport(path);
    expect(check.ok ? 'ok' : check.why).toContain('missing or out of order');
  });
});
