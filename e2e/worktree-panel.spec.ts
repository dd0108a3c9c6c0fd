import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, provisioned, push } from './fixtures/worktrees.ts';

test('permissions of one’s own are what a worktree gets, neither more nor less', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Projects');
  const card = page.getByRole('article', { name: 'Project shop' });
  const choose = async (level: string): Promise<void> => {
    await card.getByRole('button', { name: 'Change what shop gets' }).press('Enter');
    await card.getByRole('radio', { name: 'custom' }).check();
    // It begins with what the profile before it allowed.
    for (const permission of await card.getByRole('table', { name: 'Permissions' }).getByRole('combobox').all())
      await permission.selectOption({ label: 'nothing' });
    await card.getByLabel('Code and branches').selectOption({ label: level });
    await card.getByRole('button', { name: 'Save' }).press('Enter');
    await expect(card.getByRole('radio', { name: 'custom' })).toBeHidden();
  };
  const gets = (permissions: Record<string, string>) =>
    soon(() => sandbox.github.control.liveTokens().map((token) => token.permissions)).toEqual([permissions]);

  await choose('read');
  await gets({ contents: 'read', metadata: 'read' });
  await activeCredential(connected, worktree);
  expect((await push(sandbox, worktree.id)).stderr).toContain('Write access to repository not granted');
  await connected.open('Credentials');
  const panel = page.getByRole('article', { name: 'Credential of checkout-flake' });
  await expect(panel).toContainText('Read code and branches');
  await expect(panel).not.toContainText('pull requests');

  await connected.open('Projects');
  await choose('read and write');
  await gets({ contents: 'write', metadata: 'read' });
  await activeCredential(connected, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('a timeline and pushes that can’t be read say so, and are there after Try again', async ({
  connected,
  sandbox,
  userData,
}) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  await push(sandbox, worktree.id);
  const page = await connected.open('Credentials');
  const panel = page.getByRole('article', { name: 'Credential of checkout-flake' });
  await expect(panel.getByRole('region', { name: 'Pushes of checkout-flake' }).getByRole('listitem')).toHaveCount(1);

  const db = new Database(join(userData, 'companion.db'));
  db.exec('ALTER TABLE push RENAME TO push_away; ALTER TABLE audit_entry RENAME TO audit_away');
  await connected.open('Sessions');
  await connected.open('Credentials');
  const timeline = page.getByRole('button', { name: 'Try again: Timeline of checkout-flake' });
  const pushes = page.getByRole('button', { name: 'Try again: Pushes of checkout-flake' });
  await expect(panel.getByRole('alert').filter({ hasText: 'The pushes can’t be read now.' })).toBeVisible();
  await expect(panel.getByRole('alert').filter({ hasText: 'The audit log can’t be read now.' })).toBeVisible();

  db.exec('ALTER TABLE push_away RENAME TO push; ALTER TABLE audit_away RENAME TO audit_entry');
  db.close();
  for (const again of [timeline, pushes]) await again.press('Enter');
  await expect(panel.getByRole('alert')).toHaveCount(0);
  await expect(panel.getByRole('region', { name: 'Pushes of checkout-flake' }).getByRole('listitem')).toHaveCount(1);
  await expect(panel.getByRole('region', { name: 'Timeline of checkout-flake' })).toContainText('GitHub issued a credential');
});

test('while GitHub hangs, git in a new worktree waits with the companion instead of acting as the developer', async ({
  connected,
  sandbox,
}) => {
  const { github, jean, repositories, dir } = sandbox;
  github.control.addCollaborator('acme/shop', 'dana');
  const own = github.control.createPersonalToken('dana');
  const helper = `!f() { echo helper >> ${join(dir, 'asked')}; test $1 = get && echo username=dana && echo password=${own}; }; f`;
  await appendFile(join(jean.home, '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`);
  github.control.faults.next({ match: { path: '*/access_tokens' }, answer: { delayMs: 11_000 } });

  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  const { credentials } = await connected.until(
    (state) => state.credentials[worktree.id]?.managed === true,
    'git in the worktree is ours',
  );
  expect(credentials[worktree.id]?.state).toBe('minting');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  expect(github.control.pushes().map(({ login }) => login)).toEqual(['acme-agents[bot]']);
});
