import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { type AuditInput, AuditLog, everything } from '../electron/audit/log.ts';
import { auditMigrations } from '../electron/audit/schema.ts';
import { redact } from '../electron/base/redact.ts';
import { openDatabase } from '../electron/storage/database.ts';

/** The audit log at 100,000 entries: one append and one page, each against bare libsql doing the same I/O in the same run. */

const entries = 100_000;
const pageSize = 100;
const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function measure(times: number, work: (n: number) => unknown): number {
  for (let n = 0; n < 5; n += 1) work(n);
  return median(
    Array.from({ length: times }, (_, n) => {
      const start = performance.now();
      work(n);
      return performance.now() - start;
    }),
  );
}

const sample = (n: number): AuditInput => ({
  kind: n % 4 === 0 ? 'credential.revoked' : 'credential.used',
  actor: 'git',
  outcome: 'ok',
  worktreeId: `worktree-${n % 37}`,
  subject: `shop · checkout-flake-${n % 37}`,
  fingerprint: 'J4h0MmzUnPmyQdT2bZq8iL1c7x3yR5oVwK9sEaGfNEx=',
  message: `git was given the credential for acme/shop, number ${n}.`,
  facts: { repository: 'acme/shop', permissions: 'contents: write, pull_requests: write', request: `A1B2:${n}` },
});

function report(bench: string, value: number, floor: number, target: number): void {
  const round = (ms: number): number => Number(ms.toFixed(3));
  const ratio = Number((value / floor).toFixed(2));
  console.log(
    JSON.stringify({ bench, value: round(value), floor: round(floor), ratio, unit: 'ms', target, ok: value <= target }),
  );
}

try {
  const file = join(folder, 'audit.db');
  const opened = openDatabase(file, auditMigrations, Date.now);
  if (!opened.ok) throw new Error(opened.message);
  const log = new AuditLog({ db: opened.db, now: Date.now, redact });
  opened.db.transaction(() => {
    for (let n = 0; n < entries; n += 1) log.append(sample(n));
  });

  const bare = new Database(join(folder, 'bare.db'));
  bare.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry (seq INTEGER PRIMARY KEY, data TEXT) STRICT',
  );
  const insert = bare.prepare('INSERT INTO entry (data) VALUES (?)');
  bare.exec('BEGIN');
  for (let n = 0; n < entries; n += 1) insert.run([JSON.stringify(sample(n))]);
  bare.exec('COMMIT');
  const select = bare.prepare('SELECT seq, data FROM entry ORDER BY seq DESC LIMIT ?');

  const floorAppend = measure(300, (n) => insert.run([JSON.stringify(sample(n))]));
  report(
    'audit append, durable',
    measure(300, (n) => log.append(sample(n))),
    floorAppend,
    10,
  );
  const floorPage = measure(50, () => select.all([pageSize]));
  report(
    'audit page of 100',
    measure(50, () => log.page(everything, null, pageSize)),
    floorPage,
    8,
  );
  const kind = { ...everything, kind: 'credential.revoked' } as const;
  report(
    'audit page of one kind',
    measure(50, () => log.page(kind, null, pageSize)),
    floorPage,
    8,
  );
  const nowhere = { ...everything, text: 'nowhere' };
  const scan = bare.prepare('SELECT count(*) AS count FROM entry WHERE data LIKE ?');
  const floorScan = measure(10, () => scan.all(['%nowhere%']));
  report(
    'audit search without a match',
    measure(10, () => log.page(nowhere, null, pageSize)),
    floorScan,
    150,
  );
  bare.close();
  opened.db.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
