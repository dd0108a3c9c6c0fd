import { beforeEach, describe, expect, it } from 'vitest';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { Board } from './board.ts';
import type { Happening } from './happening.ts';
import { event, inWorktree, session, snapshot, worktree } from './test-rows.ts';

let now = 0;
let board: Board;
let happened: Happening[];

beforeEach(() => {
  now = 2_000_000;
  board = new Board({ now: () => now });
  happened = [];
});

/** Jean was read, beginning `agoMs` ago. */
function read(over: Partial<JeanSnapshot> = {}, agoMs = 10): void {
  happened.push(...board.apply(snapshot({ startedAt: now - agoMs, ...over })).happenings);
}

function on(of: JeanEvent): void {
  now += 1;
  happened.push(...board.apply(event(of, now)).happenings);
}

function later(ms: number): void {
  now += ms;
}

const status = (id = 's'): string | undefined => board.state().sessions[id]?.status;
const kinds = (): string[] => happened.map(({ type }) => type);
const withSession = (fields: object = {}): Partial<JeanSnapshot> => ({
  worktrees: [worktree('w')],
  sessions: [inWorktree('w', session('s', fields))],
});
const finishedRun = { last_run_status: 'completed', last_run_started_at: 1_500, last_run_execution_mode: 'build' };

describe('a worktree', () => {
  it('appears with its event, and is not lost to a reading that began before', () => {
    read();
    const began = now;
    on({ type: 'worktree:created', worktree: worktree('w') });
    expect(happened).toMatchObject([
      { type: 'worktree-appeared', first: false, facts: { worktree: { id: 'w' }, project: { id: 'shop' } } },
    ]);
    read({}, now - began + 5);
    expect(kinds()).toEqual(['worktree-appeared']);
    later(500);
    read();
    expect(kinds()).toEqual(['worktree-appeared', 'worktree-gone']);
  });

  it('goes with its event, and does not come back by a reading that began before', () => {
    read(withSession());
    const began = now;
    on({ type: 'worktree:archived', worktreeId: 'w', projectId: 'shop' });
    read(withSession(), now - began + 5);
    expect(board.state()).toMatchObject({ worktrees: {}, sessions: {} });
    expect(happened.at(-1)).toMatchObject({
      type: 'worktree-gone',
      worktreeId: 'w',
      why: 'archived',
      facts: { worktree: { name: 'w' } },
    });
    later(500);
    on({ type: 'worktree:unarchived', worktree: worktree('w') });
    expect(kinds().at(-1)).toBe('worktree-appeared');
  });

  it.each([
    ['archived', new Set(['w'])],
    ['deleted', new Set<string>()],
  ])('that a healthy Jean no longer lists is gone: %s', (why, archivedWorktrees) => {
    read(withSession());
    read({ archivedWorktrees });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why });
  });

  it('that could not be read is not gone', () => {
    read(withSession());
    read({ complete: false });
    expect(Object.keys(board.state().worktrees)).toEqual(['w']);
    expect(Object.keys(board.state().sessions)).toEqual(['s']);
  });

  it('is not gone because a list is suddenly empty, but when it stays empty', () => {
    read(withSession());
    read({ projects: [] });
    expect(Object.keys(board.state().worktrees)).toEqual(['w']);
    read({ projects: [] });
    expect(board.state()).toMatchObject({ projects: {}, worktrees: {}, sessions: {} });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why: 'deleted' });
  });

  it('lives on while Jean deletes it: its teardown script may still push', () => {
    read(withSession());
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    later(60_000);
    read();
    expect(kinds()).not.toContain('worktree-gone');
    on({ type: 'worktree:deleted', worktreeId: 'w', projectId: 'shop' });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why: 'deleted' });
  });

  it('that is being deleted is gone when events were lost, or when it takes too long', () => {
    read({ worktrees: [worktree('w'), worktree('v')] });
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    read({ worktrees: [worktree('v')], unbroken: false });
    expect(Object.keys(board.state().worktrees)).toEqual(['v']);
    on({ type: 'worktree:deleting', worktreeId: 'v', projectId: 'shop' });
    later(17 * 60_000);
    read();
    expect(board.state().worktrees).toEqual({});
  });

  it('stays when its deletion failed', () => {
    read(withSession());
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    read();
    on({ type: 'worktree:delete_error', worktreeId: 'w', projectId: 'shop' });
    read(withSession());
    expect(kinds().filter((kind) => kind.startsWith('worktree'))).toEqual(['worktree-appeared']);
  });

  it('tells of a new name and branch, and says whether it is the project itself', () => {
    read({ worktrees: [worktree('w', { session_type: 'base' })] });
    on({ type: 'branch-renamed', worktreeId: 'w', branch: 'fix/checkout' });
    expect(happened.at(-1)).toMatchObject({
      type: 'worktree-changed',
      facts: { worktree: { branch: 'fix/checkout', base: true } },
    });
  });

  it('tells which repository it belongs to once that is known', () => {
    read({ worktrees: [worktree('w')] });
    const { changes, happenings } = board.setRepository('shop', 'acme/shop');
    expect(changes).toMatchObject([{ collection: 'projects', id: 'shop', value: { repository: 'acme/shop' } }]);
    expect(happenings).toMatchObject([{ type: 'worktree-changed', facts: { project: { repository: 'acme/shop' } } }]);
    expect(board.setRepository('shop', 'acme/shop')).toEqual({ changes: [], happenings: [] });
  });
});

