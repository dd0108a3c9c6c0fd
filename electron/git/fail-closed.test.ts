import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import type { GitAnswer, GitRequest } from './credential-protocol.ts';
import { listenForGit } from './credential-socket.ts';
import { afterTest, startMachine } from './fixture.ts';
import { writeReason } from './reason-file.ts';
import { WorktreeConfig } from './worktree-config.ts';

const notRunning =
  'Jean Ravi Companion is not running, so git has no credential for acme/web. Start it, or release this worktree.';

/**
 * A person whose own credential can push, by every way that git knows: two global helpers, an askpass program, SSH rules. And a GitHub
 * that would take it.
 */
async function tempted(origin: (webUrl: string) => string = (web) => `${web}/acme/web.git`) {
  const { github, control, mint } = await startWithApp();
  const machine = await startMachine(origin(github.webUrl));
  const { agent, home, plan: plain, askpass } = machine;
  const own = control.createPersonalToken('person');
  control.addCollaborator('acme/web', 'person');
  const helper = `!f() { echo asked >> ${home}/asked; echo username=person; echo password=${own}; }; f`;
  await agent(['config', '--global', '--add', 'credential.helper', helper]);
  await agent(['config', '--global', '--add', `credential.${github.webUrl}/acme/web.git.helper`, helper]);
  await writeFile(askpass, `#!/bin/sh\necho asked >> "$HOME/asked"\ncase "$1" in User*) echo person;; *) echo ${own};; esac\n`);
  const plan = { ...plain, webUrl: github.webUrl };
  const config = new WorktreeConfig({ home });
  const push = (more: readonly string[] = []) =>
    agent(['push', ...more, 'origin', 'HEAD'], machine.worktree, { GIT_ASKPASS: askpass, SSH_ASKPASS: askpass });
  const askedPerson = async (): Promise<boolean> => (await readFile(join(home, 'asked'), 'utf8').catch(() => '')) !== '';
  const requests: GitRequest[] = [];
  const listen = async (answer: () => GitAnswer) => {
    const socket = await listenForGit({
      path: plan.socketPath,
      answer: async (request) => {
        requests.push(request);
        return answer();
      },
    });
    afterTest(() => socket.close());
    return socket;
  };
  const token = async () => Secret.of((await mint({ repositories: ['web'] })).token);
  return { ...machine, github, control, plan, config, push, askedPerson, listen, requests, token, own };
}

