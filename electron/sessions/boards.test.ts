import { beforeEach, describe, expect, it } from 'vitest';
import type { JeanHealth } from '../jean/connection.ts';
import { Boards } from './boards.ts';
import { event, inWorktree, project, session, snapshot, worktree } from './test-rows.ts';

let boards: Boards;
beforeEach(() => {
  boards = new Boards({ now: () => 5_000_000 });
  boards.open({ id: 'local', name: 'Mine', colour: 'none', place: 'here' });
  boards.open({ id: 'far', name: 'Server', colour: 'blue', place: 'elsewhere' });
});

const online: JeanHealth = {
  type: 'health',
  health: 'online',
  message: 'Connected.',
  road: 'socket',
  limits: null,
  url: 'http://jean',
  version: '0.1.72',
};
const shop = snapshot({ worktrees: [worktree('w1')], sessions: [inWorktree('w1', session('s1'))] });
const blog = snapshot({ projects: [project('blog')], worktrees: [worktree('w2', { project_id: 'blog' })] });

describe('the boards of several Jeans', () => {
  it('are read as one, and each row says whose it is', () => {
    boards.apply('local', shop);
    boards.apply('far', blog);
    const { projects, worktrees } = boards.state();
    expect(Object.values(projects).map(({ id, instanceId }) => [id, instanceId])).toEqual([
      ['shop', 'local'],
      ['blog', 'far'],
    ]);
    expect(Object.keys(worktrees)).toEqual(['w1', 'w2']);
    expect(boards.worktree('w2')?.project.name).toBe('blog');
    expect(Object.keys(boards.here().worktrees)).toEqual(['w1']);
  });

  it('lose the rows of a Jean that is removed, and nothing happens by it', () => {
    boards.apply('local', shop);
    boards.apply('far', blog);
    const { changes, happenings } = boards.close('far');
    expect(happenings).toEqual([]);
    expect(changes.every(({ value }) => value === null)).toBe(true);
    expect(Object.keys(boards.state().projects)).toEqual(['shop']);
    expect(boards.apply('far', blog).changes).toEqual([]);
  });

  it('keep another’s worktrees when one Jean lists nothing of them', () => {
    boards.apply('local', shop);
    boards.apply('far', blog);
    expect(boards.apply('local', shop).happenings).toEqual([]);
    expect(boards.apply('far', snapshot({ projects: [project('blog')] })).happenings).toMatchObject([
      { type: 'worktree-gone', worktreeId: 'w2' },
    ]);
    expect(boards.worktree('w1')).not.toBeNull();
  });

  it('show a new name and colour at once', () => {
    boards.apply('far', online);
    expect(boards.describe('far', { name: 'Build box', colour: 'rose' }).changes).toMatchObject([
      { collection: 'instances', value: { id: 'far', name: 'Build box', colour: 'rose', health: 'online' } },
    ]);
    boards.apply('far', { ...online, health: 'offline' });
    expect(boards.state().instances.far).toMatchObject({ name: 'Build box', place: 'elsewhere', health: 'offline' });
  });
});

describe('the same Jean, reached twice', () => {
  it('is counted once: by the one that was there first, and the other says so', () => {
    boards.apply('local', online);
    boards.apply('local', shop);
    boards.apply('far', online);
    expect(boards.apply('far', shop).happenings).toEqual([]);
    expect(Object.values(boards.state().sessions).map(({ instanceId }) => instanceId)).toEqual(['local']);
    expect(boards.state().instances.far?.limits).toBe('This is the same Jean as “Mine”, which shows its sessions. Remove one.');
    boards.apply('far', event({ type: 'chat:sending', sessionId: 's1' }, 5_000_000));
    expect(boards.state().sessions.s1?.status).toBe('idle');
  });

  it('is this machine’s, also when its address was quicker: only so its worktrees can have credentials', () => {
    boards.apply('far', online);
    boards.apply('far', shop);
    const taken = boards.apply('local', shop);
    expect(taken.happenings.map(({ type }) => type)).toEqual(['worktree-appeared', 'session-changed']);
    expect(boards.worktree('w1')?.worktree.instanceId).toBe('local');
    expect(boards.state().instances.far?.limits).toContain('the same Jean as “Mine”');
  });

  it('is shown by the other again once one was removed', () => {
    boards.apply('local', shop);
    boards.apply('far', online);
    boards.apply('far', shop);
    boards.close('local');
    boards.apply('far', shop);
    expect(boards.worktree('w1')?.worktree.instanceId).toBe('far');
    expect(boards.state().instances.far?.limits).toBeNull();
  });
});
