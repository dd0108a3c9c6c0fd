import { beforeEach, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { viewOf } from './credential.ts';
import type { Lifecycle, LifecycleOptions } from './lifecycle.ts';
import { CredentialRecords } from './records.ts';
import { key, minute, Outside, worktree } from './test-outside.ts';

describe('a credential when things go wrong', () => {
  let outside: Outside;
  let app: Lifecycle;
  beforeEach(() => {
    outside = new Outside();
    app = outside.app();
  });
  const record = (id = 'w1') => {
    const found = new CredentialRecords(outside.db).get(id);
    if (!found) throw new Error('no record');
    return found;
  };
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

  it('is never served once it has ended, also when git asked just before', async () => {
    app.want(worktree);
    await app.settle('w1');
    const asked = app.valueForGit('w1');
    const ended = app.end('w1', 'revoked-by-person');
    expect(await asked).toBeNull();
    await ended;
  });

  it('is not taken for lost when it was replaced while git asked for it', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.box.delete('token:w1:1');
    const get = outside.secrets.get;
    let free = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      free = resolve;
    });
    const slow = outside.app({ box: { ...outside.secrets, get: (name) => waiting.then(() => get(name)) } });
    const asked = slow.valueForGit('w1');
    const rotated = slow.end('w1', 'merged');
    free();
    expect(await asked).toBeNull();
    await rotated;
    expect(record().tokens.map((t) => t.phase)).toEqual(['dead']);
  });

  it('is not served, and not revoked, by a value that somebody else wrote into its vault entry', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.box.clear();
    outside.vault.set(key, 'ghs_of_another_machine');
    outside.live.set('ghs_of_another_machine', outside.now + 60 * minute);
    expect(await app.valueForGit('w1')).toBeNull();
    await app.end('w1', 'merged');
    expect(outside.alive()).toContain('ghs_of_another_machine');
    expect(outside.kinds()).not.toContain('credential.verified-dead');
    expect(viewOf(record(), outside.now).state).toBe('unverified');
  });

  it('can be kept whatever characters the id of its worktree has', async () => {
    const box = outside.secrets;
    const strict = {
      ...box,
      put: (name: string, value: Secret) => {
        if (!/^[A-Za-z][A-Za-z0-9._:-]{0,199}$/.test(name)) throw new TypeError(`Not a name for a secret: ${name}`);
        return box.put(name, value);
      },
    };
    const odd = ['a/b c', 'ä', '__proto__', 'x'.repeat(500)];
    const careful = outside.app({ box: strict });
    for (const worktreeId of odd) careful.want({ ...worktree, worktreeId });
    await Promise.all(odd.map((id) => careful.settle(id)));
    for (const id of odd) expect(viewOf(record(id), outside.now).state).toBe('active');
    expect(outside.box.size).toBe(odd.length);
    await Promise.all(odd.map((id) => careful.end(id, 'deleted')));
    expect(outside.box.size + outside.alive().length).toBe(0);
  });

  it('that is over when it comes is asked for again after a pause, not at once', async () => {
    const late: LifecycleOptions['source'] = () => ({
      mint: async () => {
        const token = Secret.of(`ghs_${++outside.minted}`);
        const expiresAt = outside.now - minute;
        return { token, fingerprint: fingerprintOf(token), holder: 'bot', permissions: {}, expiresAt, requestId: null };
      },
      revoke: async () => 'dead' as const,
      probe: async () => 'dead' as const,
    });
    const broken = outside.app({ source: late });
    broken.want(worktree);
    await broken.settle('w1');
    expect(outside.minted).toBe(1);
    expect(viewOf(record(), outside.now)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('Is the clock of this computer right?'),
    });
    await broken.stop();
  });

  it('that GitHub issued while the database failed is revoked, and another one made', async () => {
    class Failing extends CredentialRecords {
      left = 1;
      override updateToken(...args: Parameters<CredentialRecords['updateToken']>): void {
        if (args[2].phase === 'minted' && this.left-- > 0) throw new Error('The disk is full.');
        super.updateToken(...args);
      }
    }
    const records = new Failing(outside.db);
    const shaken = outside.app({ records });
    shaken.want(worktree);
    await shaken.settle('w1');
    expect(outside.alive()).toEqual([]);
    shaken.retryAll();
    await shaken.settle('w1');
    expect(outside.alive()).toEqual(['ghs_2']);
    await shaken.stop();
  });

  it('goes on by itself after a failure that nothing could be written down of', async () => {
    class Failing extends CredentialRecords {
      broken = false;
      override addIntent(...args: Parameters<CredentialRecords['addIntent']>): void {
        if (this.broken) throw new Error('The disk is full.');
        super.addIntent(...args);
      }
      override update(...args: Parameters<CredentialRecords['update']>): void {
        if (this.broken) throw new Error('The disk is full.');
        super.update(...args);
      }
    }
    const records = new Failing(outside.db);
    let clock = () => outside.now;
    const shaken = outside.app({ records, now: () => clock() });
    shaken.want(worktree);
    records.broken = true;
    await expect(shaken.settle('w1')).rejects.toThrow('The disk is full.');
    records.broken = false;
    // Its timer asks this clock how long to wait: the minute is over.
    clock = () => outside.now + 2 * minute;
    shaken.want({ ...worktree, worktreeId: 'w2' });
    await shaken.settle('w2');
    await breathe();
    expect(outside.alive()).toHaveLength(2);
    await shaken.stop();
  });

  it('is not made any more by a step that waited for its turn while the app stopped, or while the worktree ended', async () => {
    const many = Array.from({ length: 20 }, (_, n) => `w${n}`);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let asked = 0;
    const slow = outside.app({
      source: () => ({
        mint: async () => {
          asked += 1;
          await gate;
          throw new Error('GitHub is away.');
        },
        revoke: async () => 'dead' as const,
        probe: async () => 'dead' as const,
      }),
    });
    for (const worktreeId of many) slow.want({ ...worktree, worktreeId });
    await breathe();
    expect(asked).toBe(6);
    void slow.end('w19', 'deleted');
    const stopped = slow.stop();
    open();
    await stopped;
    await breathe();
    expect(asked).toBe(6);
  });

  it('is not made for a worktree that is not in Jean any more', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'deleted');
    await expect(app.provision('w1')).rejects.toThrow('not in Jean any more');
    expect(outside.alive()).toEqual([]);
  });

  it('is not ended again by the merge that its person overruled, but by the next one', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'merged');
    await app.provision('w1');
    expect(record().binding).toMatchObject({ ending: null, overruled: 'merged' });
    await app.end('w1', 'merged');
    expect(record().binding).toMatchObject({ ending: 'merged', overruled: null });
  });

  it('is put into git again when somebody took it out there while the app was not running', async () => {
    app.want(worktree);
    await app.settle('w1');
    await app.stop();
    outside.configured.clear();
    const again = outside.app();
    await again.start();
    await breathe();
    expect(outside.configured.has('w1')).toBe(true);
    expect(outside.alive()).toEqual(['ghs_1']);
    await again.stop();
  });

  it('that never came into git is known to be archived all the same', async () => {
    outside.failing.add('git');
    app.want(worktree);
    await app.settle('w1');
    await app.end('w1', 'merged');
    await app.end('w1', 'archived');
    outside.failing.clear();
    app.want(worktree);
    await app.settle('w1');
    expect(viewOf(record(), outside.now).state).toBe('active');
  });

  it('is exchanged when the project has become the clone of another repository', async () => {
    app.want(worktree);
    await app.settle('w1');
    app.want({ ...worktree, repository: 'acme/store' });
    await breathe();
    expect(outside.alive()).toEqual(['ghs_2']);
    expect(viewOf(record(), outside.now)).toMatchObject({ state: 'active', repository: 'acme/store' });
    app.want({ ...worktree, repository: 'Acme/Store' });
    await breathe();
    expect(outside.alive()).toEqual(['ghs_2']);
  });

  it('is tried again within the hour, however long it was told to wait', async () => {
    const throttled = outside.app({
      source: () => ({
        mint: () => Promise.reject(Object.assign(new Error('Wait.'), { retryAfterMs: 9e12 })),
        revoke: async () => 'dead' as const,
        probe: async () => 'dead' as const,
      }),
    });
    throttled.want(worktree);
    await throttled.settle('w1');
    expect(record().binding.trouble?.retryAt).toBe(outside.now + 60 * minute);
    await throttled.stop();
  });

  it('is forgotten a month after its end, when nothing of it is left outside', async () => {
    app.want(worktree);
    app.want({ ...worktree, worktreeId: 'w2' });
    await Promise.all([app.settle('w1'), app.settle('w2')]);
    await Promise.all([app.end('w1', 'deleted'), app.end('w2', 'merged')]);
    outside.now += 40 * 24 * 60 * minute;
    const later = outside.app();
    await later.start();
    // A merged worktree may still be there, with our settings in its git.
    expect(new CredentialRecords(outside.db).all().map((r) => r.binding.worktreeId)).toEqual(['w2']);
    await later.stop();
  });
});
