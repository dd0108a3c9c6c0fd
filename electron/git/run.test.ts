import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, gitEnvironment, runGit } from './run.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'git-run-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('our own git runs', () => {
  it('get no credential, no foreign repository and no prompt from our environment', () => {
    const env = gitEnvironment({
      PATH: '/usr/bin',
      HOME: '/home/me',
      GH_TOKEN: 'x',
      GITHUB_TOKEN: 'x',
      GIT_DIR: '/elsewhere',
      GIT_WORK_TREE: '/elsewhere',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_GLOBAL: '/elsewhere',
      GIT_ASKPASS: '/usr/bin/askpass',
      GIT_TRACE_CURL: '1',
      SSH_AUTH_SOCK: '/tmp/agent',
    });
    expect(env).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/me',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      LC_ALL: 'C',
    });
  });

  it('take their arguments as they are, without a shell', async () => {
    const nasty = '$(touch pwned) `x` ; echo "a\' b"';
    expect(await git(['rev-parse', '--sq-quote', nasty], { cwd })).toContain('$(touch pwned)');
    expect(await git(['hash-object', '--stdin'], { cwd, input: 'hello\n' })).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
  });

  it('say what git said when it fails, without user and password', async () => {
    await expect(git(['clone', 'https://me:sesame@127.0.0.1:1/o/r'], { cwd })).rejects.toSatisfy(
      (error: Error) => /127\.0\.0\.1/.test(error.message) && !/sesame/.test(error.message),
    );
    expect((await runGit(['rev-parse', '--git-dir'], { cwd })).code).toBe(128);
  });

  it('are ended when they take too long, or when nobody wants them any more', async () => {
    const slow = ['-c', 'alias.wait=!sleep 20', 'wait'];
    await expect(runGit(slow, { cwd, timeoutMs: 100 })).rejects.toMatchObject({ kind: 'timeout' });
    const control = new AbortController();
    const under = runGit(slow, { cwd, signal: control.signal });
    control.abort(new Error('quitting'));
    await expect(under).rejects.toThrow('quitting');
  });

  it('fail clearly where there is no such folder', async () => {
    await expect(runGit(['status'], { cwd: join(cwd, 'gone') })).rejects.toMatchObject({ kind: 'not-found' });
  });
});
