import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/world.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

/** The bytes of the config files that git in a worktree reads; null where there is no such file. */
async function configFiles({ jean }: Sandbox, worktreeId: string): Promise<readonly (Buffer | null)[]> {
  const { stdout } = await jean.run(worktreeId, 'git rev-parse --path-format=absolute --git-common-dir --git-dir');
  const [common = '', own = ''] = stdout.split('\n');
  const files = [join(common, 'config'), join(common, 'config.worktree'), join(own, 'config.worktree')];
  return Promise.all(files.map((file) => readFile(file).catch(() => null)));
}

test('an entry of ours in the vault that belongs to no worktree is listed and deleted by a click, a foreign one never', async ({
  connected,
  sandbox,
}) => {
  const { credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const foreign = 'JEAN_GH_TOKEN_SHOP_MINE';
  const orphan = 'JEAN_GH_TOKEN_SHOP_LONG_GONE';
  const { identityUuid } = sandbox.raviAccount;
  sandbox.ravi.keepSecret(identityUuid, { key: foreign, value: 'sesame', notes: 'For the deploy script' });
  const notes = 'Jean Ravi Companion · acme/shop · worktree long-gone';
  sandbox.ravi.keepSecret(identityUuid, { key: orphan, value: 'sesame', notes });
  const setup = await connected.open('Settings');
  await setup.getByRole('button', { name: 'Look again' }).first().click();

  const page = await connected.open('Credentials');
  const group = page.getByRole('region', { name: 'Left over' });
  await expect(group.getByRole('listitem')).toHaveCount(1);
  await group.getByRole('button', { name: orphan }).click();
  await page
    .getByRole('article', { name: `Left over: ${orphan}` })
    .getByRole('button', { name: 'Delete from the vault' })
    .click();
  const dialog = page.getByRole('dialog', { name: `Delete ${orphan} from the vault` });
  await expect(dialog).toContainText('nobody can revoke it any more');
  expect(keptAtRavi(sandbox)).toContain(orphan);
  await dialog.getByRole('button', { name: 'Delete from the vault' }).click();

  await expect(group).toBeHidden();
  expect([...keptAtRavi(sandbox)].sort()).toEqual([credential.vaultKey, foreign].sort());
});

test('what an agent took away is put back at the next look: settings, socket and vault entry', async ({
  connected,
  sandbox,
  userData,
}) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const before = await configFiles(sandbox, worktree.id);
  const folder = join(userData, 'git');
  const [socket = ''] = (await readdir(folder)).filter((name) => name.endsWith('.sock'));

  await sandbox.jean.run(worktree.id, 'rm "$(git rev-parse --git-dir)/config.worktree"');
  await rm(join(folder, socket));
  sandbox.ravi.dropSecret(sandbox.raviAccount.identityUuid, credential.vaultKey);
  expect((await push(sandbox, worktree.id)).code).not.toBe(0);

  await connected.request('setup.retry', { service: 'jean' });
  await soon(() => configFiles(sandbox, worktree.id)).toEqual(before);
  await soon(() => existsSync(join(folder, socket))).toBe(true);
  await soon(() => keptAtRavi(sandbox)).toEqual([credential.vaultKey]);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const put = (await connected.audit()).filter(({ kind }) => kind === 'credential.reconciled').map(({ message }) => message);
  expect(put).toEqual([
    expect.stringContaining('they were put back'),
    expect.stringContaining('it was opened again'),
    expect.stringContaining('it is stored again'),
  ]);
});