describe('a pull request', () => {
  const merged = { number: 5, url: 'https://github.test/acme/shop/pull/5', state: 'merged' as const };
  const polled = (state: 'open' | 'review' | 'merged'): void =>
    on({ type: 'pr:status-update', worktreeId: 'w', pull: { ...merged, state } });
  const pull = (): string | undefined => board.state().worktrees.w?.pull?.state;

  beforeEach(() => read({ worktrees: [worktree('w')] }));

  it('that is merged stays merged, though Jean has stored an older state', () => {
    polled('merged');
    expect(happened.at(-1)).toMatchObject({ type: 'pull-changed', worktreeId: 'w', state: 'merged' });
    read({ worktrees: [worktree('w', { pr_number: 5 })] });
    read({ worktrees: [worktree('w', { pr_number: 5, cached_pr_status: 'open' })] });
    expect(pull()).toBe('merged');
    expect(kinds().filter((kind) => kind === 'pull-changed')).toHaveLength(1);
  });

  it('follows what Jean stores when that moves, and goes when Jean has none', () => {
    polled('open');
    read({ worktrees: [worktree('w', { pr_number: 5 })] });
    polled('review');
    read({ worktrees: [worktree('w', { pr_number: 5, cached_pr_status: 'closed' })] });
    expect(pull()).toBe('closed');
    read({ worktrees: [worktree('w')] });
    expect(happened.at(-1)).toMatchObject({ type: 'pull-changed', state: null });
  });

  it('has no link but a web address', () => {
    read({ worktrees: [worktree('w', { pr_number: 5, pr_url: 'file:///etc/passwd' })] });
    expect(board.state().worktrees.w?.pull).toEqual({ number: 5, url: null, state: 'open' });
  });
});

describe('the connection', () => {
  const health = (value: 'online' | 'offline' | 'refused' | 'connecting', message = 'Why.'): void => {
    happened.push(
      ...board.apply({
        type: 'health',
        health: value,
        message,
        road: null,
        limits: null,
        url: null,
        version: value === 'online' ? '0.1.72' : null,
      }).happenings,
    );
  };

  it('is told when it comes, when it is lost and when it is refused, each once', () => {
    for (const value of ['connecting', 'online', 'online', 'offline', 'connecting', 'offline', 'refused', 'online'] as const)
      health(value);
    expect(kinds()).toEqual(['online', 'lost', 'refused', 'online']);
  });

  it('keeps what is known while it is lost', () => {
    read(withSession(finishedRun));
    health('online');
    health('offline', 'Jean is not running.');
    expect(status()).toBe('completed');
    expect(board.state().instances.local).toMatchObject({
      health: 'offline',
      message: 'Jean is not running.',
      version: '0.1.72',
    });
  });

  it('changes no row that says the same as before', () => {
    read(withSession(finishedRun));
    expect(board.apply(snapshot({ startedAt: now, ...withSession(finishedRun) })).changes).toEqual([]);
  });

  it('can be taken off the board with all that is on it', () => {
    read(withSession());
    health('online');
    const { changes, happenings } = board.clear();
    expect(changes.map(({ collection, value }) => [collection, value])).toEqual([
      ['sessions', null],
      ['worktrees', null],
      ['projects', null],
      ['instances', null],
    ]);
    expect(happenings).toEqual([]);
  });
});
