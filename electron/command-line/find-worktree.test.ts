import { describe, expect, it } from 'vitest';
import { findWorktree } from './find-worktree.ts';

const worktree = (id: string, name: string, branch: string, project = 'shop') => ({
  id,
  name,
  branch,
  project,
  path: `/trees/${project}/${name}`,
});
const all = [
  worktree('w1', 'pay', 'feature/pay'),
  worktree('w2', 'flake', 'fix/flake'),
  worktree('w3', 'pay', 'pay', 'api'),
  { ...worktree('w4', 'inner', 'inner'), path: '/trees/shop/flake/inner' },
];
const find = (text: string, ...paths: string[]) => findWorktree(all, { text, paths }).id;

describe('the worktree that the person means', () => {
  it('is found by id, name, branch, project and name, and path', () => {
    expect(find('w3')).toBe('w3');
    expect(find('flake')).toBe('w2');
    expect(find('feature/pay')).toBe('w1');
    expect(find('api/pay')).toBe('w3');
    expect(find('/trees/shop/pay', '/trees/shop/pay')).toBe('w1');
  });

  it('is the one that the folder is in, the innermost where one lies in another', () => {
    expect(find('.', '/trees/shop/flake/src/deep')).toBe('w2');
    expect(find('.', '/trees/shop/flake/inner/src')).toBe('w4');
  });

  it('is never one whose path only begins alike', () => {
    expect(() => find('.', '/trees/shop/flakey')).toThrow('This folder is in no worktree of Jean.');
  });

  it('is asked for again when several have the name', () => {
    expect(() => find('pay')).toThrow(
      '2 worktrees are called pay. Say which by its id or path:\n  shop/pay  feature/pay  w1\n  api/pay  pay  w3',
    );
  });

  it('is missed with a sentence', () => {
    expect(() => find('gone', '/trees/gone')).toThrow('There is no worktree gone.');
  });
});
