import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, isActive, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

test.describe('Jean', () => {
  for (const [how, newToken] of [
    ['the same token', undefined],
    ['a new token', 'Zm9yLXRoZS1uZXh0LXN0YXJ0LW9mLWplYW4tYWxvbmU'],
  ] as const) {
    test(`restarts with ${how}, and the app comes back by itself with what it missed`, async ({ connected, sandbox }) => {
      const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
      await sandbox.jean.stop();
      await connected.until(({ instances }) => instances.local?.health === 'offline', 'Jean is offline');
      const kept = await connected.state();
      expect(kept.credentials[worktree.id]?.state).toBe('active');
      expect(kept.worktrees[worktree.id]?.name).toBe('checkout-flake');
      expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });

      if (newToken) sandbox.jean.setPreferences({ http_server_token: newToken });
      await sandbox.jean.start(0);
      const missed = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'apple-pay' });
      await connected.until(({ instances }) => instances.local?.health === 'online', 'Jean is back');
      await activeCredential(connected, missed);
      expect((await connected.state()).credentials[worktree.id]?.state).toBe('active');
    });
  }

  test('is not running: the window and the tray say so, and what to do', async ({ connected, desktop, sandbox }) => {
    await provisioned(connected, sandbox, 'checkout-flake');
    await sandbox.jean.stop();
    const page = await connected.open('Sessions');
    await expect(page.getByText('Jean is not running, or its web access is off.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Look again' })).toBeVisible();
    const item = await desktop.tray.waitForItem();
    await soon(() => item.toolTip()).toBe('Jean is not reachable');
  });

  test('refuses the token: the app says why and what to do, and takes the right one at once', async ({
    connected,
    launch,
    sandbox,
  }) => {
    const { token, port, dataDir } = sandbox.jean;
    const preferences = (http_server_token: string): Promise<void> =>
      writeFile(
        join(dataDir, 'preferences.json'),
        JSON.stringify({ http_server_port: port, http_server_token, http_server_token_required: true }),
      );
    // An app that runs goes on with the token that Jean took, until Jean is restarted: one that starts has the wrong one alone.
    await connected.quit();
    await preferences('wrong');
    const again = await launch();
    await again.until(({ instances }) => instances.local?.health === 'refused', 'Jean refuses');
    const page = await again.open('Sessions');
    await expect(page.getByText('Jean refused the token in its own preferences. Restart Jean').first()).toBeVisible();
    await preferences(token);
    await again.until(({ instances }) => instances.local?.health === 'online', 'Jean is back');
    expect((await again.audit()).filter(({ kind }) => kind === 'jean.refused')).toHaveLength(1);
  });
});

test.describe('Ravi', () => {
  test('is down while a worktree is made: git works, and the vault gets the credential later', async ({ connected, sandbox }) => {
    sandbox.ravi.faults.down();
    const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
    const credential = await activeCredential(connected, worktree);
    await connected.until(({ services }) => services.ravi?.health === 'down', 'Ravi is down');
    expect(credential.reason).toMatch(/Ravi/);
    expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
    expect(keptAtRavi(sandbox)).toEqual([]);

    sandbox.ravi.faults.up();
    await soon(() => keptAtRavi(sandbox)).toEqual([credential.vaultKey]);
    await connected.until(({ services }) => services.ravi?.health === 'ok', 'Ravi is back');
  });

  test('is down while a credential ends: it dies at GitHub at once, and in the vault later', async ({ connected, sandbox }) => {
    const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
    sandbox.ravi.faults.down();
    sandbox.jean.archiveWorktree(worktree.id);
    await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
    await connected.until(({ services }) => services.ravi?.health === 'down', 'Ravi is down');
    expect(keptAtRavi(sandbox)).toEqual([credential.vaultKey]);
    expect((await connected.state()).credentials[worktree.id]?.state).not.toBe('revoked');
    sandbox.ravi.faults.up();
    await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'revoked', 'all of it is gone');
    expect(keptAtRavi(sandbox)).toEqual([]);
  });
});

