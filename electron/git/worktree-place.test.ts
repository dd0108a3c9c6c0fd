import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startMachine, temporaryDir } from './fixture.ts';
import { git } from './run.ts';
import { isWorktreeOf, linkedWorktrees } from './worktree-place.ts';

describe('where a worktree belongs', () => {
  it('is told by its repository, not by what somebody says of it', async () => {
    const { repository, worktree } = await startMachine();
    const other = join(await temporaryDir(), 'other');
    await git(['init', '-q', other], { cwd: repository });
    expect(await isWorktreeOf(worktree, repository)).toBe(true);
    expect(await isWorktreeOf(worktree, other)).toBe(false);
  });

  it('is left open where the project’s folder is gone', async () => {
    const { repository, worktree } = await startMachine();
    expect(await isWorktreeOf(worktree, join(repository, 'nowhere'))).toBe(true);
  });

  it('is listed by git without the main work tree', async () => {
    const { repository, worktree } = await startMachine();
    expect(await linkedWorktrees(repository)).toEqual([worktree]);
    expect(await linkedWorktrees(join(repository, 'nowhere'))).toEqual([]);
  });
});
