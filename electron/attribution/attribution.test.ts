import { describe, expect, it } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import { auditMigrations } from '../audit/schema.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import type { Push } from '../git/pushes.ts';
import { memoryDatabase } from '../storage/database.ts';
import { Attribution } from './attribution.ts';
import { fateOf } from './fate.ts';
import { attributionMigrations, PushRecords } from './records.ts';

const sha = (digit: string): string => digit.repeat(40);
const fingerprint = fingerprintOf(Secret.of('ghs_one'));
const worktree = { worktreeId: 'w1', subject: 'shop · one', path: '/w1', repository: 'acme/shop', fingerprint, generation: 3 };
const commit = (digit: string) => ({ sha: sha(digit), author: 'bot <b@x>', subject: `Commit ${digit}` });
const pushOf = (over: Partial<Push> = {}): Push => ({
  remote: 'origin',
  branch: 'feature/x',
  old: null,
  new: sha('a'),
  at: 1_000,
  commits: [commit('a')],
  count: 1,
  ...over,
});

/** Attribution whose pushes the test makes. */
function recording() {
  const db = memoryDatabase([...auditMigrations, ...attributionMigrations]);
  const clock = { now: 1_000 };
  const audit = new AuditLog({ db, now: () => clock.now, redact: (text) => text });
  const records = new PushRecords(db);
  let told: (push: Push) => void = () => undefined;
  const expected: [string, number][] = [];
  const errors: unknown[] = [];
  const attribution = new Attribution({
    db,
    records,
    pushes: {
      async expect(path, from, tell) {
        expected.push([path, from]);
        told = tell;
        if (path === '/gone') throw new Error('gone');
      },
    },
    sessionsAt: () => [{ id: 's1', name: 'Mend', model: 'opus' }],
    audit: (entry) => void audit.append(entry),
    onError: (error) => errors.push(error),
    now: () => clock.now,
  });
  const entries = () => audit.page({ text: '', worktreeId: null, kind: null, from: null, to: null }, null, 50).entries;
  return { attribution, records, audit, entries, clock, expected, errors, push: (over?: Partial<Push>) => told(pushOf(over)) };
}

describe('a push out of a managed worktree', () => {
  it('is written down with session and credential, and audited with its range', () => {
    const { attribution, expected, push, entries } = recording();
    attribution.accepted(worktree);
    expect(expected).toEqual([['/w1', 1_000]]);
    push({ old: sha('9'), count: 2, commits: [commit('a'), commit('b')] });
    expect(attribution.pushesOf('w1')).toMatchObject([
      { branch: 'feature/x', old: sha('9'), commits: 2, fingerprint, generation: 3, sessions: [{ id: 's1', model: 'opus' }] },
    ]);
    expect(entries()).toMatchObject([
      {
        kind: 'git.pushed',
        actor: 'git',
        worktreeId: 'w1',
        subject: 'shop · one',
        fingerprint,
        message: 'Pushed 2 commits to feature/x.',
        facts: { repository: 'acme/shop', branch: 'feature/x', range: `${sha('9')}..${sha('a')}`, commits: '2', sessions: 's1' },
      },
    ]);
  });

  it('is written down once, though it is noticed twice', () => {
    const { attribution, push, entries } = recording();
    attribution.accepted(worktree);
    push();
    push();
    expect(attribution.pushesOf('w1')).toHaveLength(1);
    expect(entries()).toHaveLength(1);
    push({ at: 2_000, old: sha('a'), new: sha('9'), commits: [], count: 0 });
    expect(entries()[0]?.message).toBe('Pushed feature/x; its commits had gone out before.');
  });

  it('keeps its commits, also when they go out again by another way', () => {
    const { attribution, records, push } = recording();
    attribution.accepted(worktree);
    push();
    attribution.accepted({ ...worktree, worktreeId: 'w2', subject: 'shop · two' });
    push({ branch: 'other', at: 5_000 });
    expect(records.commitsLike(sha('a').slice(0, 8))).toMatchObject([{ subject: 'Commit a', push: { worktreeId: 'w1' } }]);
    expect(records.commitsLike('ab')).toEqual([]);
    expect(records.ofBranch('other', 'ACME/shop')).toMatchObject([{ worktreeId: 'w2' }]);
    expect(records.ofBranch('other', 'acme/api')).toEqual([]);
  });

  it('is told two commits where the beginning is not enough', () => {
    const { attribution, records, push } = recording();
    attribution.accepted(worktree);
    const alike = [commit('a'), { ...commit('a'), sha: `${'a'.repeat(39)}b` }];
    push({ commits: alike, count: 2 });
    expect(records.commitsLike('aaaaaaa')).toHaveLength(2);
    expect(records.commitsLike(`${'a'.repeat(39)}b`)).toHaveLength(1);
  });

  it('that can’t be waited for is no silent loss', async () => {
    const { attribution, errors } = recording();
    attribution.accepted({ ...worktree, path: '/gone' });
    await Promise.resolve();
    expect(errors).toHaveLength(1);
  });
});

describe('the fate of a credential', () => {
  it('is told by the audit log, from its making to its end', () => {
    const { audit, clock } = recording();
    const about = { actor: 'companion', outcome: 'ok', fingerprint, message: 'x' } as const;
    expect(fateOf(audit, fingerprint, 0)).toEqual({
      fingerprint,
      issuedAt: null,
      expiresAt: null,
      lastUsedAt: null,
      ended: null,
    });
    audit.append({ ...about, kind: 'credential.minted', facts: { expires: new Date(9_000).toISOString() } });
    clock.now = 2_000;
    audit.append({ ...about, kind: 'credential.used' });
    audit.append({ ...about, kind: 'credential.used', fingerprint: fingerprintOf(Secret.of('ghs_other')) });
    const alive = { fingerprint, issuedAt: 1_000, expiresAt: 9_000, lastUsedAt: 2_000 };
    expect(fateOf(audit, fingerprint, 3_000)).toEqual({ ...alive, ended: null });
    expect(fateOf(audit, fingerprint, 9_500)).toEqual({ ...alive, ended: { how: 'expired', at: 9_000 } });
    clock.now = 4_000;
    audit.append({ ...about, kind: 'credential.verified-dead' });
    expect(fateOf(audit, fingerprint, 9_500)).toEqual({ ...alive, ended: { how: 'revoked', at: 4_000 } });
  });
});