test.describe('GitHub', () => {
  test('is down while a worktree is made: the app says why, and the credential is made by itself later', async ({
    connected,
    sandbox,
  }) => {
    sandbox.github.control.faults.down();
    const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
    const failed = await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'failed', 'it failed');
    const { reason } = failed.credentials[worktree.id] ?? {};
    expect(reason).toMatch(/could not be reached/);
    expect(failed.credentials[worktree.id]?.retryAt).toBeGreaterThan(Date.now());
    const page = await connected.open('Sessions');
    await expect(page.getByRole('listitem', { name: 'Session 1' })).toContainText('no credential');
    sandbox.github.control.faults.up();
    await activeCredential(connected, worktree);
    expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  });

  test('gives nothing while a worktree is made: git there is refused, never the developer’s, until there is a credential', async ({
    connected,
    sandbox,
  }) => {
    const { github, jean, repositories, dir } = sandbox;
    const asked = join(dir, 'asked');
    github.control.addCollaborator('acme/shop', 'dana');
    const own = github.control.createPersonalToken('dana');
    const helper = `!f() { echo helper >> ${asked}; test $1 = get && echo username=dana && echo password=${own}; }; f`;
    await appendFile(join(jean.home, '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`);
    const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };
    for (const path of ['*/access_tokens', '/users/*']) github.control.faults.next({ match: { path }, times: 99, answer: busy });

    const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
    await connected.until(({ credentials }) => credentials[worktree.id]?.managed === true, 'git in the worktree is ours');
    const page = await connected.open('Credentials');
    const card = page.getByRole('article', { name: 'Credential of checkout-flake' });
    await expect(card).toContainText('Until then git here is refused.');
    const refused = await push(sandbox, worktree.id);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('Jean Ravi Companion has no GitHub credential for shop · checkout-flake now. Minting');
    expect([existsSync(asked), github.control.pushes()]).toEqual([false, []]);

    github.control.faults.clear();
    await card.getByRole('button', { name: 'Try again now for checkout-flake' }).click();
    await activeCredential(connected, worktree);
    expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
    expect(existsSync(asked)).toBe(false);
    expect(github.control.pushes().map(({ login }) => login)).toEqual(['acme-agents[bot]']);
    const author = await jean.run(worktree.id, 'git config user.name');
    expect(author.stdout.trim()).toBe('acme-agents[bot] (checkout-flake)');
  });

  test('gives nothing for a worktree that is then released: git there is as it was', async ({ launch, sandbox }) => {
    const { jean, repositories, github } = sandbox;
    const { id } = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
    const config = async (): Promise<string> => (await jean.run(id, 'git config --list --show-scope --show-origin')).stdout;
    const before = await config();
    const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };
    github.control.faults.next({ match: { path: '*/access_tokens' }, times: 99, answer: busy });
    const companion = await launch();
    await companion.connectGitHub(sandbox);
    await companion.until(({ credentials }) => credentials[id]?.managed === true, 'git in the worktree is ours');
    expect(await config()).not.toBe(before);
    await companion.request('credentials.release', { worktreeId: id });
    await soon(config).toBe(before);
  });

  test('says that the App is not installed: git there stays the developer’s own, and the row says so', async ({
    connected,
    sandbox,
  }) => {
    const { github, jean, repositories, app } = sandbox;
    github.control.uninstallApp(app.installationId);
    const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
    await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'failed', 'there is no credential');
    const page = await connected.open('Sessions');
    await expect(page.getByRole('listitem', { name: 'Session 1' })).toContainText('no credential, acts as you');
    await connected.open('Credentials');
    const card = page.getByRole('article', { name: 'Credential of checkout-flake' });
    await expect(card).toContainText('The GitHub App is not installed');
    await expect(card).toContainText('Until then git here acts as you.');
    expect((await jean.run(worktree.id, 'git config --get-regexp jeanravi')).stdout).toBe('');
  });

  test('is back: “Try again now” makes the credential without waiting', async ({ connected, sandbox }) => {
    const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };
    sandbox.github.control.faults.next({ match: { method: 'POST', path: '*/access_tokens' }, times: 1, answer: busy });
    const { id } = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
    const { credentials } = await connected.until(({ credentials }) => credentials[id]?.state === 'failed', 'it failed');
    expect(credentials[id]?.retryAt ?? 0).toBeGreaterThan(Date.now() + 60_000);
    const page = await connected.open('Credentials');
    await page.getByRole('button', { name: 'Try again now for checkout-flake' }).click();
    await connected.until(isActive(id), 'it is made');
  });

  test('is down while a pull request is merged: the credential counts as unverified until GitHub says it is dead', async ({
    connected,
    sandbox,
  }) => {
    const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
    sandbox.jean.attachUi(false);
    const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };
    sandbox.github.control.faults.next({ match: { method: 'DELETE', path: '/installation/token' }, times: 99, answer: busy });
    await sandbox.jean.prStatus(worktree.id, { number: 7, url: 'https://example.test/pull/7', state: 'merged' });
    await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'unverified', 'it is not verified');
    expect(aliveAtGitHub(sandbox)).toEqual([credential.fingerprint]);
    expect((await push(sandbox, worktree.id)).code).not.toBe(0);
    const page = await connected.open('Credentials');
    const card = page.getByRole('article', { name: 'Credential of checkout-flake' });
    await expect(card).toContainText('revoked, not verified yet');
    await expect(card).toContainText('The Companion tries again in');

    sandbox.github.control.faults.clear();
    await card.getByRole('button', { name: 'Try again now for checkout-flake' }).click();
    await expect(card).toContainText('revoked, verified');
    expect(aliveAtGitHub(sandbox)).toEqual([]);
    expect(keptAtRavi(sandbox)).toEqual([]);
  });

  test('forgets a token by itself: the next push fails, and the one after has a new credential', async ({
    connected,
    sandbox,
  }) => {
    const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
    sandbox.github.control.revokeToken(credential.fingerprint);
    expect((await push(sandbox, worktree.id)).code).not.toBe(0);
    await connected.until(
      ({ credentials }) =>
        credentials[worktree.id]?.state === 'active' && credentials[worktree.id]?.fingerprint !== credential.fingerprint,
      'there is a new credential',
    );
    expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  });
});
