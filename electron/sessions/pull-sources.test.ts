import { describe, expect, it } from 'vitest';
import type { PullView } from '../../shared/model.ts';
import { Board } from './board.ts';
import { newerPull } from './pull-sources.ts';
import { event, snapshot, worktree } from './test-rows.ts';

const pull = (state: PullView['state'], number = 7): PullView => ({ number, url: null, state });

describe('a pull request that two tell of', () => {
  it.each([
    ['is as GitHub says while Jean says nothing', null, pull('open'), 0, 'open'],
    ['is as Jean says when that is newer', pull('closed'), pull('open'), 20, 'closed'],
    ['is as GitHub says when that is newer', pull('open'), pull('closed'), 5, 'closed'],
    ['stays merged when Jean stores an older state late', pull('open'), pull('merged'), 20, 'merged'],
    ['is merged when Jean knows that first', pull('merged'), pull('open'), 5, 'merged'],
    ['keeps Jean’s word for one that waits for its reviewers', pull('review'), pull('open'), 5, 'review'],
  ] as const)('%s', (_, jeans, ours, jeansAt, state) => {
    expect(newerPull(jeans, jeansAt, { pull: ours, at: 10 })?.state).toBe(state);
  });

  it('is the one that the newer source means where they mean two', () => {
    expect(newerPull(pull('open', 1), 5, { pull: pull('open', 2), at: 10 })?.number).toBe(2);
    expect(newerPull(pull('open', 1), 15, { pull: pull('open', 2), at: 10 })?.number).toBe(1);
  });

  it('changes its state once, whoever says so first', () => {
    const board = new Board({ now: () => 2_000_000 });
    board.apply(snapshot({ worktrees: [worktree('w')] }));
    const asked = board.setPull('w', { pull: pull('merged'), at: 2_000_000 });
    expect(asked.happenings).toMatchObject([{ type: 'pull-changed', state: 'merged', by: 'github' }]);
    const told = board.apply(event({ type: 'pr:status-update', worktreeId: 'w', pull: pull('merged') }, 2_000_100));
    expect(told.happenings).toEqual([]);
    expect(board.setPull('gone', { pull: pull('open'), at: 1 })).toEqual({ changes: [], happenings: [] });
  });

  it('goes from the worktree when Jean takes it off', () => {
    const board = new Board({ now: () => 2_000_000 });
    board.apply(snapshot({ worktrees: [worktree('w', { pr_number: 7, cached_pr_status: 'open' })] }));
    board.setPull('w', { pull: pull('open'), at: 2_000_000 });
    board.apply(snapshot({ worktrees: [worktree('w')], startedAt: 2_000_100 }));
    expect(board.worktree('w')?.worktree.pull).toBeNull();
  });
});
