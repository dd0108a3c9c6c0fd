import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Worktree } from './model.ts';
import type { TestClient } from './test-client.ts';
import { type TestJean, testJean } from './test-jean.ts';

let test: TestJean;
let client: TestClient;
beforeEach(async () => {
  test = await testJean();
  client = await test.connect();
});
afterEach(async () => {
  await test.close();
});

const project = () => join(test.dir, 'projects', 'shop');
const branches = () =>
  execFileSync('git', ['-C', project(), 'branch', '--format=%(refname:short)'], { encoding: 'utf8' }).split('\n');

function stored(): { worktrees: Worktree[] } {
  return JSON.parse(readFileSync(join(test.dir, 'com.jean.desktop', 'projects.json'), 'utf8'));
}

describe('A worktree of Jean', () => {
  it('is answered as pending, then exists in git and in the file when it is announced as created', async () => {
    writeFileSync(join(project(), 'jean.json'), JSON.stringify({ scripts: { setup: 'echo "on $JEAN_BRANCH"' } }));
    const pending = (await client.invoke('create_worktree', { projectId: test.projectId, customName: 'checkout' })) as Worktree;
    expect(pending).toMatchObject({ name: 'checkout', branch: 'checkout', session_type: 'worktree' });
    const created = await client.saw('worktree:created');
    expect(created.payload).toMatchObject({ worktree: { id: pending.id, path: pending.path }, autoOpenInJean: true });
    expect(execFileSync('git', ['-C', pending.path, 'branch', '--show-current'], { encoding: 'utf8' })).toBe('checkout\n');
    expect(stored().worktrees.map(({ id }) => id)).toEqual([pending.id]);
    const setUp = await client.saw('worktree:setup_complete');
    expect(setUp.payload).toMatchObject({ id: pending.id, setup_output: 'on checkout\n', setup_success: true });
    expect(client.names(/^worktree:/)).toEqual(['worktree:creating', 'worktree:created', 'worktree:setup_complete']);
  });

  it('is not created where its folder or branch exists already', async () => {
    await test.jean.createWorktree(test.projectId, { name: 'taken' });
    await client.invoke('create_worktree', { projectId: test.projectId, customName: 'taken' });
    expect((await client.saw('worktree:path_exists')).payload).toMatchObject({ suggested_name: 'taken-2' });
    await expect(test.jean.createWorktree(test.projectId, { name: 'other', branch: 'taken' })).rejects.toThrow(
      'worktree:branch_exists',
    );
    await expect(test.jean.createWorktree(test.projectId, { name: 'lost', baseBranch: 'nowhere' })).rejects.toThrow(
      'worktree:error',
    );
  });

  it('gets its name from the first prompt while id and path stay', async () => {
    const worktree = await test.jean.createWorktree(test.projectId);
    const session = test.jean.sessions(worktree.id)[0];
    await test.jean.startTurn(session?.id ?? '', { message: 'Fix the flaky checkout test, please', steps: [] });
    const renamed = await client.saw('branch-renamed');
    expect(renamed.payload).toEqual({
      worktree_id: worktree.id,
      old_branch: worktree.branch,
      new_branch: 'fix-the-flaky-checkout-test',
    });
    expect(await client.invoke('get_worktree', { worktreeId: worktree.id })).toMatchObject({
      id: worktree.id,
      path: worktree.path,
      name: 'fix-the-flaky-checkout-test',
    });
    expect(branches()).toContain('fix-the-flaky-checkout-test');
  });

  it('tells cancelled for every session when archived, also for those that did nothing', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'quiet' });
    const idle = test.jean.sessions(worktree.id)[0];
    const busy = test.jean.createSession(worktree.id, { name: 'Busy' });
    await test.jean.startTurn(busy.id, { steps: [{ do: 'say', text: 'Working' }, { do: 'hold' }] });
    await client.invoke('archive_worktree', { worktreeId: worktree.id });
    const cancelled = client.events
      .filter(({ event }) => event === 'chat:cancelled')
      .map(({ payload }) => [payload.session_id, payload.undo_send]);
    expect(cancelled).toEqual([
      [idle?.id, true],
      [busy.id, false],
    ]);
    expect((await client.saw('worktree:archived')).payload).toEqual({ id: worktree.id, project_id: test.projectId });
    expect(await client.invoke('list_worktrees', { projectId: test.projectId })).toEqual([]);
    expect(await client.invoke('list_archived_worktrees')).toMatchObject([{ id: worktree.id }]);
    // The snapshot keeps archived worktrees, with nothing in it that says so.
    expect(await client.invoke('list_all_sessions')).toMatchObject({ entries: [{ worktree_id: worktree.id }] });
    await expect(client.invoke('archive_worktree', { worktreeId: worktree.id })).rejects.toThrow('already archived');
    await client.invoke('unarchive_worktree', { worktreeId: worktree.id });
    expect((await client.saw('worktree:unarchived')).payload).toMatchObject({ worktree: { id: worktree.id } });
  });

  it('is out of the file at once and out of git when it is announced as deleted', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'done' });
    const session = test.jean.sessions(worktree.id)[0];
    await client.invoke('delete_worktree', { worktreeId: worktree.id });
    expect(stored().worktrees).toEqual([]);
    expect((await client.saw('worktree:deleted')).payload).toEqual({ id: worktree.id, project_id: test.projectId });
    expect(client.names(/^worktree:del/)).toEqual(['worktree:deleting', 'worktree:deleted']);
    expect(existsSync(worktree.path)).toBe(false);
    expect(branches()).not.toContain('done');
    expect(existsSync(join(test.dir, 'com.jean.desktop', 'sessions', 'data', session?.id ?? 'none'))).toBe(false);
  });

  it('comes back when its teardown script fails', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'sticky' });
    writeFileSync(join(worktree.path, 'jean.json'), JSON.stringify({ scripts: { teardown: 'echo in use; exit 1' } }));
    await client.invoke('delete_worktree', { worktreeId: worktree.id });
    expect((await client.saw('worktree:delete_error')).payload).toMatchObject({ error: expect.stringContaining('in use') });
    expect(await client.invoke('list_worktrees', { projectId: test.projectId })).toMatchObject([{ id: worktree.id }]);
  });

  it('is dropped when projects are read after its folder has been gone for five minutes', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'vanished' });
    rmSync(worktree.path, { recursive: true });
    expect(await client.invoke('list_worktrees', { projectId: test.projectId })).toHaveLength(1);
    test.jean.clock.move(6 * 60_000);
    expect(await client.invoke('list_worktrees', { projectId: test.projectId })).toEqual([]);
  });

  it('uses in its commands only what its own git config gives', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'clean' });
    const result = await test.jean.run(worktree.id, 'env | cut -d= -f1 | sort; git config user.name');
    expect(result.stdout.split('\n')).toContain('HOME');
    expect(result.stdout).not.toMatch(/TOKEN|ASKPASS|SSH_AUTH_SOCK|GIT_TERMINAL_PROMPT/);
    expect(result.stdout).toContain('Dana Developer');
  });
});

describe('A merged pull request', () => {
  const merged = { number: 41, url: 'http://127.0.0.1/acme/shop/pull/41', state: 'merged' } as const;

  it("deletes the worktree by default, as Jean's window does", async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'merged' });
    await test.jean.prStatus(worktree.id, merged);
    expect((await client.saw('pr:status-update')).payload).toMatchObject({
      pr_number: 41,
      state: 'merged',
      display_status: 'merged',
    });
    await client.saw('worktree:deleted');
    expect(test.jean.worktrees()).toEqual([]);
  });

  it('archives it where the person wants that, and changes nothing while no window is open', async () => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'merged' });
    test.jean.setPreferences({ removal_behavior: 'archive' });
    test.jean.attachUi(false);
    await test.jean.prStatus(worktree.id, merged);
    expect(test.jean.worktrees()).toMatchObject([{ pr_number: 41 }]);
    expect(test.jean.worktrees()[0]?.archived_at).toBeUndefined();
    test.jean.attachUi(true);
    await test.jean.prStatus(worktree.id, merged);
    expect(test.jean.worktrees()[0]?.archived_at).toBeTypeOf('number');
  });
});
