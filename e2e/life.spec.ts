import { existsSync } from 'node:fs';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/world.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

/** All that git reads in a folder, and where it stands. */
const configOf = async ({ jean }: Sandbox, worktreeId: string): Promise<string> =>
  (await jean.run(worktreeId, 'git config --list --show-scope --show-origin')).stdout;

const pushes = ({ github }: Sandbox) => github.control.pushes();

test('a new worktree gets its own credential, and git in it pushes as the bot', async ({ connected, sandbox }) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  expect(credential).toMatchObject({ holder: 'acme-agents[bot]', repository: 'acme/shop', vault: 'ravi' });
  const [token] = sandbox.github.control.liveTokens();
  expect(token).toMatchObject({ hash: credential.fingerprint, repositories: ['acme/shop'] });
  expect(keptAtRavi(sandbox)).toEqual([credential.vaultKey]);

  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const email = `${sandbox.app.botId}+acme-agents[bot]@users.noreply.127.0.0.1`;
  const name = 'acme-agents[bot] (checkout-flake)';
  expect(pushes(sandbox)).toMatchObject([
    {
      repo: 'acme/shop',
      login: 'acme-agents[bot]',
      tokenHash: credential.fingerprint,
      commits: [{ author: { name, email }, committer: { name, email } }],
    },
  ]);
  await connected.until(({ credentials }) => credentials[worktree.id]?.lastUsedAt != null, 'its use is noticed');
});

test('each worktree has a credential of its own', async ({ connected, sandbox }) => {
  const one = await provisioned(connected, sandbox, 'one');
  const other = await provisioned(connected, sandbox, 'other');
  await push(sandbox, one.worktree.id);
  await push(sandbox, other.worktree.id);
  expect(pushes(sandbox).map(({ tokenHash }) => tokenHash)).toEqual([one.credential.fingerprint, other.credential.fingerprint]);
  expect([...keptAtRavi(sandbox)].sort()).toEqual([one.credential.vaultKey, other.credential.vaultKey].sort());
});

test('a click on Rotate kills the old token, and the next push works with the new one', async ({ connected, sandbox }) => {
  const { worktree, credential: old } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Sessions');
  await page.getByRole('button', { name: 'Rotate checkout-flake' }).click();

  await soon(() => aliveAtGitHub(sandbox).includes(old.fingerprint)).toBe(false);
  const now = await activeCredential(connected, worktree);
  expect(now.fingerprint).not.toBe(old.fingerprint);
  await soon(() => aliveAtGitHub(sandbox)).toEqual([now.fingerprint]);
  expect(keptAtRavi(sandbox)).toEqual([now.vaultKey]);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  expect(pushes(sandbox)).toMatchObject([{ tokenHash: now.fingerprint }]);
});

test('Revoke asks first, then git fails closed until a new credential is made', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Credentials');
  const dialog = page.getByRole('dialog', { name: 'Revoke the credential of checkout-flake' });
  await page.getByRole('button', { name: 'Revoke checkout-flake' }).click();
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await expect(dialog).toBeHidden();
  expect(aliveAtGitHub(sandbox)).toHaveLength(1);

  await page.getByRole('button', { name: 'Revoke checkout-flake' }).click();
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  const card = page.getByRole('article', { name: 'Credential of checkout-flake' });
  await expect(card).toContainText('revoked, verified');
  await expect(card).toContainText('You revoked it.');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(keptAtRavi(sandbox)).toEqual([]);
  const refused = await push(sandbox, worktree.id);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('You revoked it. Its GitHub credential is revoked; open Jean Ravi Companion');

  await card.getByRole('button', { name: 'Make a credential for checkout-flake' }).click();
  await activeCredential(connected, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('a merged pull request ends the credential, and git in the worktree fails closed', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  // Without its window Jean leaves the worktree where it is.
  sandbox.jean.attachUi(false);
  await sandbox.jean.prStatus(worktree.id, { number: 7, url: 'https://example.test/pull/7', state: 'merged' });

  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'revoked', 'the credential is revoked');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(keptAtRavi(sandbox)).toEqual([]);
  const refused = await push(sandbox, worktree.id);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('Its pull request was merged. Its GitHub credential is revoked; open Jean Ravi Companion');
  expect(pushes(sandbox)).toEqual([]);
});

test('an archived worktree gives its credential back, and its git is as it was before', async ({ launch, sandbox }) => {
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const before = await configOf(sandbox, worktree.id);
  const companion = await launch();
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  await activeCredential(companion, worktree);
  expect(await configOf(sandbox, worktree.id)).not.toBe(before);

  sandbox.jean.archiveWorktree(worktree.id);
  await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  await soon(() => configOf(sandbox, worktree.id)).toBe(before);

  sandbox.jean.unarchiveWorktree(worktree.id);
  await activeCredential(companion, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('a deleted worktree leaves no credential and nothing of ours in the repository', async ({ launch, sandbox }) => {
  const { projectId } = sandbox.repositories.shop;
  const base = sandbox.jean.createBaseWorktree(projectId);
  const before = await configOf(sandbox, base.id);
  const companion = await launch();
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  const { worktree } = await provisioned(companion, sandbox, 'checkout-flake');
  await sandbox.jean.deleteWorktree(worktree.id);

  await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  await soon(() => configOf(sandbox, base.id)).toBe(before);
});

test('the developer’s own login is never used, whether there is a credential or not', async ({ connected, sandbox }) => {
  const { jean, github, repositories } = sandbox;
  const asked = join(sandbox.dir, 'asked');
  github.control.addCollaborator('acme/shop', 'dana');
  const own = github.control.createPersonalToken('dana');
  const helper = `!f() { echo helper >> ${asked}; test $1 = get && echo username=dana && echo password=${own}; }; f`;
  await appendFile(join(jean.home, '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`);
  const program = join(sandbox.dir, 'askpass');
  await writeFile(program, `#!/bin/sh\necho askpass >> ${asked}\necho ${own}\n`, { mode: 0o700 });
  const withAskpass = `GIT_ASKPASS=${program}`;

  const base = jean.createBaseWorktree(repositories.shop.projectId);
  expect(await push(sandbox, base.id, withAskpass)).toMatchObject({ code: 0 });
  expect(pushes(sandbox)).toMatchObject([{ login: 'dana' }]);
  await rm(asked);

  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  expect(await push(sandbox, worktree.id, withAskpass)).toMatchObject({ code: 0 });
  await connected.request('credentials.revoke', { worktreeId: worktree.id });
  expect((await push(sandbox, worktree.id, withAskpass)).code).not.toBe(0);
  expect(existsSync(asked)).toBe(false);
  expect(pushes(sandbox).map(({ login }) => login)).toEqual(['dana', 'acme-agents[bot]']);
});
