import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Db, memoryDatabase } from '../storage/database.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';
import { binding, minute, start } from './test-record.ts';

const trouble = { reason: 'GitHub is away.', retryAt: start + minute, attempts: 2 };

describe('the records of credentials', () => {
  let db: Db;
  let records: CredentialRecords;
  beforeEach(() => {
    db = memoryDatabase(credentialMigrations);
    records = new CredentialRecords(db);
    records.create(binding());
  });
  const tokens = (of = records) => of.get('w1')?.tokens ?? [];
  const reopened = () => new CredentialRecords(db);
  const rows = () => db.all('SELECT count(*) AS n FROM tokens', [], z.object({ n: z.number() }))[0]?.n;
  const served = (generation: number) => {
    records.addIntent('w1', generation, 'app', start, start + 60 * minute);
    records.updateToken('w1', generation, { phase: 'minted', fingerprint: `f${generation}`, issuedAt: start });
    records.serve('w1', generation, start + minute);
  };

  it('are the same after a restart, whatever was written', () => {
    served(1);
    records.update('w1', { trouble, rotateGeneration: 1, ending: 'revoked-by-person' });
    records.updateToken('w1', 1, { storeTrouble: trouble, revokeTrouble: trouble, lastUsedAt: start, permissions: { a: 'b' } });
    records.create(binding({ worktreeId: 'ö / 2', vaultKey: 'K2' }));
    expect(reopened().all()).toEqual(records.all());
    expect(records.all()).toHaveLength(2);
  });

  it('hold an intent that ends within the hour before GitHub is asked', () => {
    records.addIntent('w1', 1, 'app', start, start + 60 * minute);
    expect(tokens(reopened())).toMatchObject([
      { phase: 'minting', fingerprint: null, expiresAt: start + 60 * minute, stored: false },
    ]);
    records.dropIntent('w1', 1);
    expect([tokens(), tokens(reopened())]).toEqual([[], []]);
  });

  it('exchange the token that serves in one write', () => {
    served(1);
    records.update('w1', { rotateGeneration: 1, trouble });
    served(2);
    expect(tokens(reopened())).toMatchObject([
      { phase: 'retired', revokeAfter: start + minute },
      { phase: 'serving', revokeAfter: 0 },
    ]);
    expect(reopened().get('w1')?.binding).toMatchObject({ rotateGeneration: null, trouble: null });
  });

  it('know one token at most that the vault holds', () => {
    served(1);
    served(2);
    records.updateToken('w1', 2, { storeTrouble: trouble });
    records.markStored('w1', 1);
    records.markStored('w1', 2);
    expect(tokens().map((t) => [t.stored, t.storeTrouble])).toEqual([
      [false, null],
      [true, null],
    ]);
    records.unstore('w1');
    expect([tokens().some((t) => t.stored), records.get('w1')?.binding.vaulted]).toEqual([false, false]);
  });

  it('make every postponed try due, and write nothing where none is', () => {
    served(1);
    records.updateToken('w1', 1, { storeTrouble: trouble, revokeTrouble: trouble });
    records.forgetTroubles('w1');
    const before = records.get('w1');
    expect(before?.tokens).toMatchObject([{ storeTrouble: null, revokeTrouble: null }]);
    records.forgetTroubles('w1');
    expect(records.get('w1')).toBe(before);
  });

  it('keep the last three dead tokens and every living one', () => {
    for (let generation = 1; generation <= 8; generation += 1) {
      served(generation);
      if (generation > 2) records.updateToken('w1', generation - 1, { phase: 'dead', death: 'verified' });
    }
    expect(tokens().map((t) => [t.generation, t.phase])).toEqual([
      [1, 'retired'],
      [5, 'dead'],
      [6, 'dead'],
      [7, 'dead'],
      [8, 'serving'],
    ]);
    expect([rows(), tokens(reopened())]).toEqual([5, tokens()]);
  });

  it('are changed in memory only when they are on the disk', () => {
    served(1);
    const before = records.get('w1');
    const failing = new CredentialRecords({
      ...{ all: db.all.bind(db), get: db.get.bind(db), exec: db.exec.bind(db), close: db.close.bind(db) },
      run: () => {
        throw new Error('The disk is full.');
      },
      transaction: db.transaction.bind(db),
      afterCommit: db.afterCommit.bind(db),
      durable: db.durable.bind(db),
    });
    expect(() => failing.update('w1', { ending: 'merged' })).toThrow('The disk is full.');
    expect(() => failing.remove('w1')).toThrow('The disk is full.');
    expect([failing.get('w1'), reopened().get('w1')]).toEqual([before, before]);
  });

  it('go with all their tokens', () => {
    served(1);
    records.remove('w1');
    expect([records.get('w1'), reopened().all(), rows()]).toEqual([null, [], 0]);
  });

  it('are refused for a worktree that nobody made one for', () => {
    expect(() => records.update('w2', { ending: 'merged' })).toThrow('No credential record for worktree w2.');
  });

  it('hold no value of a token: their columns have no place for one', () => {
    served(1);
    const text = JSON.stringify(db.all('SELECT data FROM tokens', [], z.object({ data: z.string() })));
    expect(text).not.toMatch(/ghs_|"token"|"value"/);
  });
});
