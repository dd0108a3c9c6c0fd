import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCommit, wasMadeIn } from './commits.ts';
import { afterTest, startMachine } from './fixture.ts';
import { remoteMoves } from './push-log.ts';
import { type Push, PushWatch } from './pushes.ts';
import { git } from './run.ts';
import { WorktreeConfig } from './worktree-config.ts';

/** A repository with a bare remote of its own and two managed worktrees, `feature` and `other`. */
async function watched(windowMs?: number) {
  const machine = await startMachine();
  const { dir, repository, worktree, plan, home } = machine;
  const options = { cwd: dir };
  const remote = join(dir, 'remote.git');
  const other = join(dir, 'other');
  await git(['init', '-q', '--bare', remote], options);
  await git(['-C', repository, 'remote', 'add', 'origin', remote], options);
  await git(['-C', repository, 'push', '-q', 'origin', 'main'], options);
  await git(['-C', repository, 'worktree', 'add', '-q', other, '-b', 'other'], options);
  const config = new WorktreeConfig({ home });
  await config.install(worktree, plan);
  const email = plan.author.email;
  await config.install(other, { ...plan, worktreeId: 'wt-2', author: { name: 'jean-ravi[bot] (other)', email } });

  const told: { where: string; push: Push }[] = [];
  const waiting: (() => void)[] = [];
  const errors: unknown[] = [];
  const watch = new PushWatch({
    now: Date.now,
    onError: (error) => errors.push(error),
    ...(windowMs === undefined ? {} : { windowMs }),
  });
  afterTest(async () => watch.stop());
  const expectIn = (where: 'feature' | 'other', from = Date.now()) =>
    watch.expect(where === 'feature' ? worktree : other, from, (push) => {
      told.push({ where, push });
      for (const done of waiting.splice(0)) done();
    });
  const toldOf = async (count: number) => {
    while (told.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return told;
  };
  const commit = async (cwd: string, message: string, env: Record<string, string> = {}) => {
    await machine.agent(['commit', '-q', '--allow-empty', '-m', message], cwd, env);
    return (await machine.agent(['rev-parse', 'HEAD'], cwd)).stdout.trim();
  };
  const push = (cwd: string, refs: readonly string[] = ['HEAD'], env: Record<string, string> = {}) =>
    machine.agent(['push', '-q', 'origin', ...refs], cwd, env);
  return { ...machine, other, expectIn, toldOf, told, commit, push, errors };
}

describe('a push out of a managed worktree', () => {
  it('is told with the commits that went out, a new branch without what the remote had', async () => {
    const { worktree, expectIn, toldOf, commit, push } = await watched();
    const first = await commit(worktree, 'One');
    const second = await commit(worktree, 'Two');
    await expectIn('feature');
    await push(worktree);
    const [one] = await toldOf(1);
    const author = 'jean-ravi[bot] (feature) <7+jean-ravi[bot]@users.noreply.github.com>';
    expect(one?.push).toMatchObject({ remote: 'origin', branch: 'feature', old: null, new: second, count: 2 });
    expect(one?.push.commits).toEqual([
      { sha: second, author, subject: 'Two' },
      { sha: first, author, subject: 'One' },
    ]);
    const third = await commit(worktree, 'Three');
    await push(worktree, ['HEAD:refs/heads/deep/er/branch']);
    await push(worktree);
    const all = await toldOf(3);
    const later = all.slice(1).map(({ push: { branch, old, new: tip, commits } }) => ({ branch, old, tip, commits }));
    expect(later).toContainEqual(expect.objectContaining({ branch: 'deep/er/branch', old: null, tip: third }));
    expect(later).toContainEqual(expect.objectContaining({ branch: 'feature', old: second, tip: third }));
    // It went out once, by whichever came first.
    expect(later.flatMap(({ commits }) => commits.map(({ subject }) => subject))).toEqual(['Three']);
  });

  it('is noticed though it was through before anybody looked', async () => {
    const { worktree, expectIn, toldOf, commit, push } = await watched();
    await commit(worktree, 'One');
    const from = Date.now();
    await push(worktree);
    await expectIn('feature', from);
    expect((await toldOf(1))[0]).toMatchObject({ where: 'feature', push: { branch: 'feature', count: 1 } });
  });

  it('is told apart from another worktree’s in the same second, whatever branch it goes to', async () => {
    const { worktree, other, expectIn, toldOf, commit, push } = await watched();
    const [here, there] = [await commit(worktree, 'Here'), await commit(other, 'There')];
    const from = Date.now();
    await Promise.all([
      expectIn('feature', from),
      push(worktree, ['HEAD:refs/heads/swapped']),
      push(other, ['HEAD:refs/heads/feature']),
    ]);
    await expectIn('other', from);
    const shas = (await toldOf(2)).map(({ where, push: { commits } }) => [where, commits.map(({ sha }) => sha)]);
    expect(Object.fromEntries(shas)).toEqual({ feature: [here], other: [there] });
  });

  it('loses no commit when stacked branches go out at once', async () => {
    const { worktree, expectIn, toldOf, commit, push } = await watched();
    const base = await commit(worktree, 'Base');
    const top = await commit(worktree, 'Top');
    await expectIn('feature');
    await push(worktree, [`${base}:refs/heads/stack-1`, `${top}:refs/heads/stack-2`]);
    const told = await toldOf(2);
    expect(told.map(({ push: { branch } }) => branch).sort()).toEqual(['stack-1', 'stack-2']);
    expect(told.flatMap(({ push: { commits } }) => commits.map(({ sha }) => sha)).sort()).toEqual([base, top].sort());
  });

  it('is the worktree’s also when the session commits under a name of its own', async () => {
    const { worktree, expectIn, toldOf, commit, push } = await watched();
    const env = { GIT_COMMITTER_NAME: 'Somebody', GIT_COMMITTER_EMAIL: 'some@body.test' };
    await commit(worktree, 'One', env);
    await expectIn('feature');
    await push(worktree, ['HEAD'], env);
    expect(await toldOf(1)).toMatchObject([{ where: 'feature', push: { branch: 'feature' } }]);
  });

  it('is not what the person pushes, nor what a fetch brings', async () => {
    const { repository, worktree, other, expectIn, toldOf, told, commit, push, agent } = await watched();
    await expectIn('feature');
    await agent(['-c', 'user.name=P', '-c', 'user.email=p@x', 'commit', '-q', '--allow-empty', '-m', 'Own'], repository);
    await push(repository, ['main', 'HEAD:refs/heads/mine'], { GIT_COMMITTER_NAME: 'P', GIT_COMMITTER_EMAIL: 'p@x' });
    await push(other);
    await agent(['fetch', '-q'], worktree);
    const sha = await commit(worktree, 'One');
    await push(worktree);
    await toldOf(1);
    expect(told.map(({ push: { new: tip } }) => tip)).toEqual([sha]);
  });

  it('is not waited for for ever', async () => {
    const { worktree, expectIn, told, commit, push } = await watched(50);
    await expectIn('feature');
    await new Promise((resolve) => setTimeout(resolve, 120));
    await commit(worktree, 'One');
    await push(worktree);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(told).toEqual([]);
  });
});

describe('a commit', () => {
  it('is found by the beginning of its id, and known to the worktree that made it', async () => {
    const { repository, worktree, other, commit, agent } = await watched();
    const sha = await commit(worktree, 'One');
    expect(await findCommit(repository, sha.slice(0, 7))).toMatchObject({ sha, subject: 'One' });
    expect(await findCommit(repository, '0000000')).toBeNull();
    expect(await findCommit(join(repository, 'gone'), sha)).toBeNull();
    await agent(['checkout', '-q', '--detach', sha], other);
    expect([await wasMadeIn(worktree, sha), await wasMadeIn(other, sha)]).toEqual([true, false]);
  });
});

describe('a line of a reflog', () => {
  it('is a push only where git says so, and only when it is whole', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
    const text = [
      `${'0'.repeat(40)} ${a} bot[bot] (x) <1@x> 1700000000 +0100\tupdate by push`,
      `${a} ${b} bot <1@x> 1700000001 +0000\tfetch: fast-forward`,
      'nonsense',
      `${a} ${b} bot <1@x> 1700000002 +0000\tupdate by push`,
    ];
    const first = { old: null, new: a, who: 'bot[bot] (x) <1@x>', at: 1_700_000_000_000, pushed: true };
    expect(remoteMoves(text.join('\n'))).toEqual([first, expect.objectContaining({ old: a, new: b, pushed: false })]);
    expect(remoteMoves(`${text.join('\n')}\n`)).toHaveLength(3);
    expect(remoteMoves('')).toEqual([]);
  });
});
