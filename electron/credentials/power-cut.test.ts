import { describe, expect, it } from 'vitest';
import type { Db } from '../storage/database.ts';
import { CredentialRecords } from './records.ts';
import { Outside, worktree } from './test-outside.ts';
import type { SecretStore } from './vault.ts';

/** A database that counts what a power cut would take: committed, and not on the disk yet. */
function counting(db: Db) {
  let [written, synced] = [0, 0];
  const counted: Db = {
    all: db.all.bind(db),
    get: db.get.bind(db),
    run: db.run.bind(db),
    exec: db.exec.bind(db),
    close: db.close.bind(db),
    afterCommit: db.afterCommit.bind(db),
    transaction: (fn, onDisk) => {
      const result = db.transaction(fn);
      if (onDisk === 'soon') written += 1;
      else synced = written;
      return result;
    },
    async durable() {
      const upTo = written;
      await new Promise((resolve) => setImmediate(resolve));
      synced = Math.max(synced, upTo);
    },
  };
  return { counted, atRisk: () => written - synced, written: () => written };
}

describe('a power cut', () => {
  it('finds on the disk what led to each deed outside, from the first to the last of a credential’s life', async () => {
    const outside = new Outside();
    const { counted, atRisk, written } = counting(outside.db);
    const seen: string[] = [];
    const see = (deed: string): void => void seen.push(`${deed}: ${atRisk()}`);
    const box: SecretStore = {
      ...outside.secrets,
      put: (name, value) => {
        see('keep');
        return outside.secrets.put(name, value);
      },
      delete: (name) => {
        see('forget');
        return outside.secrets.delete(name);
      },
    };
    outside.onCall = (what) => {
      if (what !== 'box') see(what);
    };
    const app = outside.app({ records: new CredentialRecords(counted), box });
    app.want(worktree);
    await app.settle(worktree.worktreeId);
    await app.rotate(worktree.worktreeId);
    await app.end(worktree.worktreeId, 'archived');

    const provisioned = ['mint', 'keep', 'vault', 'git'];
    const rotated = ['mint', 'keep', 'vault', 'revoke', 'forget'];
    const ended = ['revoke', 'forget', 'git', 'vault'];
    expect(seen).toEqual([...provisioned, ...rotated, ...ended].map((deed) => `${deed}: 0`));
    expect(written()).toBeGreaterThan(seen.length);
  });
});
