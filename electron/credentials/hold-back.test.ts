import { beforeEach, describe, expect, it } from 'vitest';
import { viewOf } from './credential.ts';
import type { Lifecycle } from './lifecycle.ts';
import { CredentialRecords } from './records.ts';
import { minute, Outside, worktree } from './test-outside.ts';

describe('a worktree whose first credential can’t be made', () => {
  let outside: Outside;
  let app: Lifecycle;
  beforeEach(() => {
    outside = new Outside();
    app = outside.app();
  });

  const record = () => {
    const found = new CredentialRecords(outside.db).get('w1');
    if (!found) throw new Error('no record');
    return found;
  };
  const view = () => viewOf(record(), outside.now);

  const away = async (): Promise<void> => {
    outside.failing.add('mint');
    app.want(worktree);
    await app.settle('w1');
  };

  it('has its git closed while GitHub is away, with a sentence that names the app and the reason', async () => {
    await away();
    expect(outside.configured.has('w1')).toBe(true);
    expect(outside.doors.get('w1')).toBe(
      'Jean Ravi Companion has no GitHub credential for shop · checkout-flake now. mint can’t be reached. It goes on trying.',
    );
    expect(view()).toMatchObject({
      state: 'failed',
      managed: true,
      reason: 'mint can’t be reached. Until then git here is refused.',
    });
    expect(outside.kinds()).toEqual(['credential.failed', 'credential.installed']);
  });

  it('asks GitHub no more often for that', async () => {
    const asked: number[] = [];
    const { now } = outside;
    const counting = outside.app({
      source: () => ({
        mint: () => {
          asked.push(outside.now - now);
          return Promise.reject(new Error('GitHub is away.'));
        },
        revoke: () => Promise.resolve('dead'),
        probe: () => Promise.resolve('unknown'),
      }),
    });
    counting.want(worktree);
    await counting.settle('w1');
    for (let second = 0; second < 60; second += 1) {
      outside.now += 1_000;
      await counting.settle('w1');
    }
    // 2, 4, 8, 16, 32 s and a half of that again, with the random number of these tests.
    expect(asked).toHaveLength(5);
    expect(record().binding.trouble?.attempts).toBe(5);
    await counting.stop();
  });

  it('serves git as soon as GitHub is back', async () => {
    await away();
    outside.failing.clear();
    app.retryAll();
    await app.settle('w1');
    expect(outside.doors.get('w1')).toBe(true);
    expect((await app.valueForGit('w1'))?.value.reveal()).toBe('ghs_1');
    expect(view()).toMatchObject({ state: 'active', reason: null });
  });

  it('learns who commits as soon as that is known', async () => {
    outside.authored = false;
    await away();
    expect(record().binding).toMatchObject({ installed: true, authored: false });
    outside.failing.clear();
    outside.authored = true;
    app.retryAll();
    await app.settle('w1');
    expect(record().binding).toMatchObject({ installed: true, authored: true });
  });

  it('is served all the same while only who commits can’t be had, and asked for that again with each new token', async () => {
    outside.authored = false;
    app.want(worktree);
    await app.settle('w1');
    expect(view().state).toBe('active');
    expect(record().binding.authored).toBe(false);
    outside.authored = true;
    outside.now += 52 * minute;
    await app.settle('w1');
    expect(record().binding.authored).toBe(true);
  });

  it('has its git closed after a start too', async () => {
    await away();
    await app.stop();
    outside.doors.clear();
    const next = outside.app();
    await next.start();
    await next.settle('w1');
    expect(outside.doors.get('w1')).toContain('has no GitHub credential');
    await next.stop();
  });

  it('keeps the person’s own git where the App does not reach, and says so', async () => {
    outside.outOfReach = true;
    app.want(worktree);
    await app.settle('w1');
    expect([outside.configured.size, outside.doors.size]).toEqual([0, 0]);
    expect(view()).toMatchObject({
      state: 'failed',
      managed: false,
      reason: 'The GitHub App is not installed there. Until then git here acts as you.',
    });
  });

  it('gets its git back when GitHub is back and says that the App does not reach there', async () => {
    await away();
    outside.failing.clear();
    outside.outOfReach = true;
    app.retryAll();
    await app.settle('w1');
    expect(outside.configured.size).toBe(0);
    expect(outside.doors.get('w1')).not.toBe(true);
    expect(view()).toMatchObject({ managed: false, reason: expect.stringContaining('git here acts as you') });
    expect(outside.minted).toBe(0);
  });

  it('keeps git closed where the App has lost its reach after a credential was there', async () => {
    app.want(worktree);
    await app.settle('w1');
    outside.outOfReach = true;
    outside.now += 61 * minute;
    await app.settle('w1');
    expect(outside.configured.has('w1')).toBe(true);
    expect(view().managed).toBe(true);
  });

  describe('because GitHub does not answer', () => {
    let answer: () => void;
    let slow: Lifecycle;
    beforeEach(() => {
      const waits = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const { source } = outside.options();
      slow = outside.app({
        actsAsPersonMs: 10,
        source: (kind) => {
          const usual = source(kind);
          return usual && { ...usual, mint: (order) => waits.then(() => usual.mint(order)) };
        },
      });
      slow.want(worktree);
    });

    const closed = () => expect.poll(() => view().managed).toBe(true);

    it('has its git taken over soon: it waits with us instead of acting as the person', async () => {
      expect(view().managed).toBe(false);
      await closed();
      expect([outside.configured.has('w1'), outside.doors.get('w1'), view().state]).toEqual([true, true, 'minting']);
      answer();
      await slow.settle('w1');
      expect(view()).toMatchObject({ state: 'active', managed: true, reason: null });
      expect(outside.minted).toBe(1);
    });

    it('gets it back when GitHub then says that the App does not reach there', async () => {
      await closed();
      outside.outOfReach = true;
      answer();
      await slow.settle('w1');
      expect([outside.configured.size, outside.doors.get('w1') === true]).toEqual([0, false]);
      expect(view()).toMatchObject({ managed: false, reason: expect.stringContaining('git here acts as you') });
    });

    it('gets it back when it is released meanwhile', async () => {
      await closed();
      const ended = slow.end('w1', 'released');
      answer();
      await ended;
      expect([outside.configured.size, outside.doors.get('w1') === true, outside.alive()]).toEqual([0, false, []]);
    });

    it('is left alone when it ends before that', async () => {
      const ended = slow.end('w1', 'archived');
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(outside.configured.size).toBe(0);
      answer();
      await ended;
      expect([outside.configured.size, outside.alive()]).toEqual([0, []]);
    });
  });

  it('is released at once, whatever GitHub says', async () => {
    await away();
    await app.end('w1', 'released');
    expect(outside.configured.size).toBe(0);
    expect(view()).toMatchObject({ state: 'revoked', managed: false });
  });
});
