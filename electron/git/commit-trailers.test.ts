import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeHooks, writeTrailers } from './commit-trailers.ts';
import { startMachine } from './fixture.ts';
import { git } from './run.ts';
import { WorktreeConfig } from './worktree-config.ts';

/** A worktree whose commits are marked as session `sess-1`, credential `abcDEF123_-x`. */
async function marked() {
  const machine = await startMachine();
  const { dir, home, worktree, repository } = machine;
  const trailers = { hooks: join(dir, 'our hooks'), file: join(dir, 's', 'wt-1.trailers') };
  const plan = { ...machine.plan, trailers };
  const config = new WorktreeConfig({ home });
  await writeHooks(trailers.hooks);
  await writeTrailers(trailers.file, { session: 'sess-1', credential: 'abcDEF123_-x' });
  await config.install(worktree, plan);
  const commit = (args: readonly string[], env: Record<string, string> = {}) =>
    machine.agent(['commit', '-q', '--allow-empty', ...args], worktree, env);
  const message = async (cwd = worktree) => (await machine.agent(['log', '-1', '--format=%B'], cwd)).stdout.trim();
  const hook = async (name: string, script: string, folder = join(repository, '.git', 'hooks')) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  };
  return { ...machine, config, plan, trailers, commit, message, hook };
}

const both = 'Agent-Session: sess-1\nAgent-Credential: abcDEF123_-x';

