import { beforeEach, describe, expect, it } from 'vitest';
import { redact } from '../base/redact.ts';
import { type Db, memoryDatabase } from '../storage/database.ts';
import { type AuditInput, AuditLog, everything } from './log.ts';
import { auditMigrations } from './schema.ts';

const start = 1_800_000_000_000;
const day = 86_400_000;
const fingerprint = 'J4h0MmzUnPmyQdT2bZq8iL1c7x3yR5oVwK9sEaGfNEx=';
const stateless = `ghs_1234567_eyJhbGciOiJSUzI1NiJ9.${'Ab9_-x'.repeat(60)}.${'q-Z_0'.repeat(24)}`;

let db: Db;
let clock: number;
let log: AuditLog;
beforeEach(() => {
  db = memoryDatabase(auditMigrations);
  clock = start;
  log = new AuditLog({ db, now: () => clock, redact });
});

const entry = (over: Partial<AuditInput> = {}): AuditInput => ({
  kind: 'credential.used',
  actor: 'git',
  outcome: 'ok',
  message: 'git was given the credential.',
  ...over,
});
const messages = (filter: Partial<typeof everything>): string[] =>
  log.page({ ...everything, ...filter }, null, 100).entries.map(({ message }) => message);

/** What someone with another program could do: without the triggers. */
function tamper(sql: string): void {
  for (const name of ['audit_entry_never_changes', 'audit_entry_never_goes', 'audit_entry_in_order', 'audit_head_moves_by_one']) {
    db.exec(`DROP TRIGGER ${name}`);
  }
  db.exec(sql);
}

