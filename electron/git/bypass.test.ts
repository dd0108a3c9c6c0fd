import { describe, expect, it } from 'vitest';
import { bypassesOf } from './bypass.ts';
import { startMachine } from './fixture.ts';
import { WorktreeConfig } from './worktree-config.ts';

/** What is found in a managed worktree after these git commands of somebody there. */
async function foundAfter(...commands: readonly (readonly string[])[]) {
  const { worktree, home, plan, agent } = await startMachine('https://github.com/acme/web.git');
  await new WorktreeConfig({ home }).install(worktree, plan);
  for (const command of commands) await agent(command);
  return await bypassesOf(worktree);
}

describe('ways past the companion', () => {
  it('are none in a worktree as Jean makes it', async () => expect(await foundAfter()).toEqual([]));

  it('are none where SSH means the very server: it is taken to HTTPS', async () =>
    expect(await foundAfter(['remote', 'set-url', 'origin', 'git@github.com:acme/web.git'])).toEqual([]));

  it('are an SSH alias, with the command that SSH is run by', async () =>
    expect(
      await foundAfter(
        ['remote', 'set-url', 'origin', 'work:acme/web.git'],
        ['config', '--worktree', 'core.sshCommand', 'ssh -i k'],
      ),
    ).toEqual([
      { kind: 'ssh-remote', name: 'origin', host: 'work', repository: 'acme/web' },
      { kind: 'ssh-command', name: 'core.sshcommand', scope: 'worktree' },
    ]));

  it('are passwords and headers, named without their value, and users', async () => {
    const found = await foundAfter(
      ['remote', 'add', 'leaky', 'https://me:sesame@github.com/acme/web.git'],
      ['remote', 'add', 'old', `https://${'5e5a3e'.repeat(7)}@github.com/acme/web.git`],
      ['remote', 'add', 'named', 'https://dana@github.com/acme/web.git'],
      ['config', '--local', 'http.https://github.com/.extraHeader', 'Authorization: basic sesame'],
    );
    expect(found).toEqual([
      { kind: 'password-in-url', name: 'leaky' },
      { kind: 'user-in-url', name: 'named', user: 'dana' },
      { kind: 'password-in-url', name: 'old' },
      { kind: 'extra-header', name: 'http.https://github.com/.extraheader', scope: 'local' },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/sesame|5e5a3e/);
  });
});