describe('git in a managed worktree', () => {
  it('would push as the person when it is not managed: these tests have teeth', async () => {
    const { push, control, askedPerson } = await tempted();
    expect((await push()).code).toBe(0);
    expect(control.pushes()).toMatchObject([{ login: 'person' }]);
    expect(await askedPerson()).toBe(true);
  });

  it.each(['classic', 'stateless'] as const)('pushes as the bot with a %s token, and says how that went', async (format) => {
    const { push, control, askedPerson, config, plan, worktree, agent, listen, requests, token } = await tempted();
    control.setTokenFormat(format);
    await config.install(worktree, plan);
    const password = await token();
    await listen(() => ({ username: 'x-access-token', password, expiresAt: Date.now() + 3_600_000 }));
    await agent(['commit', '-q', '--allow-empty', '-m', 'Work']);
    expect(await push()).toMatchObject({ code: 0 });
    expect(control.pushes()).toMatchObject([{ login: 'jean-ravi[bot]', repo: 'acme/web' }]);
    expect(control.pushes()[0]?.commits).toContainEqual(
      expect.objectContaining({ author: { name: plan.author.name, email: plan.author.email } }),
    );
    expect(await askedPerson()).toBe(false);
    const { host } = new URL(plan.webUrl);
    expect(requests).toMatchObject([
      { action: 'get', protocol: 'http', host, path: 'acme/web.git' },
      { action: 'store', protocol: 'http', host, path: 'acme/web.git', username: 'x-access-token' },
    ]);
    expect(requests[1]?.password?.reveal()).toBe(password.reveal());
  });

  it('tells us when GitHub no longer takes a token, and does not look for another', async () => {
    const { push, control, askedPerson, config, plan, worktree, listen, requests, token } = await tempted();
    await config.install(worktree, plan);
    const password = await token();
    control.revokeToken(control.liveTokens().find(({ kind }) => kind !== 'personal')?.hash ?? '');
    await listen(() => ({ username: 'x-access-token', password, expiresAt: Date.now() + 3_600_000 }));
    const { code, stderr } = await push();
    expect([code, /Authentication failed/.test(stderr)]).toEqual([128, true]);
    expect(requests.map(({ action }) => action)).toEqual(['get', 'erase']);
    expect([control.pushes(), await askedPerson()]).toEqual([[], false]);
  });

  it('fails with our sentence while the app is away, also after a reboot or a kill', async () => {
    const { push, control, askedPerson, config, plan, worktree, listen, github } = await tempted();
    await config.install(worktree, plan);
    const never = await push();
    expect([never.code, never.stderr.includes(notRunning)]).toEqual([128, true]);
    const socket = await listen(() => ({ refuse: true }));
    await socket.close();
    const away = await push();
    expect([away.code, away.stderr.includes(notRunning)]).toEqual([128, true]);
    // A file where nobody listens any more.
    await writeFile(plan.socketPath, '');
    const stale = await push();
    expect([stale.code, stale.stderr.includes(notRunning)]).toEqual([128, true]);
    expect([control.pushes(), await askedPerson()]).toEqual([[], false]);
    expect(github.control.calls().every(({ login }) => login !== 'person')).toBe(true);
  });

  it('fails with the reason when the app refuses', async () => {
    const { push, control, askedPerson, config, plan, worktree, listen } = await tempted();
    await config.install(worktree, plan);
    await listen(() => ({ refuse: true }));
    await writeReason(plan.reasonPath, 'GitHub can’t be reached since 14:02, so there is no credential for acme/web yet.');
    const { code, stderr } = await push();
    expect(code).toBe(128);
    expect(stderr).toContain('GitHub can’t be reached since 14:02');
    expect(stderr).not.toContain('not running');
    expect([control.pushes(), await askedPerson()]).toEqual([[], false]);
  });

  it('goes over https with our token where the remote is SSH', async () => {
    const { push, control, config, plan, worktree, listen, token } = await tempted(() => 'git@github.com:acme/web.git');
    await config.install(worktree, plan);
    expect((await push()).stderr).toContain(notRunning);
    const password = await token();
    await listen(() => ({ username: 'x-access-token', password, expiresAt: Date.now() + 3_600_000 }));
    expect((await push()).code).toBe(0);
    expect(control.pushes()).toMatchObject([{ login: 'jean-ravi[bot]' }]);
  });

  it('uses our token also where the address names a user', async () => {
    const { push, control, askedPerson, config, plan, worktree, agent, listen, token } = await tempted();
    await config.install(worktree, plan);
    // Added after our settings, so that nothing rewrites it.
    await agent(['remote', 'set-url', 'origin', `${plan.webUrl.replace('://', '://person@')}/acme/web.git`]);
    const password = await token();
    await listen(() => ({ username: 'x-access-token', password, expiresAt: Date.now() + 3_600_000 }));
    expect((await push()).code).toBe(0);
    expect(control.pushes()).toMatchObject([{ login: 'jean-ravi[bot]' }]);
    expect(await askedPerson()).toBe(false);
  });

  it('does not send the password of a .netrc', async () => {
    const { push, control, config, plan, worktree, home, agent, own } = await tempted();
    const { hostname } = new URL(plan.webUrl);
    await writeFile(join(home, '.netrc'), `machine ${hostname} login person password ${own}\n`, { mode: 0o600 });
    await agent(['config', '--global', '--unset-all', 'credential.helper']);
    expect((await push()).code).toBe(0);
    expect(control.pushes()).toMatchObject([{ login: 'person' }]);
    await agent(['commit', '-q', '--allow-empty', '-m', 'More', '--author', 'A <a@b.c>']);
    await config.install(worktree, plan);
    const { code, stderr } = await push();
    expect([code, stderr.includes(notRunning)]).toEqual([128, true]);
    expect(control.pushes()).toHaveLength(1);
  });

  it('is the person’s own again once it is released', async () => {
    const { push, control, config, plan, worktree } = await tempted();
    await config.install(worktree, plan);
    await config.remove(worktree);
    await rm(plan.socketPath, { force: true });
    expect((await push()).code).toBe(0);
    expect(control.pushes()).toMatchObject([{ login: 'person' }]);
  });
});
