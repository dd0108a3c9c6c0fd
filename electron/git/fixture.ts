import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type GitResult, git, runGit } from './run.ts';
import type { WorktreePlan } from './worktree-settings.ts';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Done after the test, the last one first. */
export function afterTest(end: () => Promise<unknown>): void {
  endings.push(end);
}

/** A short path, because a socket's may not be long. */
export async function temporaryDir(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'jr-')));
  afterTest(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A person's machine: a home, a repository of theirs, and one worktree beside it. */
export async function startMachine(origin?: string) {
  const dir = await temporaryDir();
  const home = join(dir, 'home');
  const repository = join(dir, 'repo');
  const worktree = join(dir, 'wt');
  await mkdir(home);
  /** git as an agent in the session runs it: the person's home, and whatever its environment holds. */
  const agent = (args: readonly string[], cwd = worktree, env: Record<string, string> = {}, input = ''): Promise<GitResult> =>
    runGit(args, { cwd, input, timeoutMs: 30_000, env: { HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...env } });
  const options = { cwd: dir, env: { HOME: home, GIT_CONFIG_NOSYSTEM: '1' } };
  await git(['init', '-q', '-b', 'main', repository], options);
  const person = ['-c', 'user.name=Person', '-c', 'user.email=person@example.com'];
  await git([...person, '-C', repository, 'commit', '-q', '--allow-empty', '-m', 'First'], options);
  if (origin !== undefined) await git(['-C', repository, 'remote', 'add', 'origin', origin], options);
  await git(['-C', repository, 'worktree', 'add', '-q', worktree, '-b', 'feature'], options);
  const plan: WorktreePlan & { readonly author: NonNullable<WorktreePlan['author']> } = {
    worktreeId: 'wt-1',
    repository: 'acme/web',
    webUrl: 'https://github.com',
    sshHost: 'github.com',
    socketPath: join(dir, 's', 'wt-1.sock'),
    program: null,
    reasonPath: join(dir, 's', 'wt-1.reason'),
    author: { name: 'jean-ravi[bot] (feature)', email: '7+jean-ravi[bot]@users.noreply.github.com' },
    trailers: null,
  };
  /** An askpass program that gives the person's own password, as an IDE's does. */
  const askpass = join(home, 'askpass');
  await writeFile(askpass, '#!/bin/sh\necho asked >> "$HOME/asked"\necho human\n', { mode: 0o700 });
  return { dir, home, repository, worktree, agent, plan, askpass };
}