test('a released worktree has its git config back, byte for byte, and stays released', async ({ launch, sandbox }) => {
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const before = await configFiles(sandbox, worktree.id);
  const companion = await launch();
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  await activeCredential(companion, worktree);
  expect(await configFiles(sandbox, worktree.id)).not.toEqual(before);

  const page = await companion.open('Credentials');
  await page.getByRole('button', { name: 'Release checkout-flake' }).click();
  const dialog = page.getByRole('dialog', { name: 'Release checkout-flake' });
  await expect(dialog).toContainText('git there is yours again');
  await dialog.getByRole('button', { name: 'Release', exact: true }).click();
  const card = page.getByRole('article', { name: 'Credential of checkout-flake' });
  await expect(card).toContainText('git there is your own.');
  await expect(card).toContainText('revoked, verified');
  expect(await configFiles(sandbox, worktree.id)).toEqual(before);

  await companion.request('setup.retry', { service: 'jean' });
  await companion.until(({ instances }) => instances.local?.health === 'online', 'Jean is there');
  expect(await configFiles(sandbox, worktree.id)).toEqual(before);
  await card.getByRole('button', { name: 'Make a credential for checkout-flake' }).click();
  await activeCredential(companion, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('a worktree that was revoked, and deleted while the app was away, leaves neither socket nor settings', async ({
  launch,
  sandbox,
  userData,
}) => {
  const base = sandbox.jean.createBaseWorktree(sandbox.repositories.shop.projectId);
  const before = await configFiles(sandbox, base.id);
  const first = await launch();
  await first.connectRavi(sandbox);
  await first.connectGitHub(sandbox);
  const { worktree } = await provisioned(first, sandbox, 'checkout-flake');
  await first.request('credentials.revoke', { worktreeId: worktree.id });
  await first.quit();
  await sandbox.jean.deleteWorktree(worktree.id);

  await launch();
  await soon(() => configFiles(sandbox, base.id)).toEqual(before);
  await soon(async () => (await readdir(join(userData, 'git'))).filter((name) => name.endsWith('.sock'))).toEqual([]);
});

test('settings of an installation that forgot everything are left over, and taken out by a click', async ({
  launch,
  sandbox,
  userData,
}) => {
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const before = await configFiles(sandbox, worktree.id);
  const first = await launch();
  await first.connectGitHub(sandbox);
  await activeCredential(first, worktree);
  await first.quit();
  await rm(userData, { recursive: true });

  const companion = await launch();
  const page = await companion.open('Credentials');
  const article = page.getByRole('article', { name: `Left over: ${worktree.path}` });
  await expect(article).toBeVisible();
  await article.getByRole('button', { name: 'Take out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
  await expect(article).toBeHidden();
  expect(await configFiles(sandbox, worktree.id)).toEqual(before);
});

test('a way past the companion is shown with its remedy, and gone once that is done', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Credentials');
  const part = page.getByRole('region', { name: 'git in checkout-flake' });
  await expect(part).toContainText('nothing that can be seen goes past it');
  await sandbox.jean.run(worktree.id, 'git remote add other git@work:acme/shop.git');
  await sandbox.jean.run(worktree.id, `git remote add leaky ${sandbox.repositories.shop.url.replace('://', '://dana:sesame@')}`);
  await sandbox.jean.run(worktree.id, 'git config http.extraHeader "Authorization: basic sesame"');
  await part.getByRole('button', { name: 'Look again' }).click();

  const ways = part.getByRole('list', { name: 'Ways past the Companion' });
  await expect(ways).toContainText('The remote “other” goes by SSH over the alias work, with your own key.');
  await expect(ways).toContainText('A password stands in the address of the remote “leaky”');
  await expect(ways).toContainText('git sends the header in http.extraheader with every request');
  await expect(page.getByRole('region', { name: 'Timeline of checkout-flake' })).toContainText(
    'git here can get past the companion.',
  );
  expect(JSON.stringify([await connected.state(), await connected.audit()])).not.toContain('sesame');
  for (const command of await ways.locator('code').allInnerTexts())
    expect(await sandbox.jean.run(worktree.id, command)).toMatchObject({ code: 0 });
  await part.getByRole('button', { name: 'Look again' }).click();
  await expect(part).toContainText('nothing that can be seen goes past it');
});

test('“Copy check” copies a command that shows what git would use, without the password', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Copy check' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const command = await connected.app.evaluate(({ clipboard }) => clipboard.readText());
  const { stdout } = await sandbox.jean.run(worktree.id, command);
  expect(stdout).toContain('username=x-access-token');
  expect(stdout).toContain('password=(hidden)');
});
