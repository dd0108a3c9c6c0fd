import { describe, expect, it } from 'vitest';
import type { Bypass } from '../git/bypass.ts';
import { bypassWords, environmentWords } from './bypass-words.ts';

const here = { repository: 'acme/shop', path: '/jean/shop/a', webUrl: 'https://github.com' };
const toOurs = 'git -C /jean/shop/a remote set-url origin https://github.com/acme/shop.git';

describe('a way past the companion', () => {
  it.each<[string, Bypass, string, string]>([
    [
      'an SSH alias of the repository gets its HTTPS address',
      { kind: 'ssh-remote', name: 'origin', host: 'work', repository: 'Acme/Shop' },
      'ssh-alias',
      toOurs,
    ],
    [
      'an SSH remote of something else is not sent to our repository',
      { kind: 'ssh-remote', name: 'backup', host: 'backup.example', repository: 'dana/copy' },
      'ssh-remote',
      'git -C /jean/shop/a remote remove backup',
    ],
    ['a password leaves the address', { kind: 'password-in-url', name: 'origin' }, 'password-in-url', toOurs],
    ['a user leaves the address', { kind: 'user-in-url', name: 'origin', user: 'dana' }, 'user-in-url', toOurs],
    [
      'a setting is taken out of the file that it stands in',
      { kind: 'extra-header', name: 'http.https://github.com/.extraheader', scope: 'global' },
      'extra-header',
      'git -C /jean/shop/a config --global --unset-all http.https://github.com/.extraheader',
    ],
    [
      'so is a command for SSH',
      { kind: 'ssh-command', name: 'core.sshcommand', scope: 'worktree' },
      'ssh-command',
      'git -C /jean/shop/a config --worktree --unset-all core.sshCommand',
    ],
  ])('%s', (_what, bypass, kind, command) => expect(bypassWords(bypass, here)).toMatchObject({ kind, command }));

  it('has a command that a shell takes as it is meant, whatever the names', () => {
    const odd = { kind: 'password-in-url', name: "a'; rm -rf ~; '" } as const;
    expect(bypassWords(odd, { ...here, path: '/jean/my shop' }).command).toBe(
      `git -C '/jean/my shop' remote set-url 'a'\\''; rm -rf ~; '\\''' https://github.com/acme/shop.git`,
    );
  });

  it.each([
    ['GH_TOKEN', 'gh and other programs use it'],
    ['GIT_ASKPASS', 'git in managed worktrees does not ask it'],
    ['GIT_SSH_COMMAND', 'the key for SSH remotes'],
    ['GIT_CONFIG_COUNT', 'overrule those of the worktree'],
  ])('%s in Jean’s environment says what it does', (name, words) => expect(environmentWords(name).what).toContain(words));
});