describe('a commit in a worktree that marks its commits', () => {
  it('carries session and credential, and none when nothing is known', async () => {
    const { commit, message, trailers } = await marked();
    await commit(['-m', 'Work']);
    expect(await message()).toBe(`Work\n\n${both}`);
    await writeTrailers(trailers.file, { session: null, credential: 'abcDEF123_-x' });
    await commit(['-m', 'More', '-m', 'Signed-off-by: A <a@x>']);
    expect(await message()).toBe('More\n\nSigned-off-by: A <a@x>\nAgent-Credential: abcDEF123_-x');
    await writeTrailers(trailers.file, null);
    await commit(['-m', 'Last']);
    expect(await message()).toBe('Last');
  });

  it('names the session that Jean says it is, where it says so for this worktree', async () => {
    const { commit, message } = await marked();
    await commit(['-m', 'Work'], { JEAN_SESSION_ID: 'exact', JEAN_WORKTREE_ID: 'wt-1' });
    expect(await message()).toContain('Agent-Session: exact\n');
    await commit(['-m', 'Work'], { JEAN_SESSION_ID: 'exact', JEAN_WORKTREE_ID: 'another' });
    expect(await message()).toContain('Agent-Session: sess-1\n');
    await commit(['-m', 'Work'], { JEAN_SESSION_ID: 'x\nEvil: y', JEAN_WORKTREE_ID: 'wt-1' });
    expect(await message()).toBe('Work\n\nAgent-Credential: abcDEF123_-x');
  });

  it('is marked once, by the session that made it first', async () => {
    const { commit, message, trailers } = await marked();
    await commit(['-m', 'Work']);
    await writeTrailers(trailers.file, { session: 'sess-2', credential: 'other' });
    await commit(['--amend', '--no-edit']);
    expect(await message()).toBe(`Work\n\n${both}`);
  });

  it('is left as it is when it is only moved', async () => {
    const { commit, message, agent, repository, worktree } = await marked();
    const person = ['-c', 'user.name=P', '-c', 'user.email=p@x'];
    await agent([...person, 'commit', '-q', '--allow-empty', '-m', 'Theirs'], repository);
    await agent(['cherry-pick', '--allow-empty', 'main']);
    expect(await message()).toBe('Theirs');
    await writeFile(join(worktree, 'a.txt'), 'a');
    await agent(['add', 'a.txt']);
    await agent(['-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'Unmarked']);
    await agent(['rebase', '-q', '--force-rebase', 'HEAD~1']);
    expect(await message()).toBe('Unmarked');
    await commit(['-m', 'Work']);
    expect(await message()).toBe(`Work\n\n${both}`);
  });

  it('is still stopped by an empty message', async () => {
    const { commit } = await marked();
    expect(await commit(['-m', ''])).not.toMatchObject({ code: 0 });
    expect(await commit([], { GIT_EDITOR: 'true' })).not.toMatchObject({ code: 0 });
  });
});

describe('the repository’s own hooks', () => {
  it('run first, see what they always saw, and still stop a commit', async () => {
    const { commit, message, hook, repository } = await marked();
    await hook('prepare-commit-msg', 'echo "Ticket: 7" >> "$1"; test "$2" = message');
    await hook('commit-msg', 'cp "$1" "$(git rev-parse --git-common-dir)/seen"; ! grep -q forbidden "$1"');
    await commit(['-m', 'Work']);
    expect(await message()).toContain(both);
    expect(await readFile(join(repository, '.git', 'seen'), 'utf8')).toMatch(/Ticket: 7\n[\s\S]*Agent-Session: sess-1/);
    expect(await commit(['-m', 'forbidden'])).toMatchObject({ code: 1 });
    await hook('prepare-commit-msg', 'exit 3');
    expect((await commit(['-m', 'Work'])).code).not.toBe(0);
  });

  it('get git’s standard input, and stop a push', async () => {
    const { agent, hook, dir, commit } = await marked();
    await git(['init', '-q', '--bare', join(dir, 'remote.git')], { cwd: dir });
    await agent(['remote', 'add', 'origin', join(dir, 'remote.git')]);
    await commit(['-m', 'Work']);
    const sha = (await agent(['rev-parse', 'HEAD'])).stdout.trim();
    await hook('pre-push', `cat > ${join(dir, 'stdin')}; echo "$@" >> ${join(dir, 'stdin')}; exit 1`);
    expect((await agent(['push', '-q', 'origin', 'HEAD'])).code).not.toBe(0);
    expect(await readFile(join(dir, 'stdin'), 'utf8')).toBe(
      `HEAD ${sha} refs/heads/feature ${'0'.repeat(40)}\norigin ${join(dir, 'remote.git')}\n`,
    );
  });

  it('are found where husky puts them, also when it comes later, and by a way relative to the worktree', async () => {
    const { agent, hook, worktree, repository, commit, message } = await marked();
    await hook('commit-msg', 'exit 1');
    await hook('commit-msg', 'echo Husky >> "$1"', join(worktree, '.husky', '_'));
    await git(['config', 'core.hooksPath', '.husky/_'], { cwd: repository });
    await commit(['-m', 'Work']);
    expect(await message()).toContain('Husky');
    expect(await message()).toContain('Agent-Session: sess-1');
    await agent(['config', '--unset', 'core.hooksPath'], repository);
    expect((await commit(['-m', 'Work'])).code).not.toBe(0);
  });

  it('are git’s again once the worktree is released', async () => {
    const { config, worktree, repository, agent, commit, message, plan } = await marked();
    await config.install(worktree, { ...plan, trailers: null });
    await commit(['-m', 'Work']);
    expect(await message()).toBe('Work');
    await config.install(worktree, plan);
    await config.remove(worktree, repository);
    expect((await agent(['config', '--get-all', 'core.hooksPath'])).stdout).toBe('');
  });

  it('can’t be put into our folder by others, and what was put there goes', async () => {
    const { trailers } = await marked();
    expect((await stat(trailers.hooks)).mode & 0o777).toBe(0o500);
    await chmod(trailers.hooks, 0o700);
    await writeFile(join(trailers.hooks, 'pre-push.old'), 'x');
    await chmod(join(trailers.hooks, 'pre-push'), 0o700);
    await writeFile(join(trailers.hooks, 'pre-push'), 'x');
    await writeHooks(trailers.hooks);
    expect(await readdir(trailers.hooks)).not.toContain('pre-push.old');
    expect(await readFile(join(trailers.hooks, 'pre-push'), 'utf8')).toContain('#!/bin/sh');
  });
});