describe('the audit log', () => {
  it('records entries one after the other, each with the hash of the one before', () => {
    const first = log.append(entry({ worktreeId: 'w1', subject: 'shop · fix', fingerprint, facts: { repository: 'acme/shop' } }));
    const second = log.append(entry({ kind: 'credential.revoked', actor: 'companion' }));
    expect(first).toMatchObject({ seq: 1, at: start, previous: '0'.repeat(64), fingerprint, subject: 'shop · fix' });
    expect(second).toMatchObject({ seq: 2, previous: first.hash, worktreeId: null, facts: {} });
    expect(log.head()).toBe(2);
    expect(log.page(everything, null, 10).entries).toEqual([second, first]);
  });

  it('is found unbroken, also over more entries than are checked at once', async () => {
    db.transaction(() => {
      for (let n = 0; n < 2_100; n += 1)
        log.append(entry({ message: `Entry ${n}.`, facts: { b: '2', a: 'é "x"', 10: 'x', 9: 'y' } }));
    });
    expect(await log.verify()).toEqual({ ok: true, count: 2_100 });
  });

  it('stops a check that is not wanted any more', async () => {
    log.append(entry());
    await expect(log.verify(AbortSignal.abort())).rejects.toThrow();
  });

  it('pages from the newest to the oldest, and knows how many there are', () => {
    for (let n = 1; n <= 7; n += 1) log.append(entry({ message: `Entry ${n}.` }));
    const first = log.page(everything, null, 3);
    const second = log.page(everything, first.next, 3);
    const third = log.page(everything, second.next, 3);
    expect([first, second, third].map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect([first.total, second.total, third.total, third.next]).toEqual([7, 7, 7, null]);
    log.append(entry());
    expect(log.page(everything, null, 3).total).toBe(8);
  });

  it('filters by worktree, kind, day and words', () => {
    log.append(entry({ message: 'one', worktreeId: 'w1' }));
    clock += day;
    log.append(entry({ message: 'two', worktreeId: 'w2', kind: 'credential.rotated', subject: 'shop · checkout' }));
    clock += day;
    log.append(
      entry({ message: 'three', worktreeId: 'w1', kind: 'credential.rotated', fingerprint, facts: { repository: 'acme/api' } }),
    );
    expect(messages({ worktreeId: 'w1' })).toEqual(['three', 'one']);
    expect(messages({ kind: 'credential.rotated' })).toEqual(['three', 'two']);
    expect(messages({ worktreeId: 'w1', kind: 'credential.rotated' })).toEqual(['three']);
    expect(messages({ from: start + day, to: start + 2 * day })).toEqual(['two']);
    expect(messages({ text: 'ACME/api' })).toEqual(['three']);
    expect(messages({ text: 'shop checkout' })).toEqual(['two']);
    expect(messages({ text: fingerprint.slice(3, 12) })).toEqual(['three']);
    expect(messages({ text: 'rotated' })).toEqual(['three', 'two']);
    expect(messages({ text: 'nowhere' })).toEqual([]);
  });

  it.each(['100%', 'a_b', 'back\\slash', "it's", '"quoted"'])('takes %s as text to look for, not as a pattern', (text) => {
    log.append(entry({ message: `before ${text} after` }));
    log.append(entry({ message: '100x aXb backslash its quoted' }));
    expect(messages({ text })).toEqual([`before ${text} after`]);
  });

  it('tells of an entry once it is committed, and not of one that was undone', () => {
    const told: number[] = [];
    const stop = log.onAppend(({ seq }) => told.push(seq));
    db.transaction(() => {
      log.append(entry());
      expect(told).toEqual([]);
    });
    expect(() =>
      db.transaction(() => {
        log.append(entry());
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(log.append(entry()).seq).toBe(2);
    stop();
    log.append(entry());
    expect(told).toEqual([1, 2]);
  });
});

describe('no secret', () => {
  it.each([
    ['a token', 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['a stateless token', stateless],
    ["Ravi's key", 'ravi_mgmt_abcdefgh12345678'],
    ['a private key', `-----BEGIN PRIVATE KEY-----\n${'MIIabc'.repeat(30)}\n-----END PRIVATE KEY-----`],
    ['a long stateless token after much text', `${'much text '.repeat(90)}${stateless}`],
    ['a token with invisible characters in it', 'ghs_16C7e42\u200bF29\u00072c6912E7710c8\0ae178B4a'],
  ])('gets into any field of the log: %s', async (_what, secret) => {
    const written = log.append(
      entry({
        message: `fatal: ${secret}`,
        subject: secret,
        worktreeId: secret,
        fingerprint: secret,
        facts: { [secret]: secret, url: `https://x-access-token:${secret}@github.com` },
      }),
    );
    const text = JSON.stringify([written, log.page(everything, null, 1)]);
    for (const part of ['16C7e42F292c', 'F292c6912E', 'Ab9_-xAb9_-x', 'q-Z_0q-Z', 'abcdefgh12345678', 'MIIabcMIIabc'])
      expect(text).not.toContain(part);
    expect(await log.verify()).toEqual({ ok: true, count: 1 });
  });

  it('stays one plain line, whatever foreign text is in it', async () => {
    const { message, facts } = log.append(
      entry({ message: `two\nlines\0 and ${'x'.repeat(5_000)}`, facts: { 'half \ud800': '\u202eturned', ['__proto__']: 'x' } }),
    );
    expect(message).toMatch(/^two lines and x+…$/);
    expect(message).toHaveLength(1_000);
    expect(facts).toEqual({ 'half \ufffd': 'turned' });
    expect(await log.verify()).toEqual({ ok: true, count: 1 });
  });
});

describe('a log that someone changes', () => {
  beforeEach(() => {
    for (let n = 1; n <= 5; n += 1) log.append(entry({ message: `Entry ${n}.`, facts: { n: String(n) } }));
  });

  it.each([
    ["UPDATE audit_entry SET message = 'x' WHERE seq = 2", 'never changed'],
    ['DELETE FROM audit_entry WHERE seq = 5', 'never deleted'],
    ['DELETE FROM audit_entry', 'never deleted'],
    [
      "INSERT INTO audit_entry SELECT 9, at, kind, actor, outcome, worktree_id, subject, fingerprint, message, facts, previous, 'h' FROM audit_entry WHERE seq = 5",
      'in order only',
    ],
    [
      "REPLACE INTO audit_entry SELECT seq, at, kind, actor, outcome, worktree_id, subject, fingerprint, 'lie', facts, previous, hash FROM audit_entry WHERE seq = 5",
      'in order only',
    ],
    ['UPDATE audit_head SET seq = 3', 'moves by one'],
    ['DELETE FROM audit_head', 'never deleted'],
  ])('by a mistake of ours is stopped by the database: %s', (sql, why) => {
    expect(() => db.exec(sql)).toThrow(why);
    expect(log.head()).toBe(5);
  });

  it.each([
    ["UPDATE audit_entry SET message = 'Entry 3!' WHERE seq = 3", 3, 'was changed'],
    ["UPDATE audit_entry SET kind = 'something.else' WHERE seq = 3", 3, 'was changed'],
    ["UPDATE audit_entry SET facts = 'no json' WHERE seq = 1", 1, 'was changed'],
    ['DELETE FROM audit_entry WHERE seq = 2', 2, 'missing or out of order'],
    ['DELETE FROM audit_entry WHERE seq >= 4', 4, 'entries 4 to 5 are missing'],
    ['DELETE FROM audit_entry', 1, 'entries 1 to 5 are missing'],
    ['UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_entry WHERE seq = 4)', 5, 'did not write'],
    ["UPDATE audit_entry SET hash = 'x' WHERE seq = 5", 5, 'was changed'],
    ["UPDATE audit_head SET hash = 'x'", 5, 'should end with entry 5'],
  ])('with another program is found out: %s', async (sql, brokenAt, why) => {
    tamper(sql);
    const check = await log.verify();
    expect(check).toMatchObject({ ok: false, brokenAt });
    expect(check.ok ? '' : check.why).toContain(why);
  });

  it('by taking away its head is not written to any more', () => {
    db.exec('DROP TRIGGER audit_head_stays');
    db.exec('DELETE FROM audit_head');
    expect(() => log.append(entry())).toThrow('head of the audit log is missing');
  });
});
