import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Sandbox } from '../sandbox/world.ts';
import { permissionsOf } from '../shared/policy.ts';
import { Browser } from './fixtures/browser.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

const card = (page: Page) => page.getByRole('region', { name: 'GitHub App', exact: true });
const shop = (page: Page) => page.getByRole('article', { name: 'Project shop' });

/** Asks for an App of the organization acme, as a person does in Settings. */
async function create(companion: Companion, { github }: Sandbox): Promise<Page> {
  github.control.signInAs('dana');
  github.control.autoApproveManifests(true);
  await companion.willConfirm();
  const page = await companion.open('Settings');
  await card(page).getByLabel('an organization').check();
  await card(page).getByLabel('Organization', { exact: true }).fill('acme');
  await card(page).getByText('Advanced').click();
  await card(page).getByLabel('API address').fill(github.apiUrl);
  await card(page).getByLabel('Web address').fill(github.webUrl);
  await card(page).getByRole('button', { name: 'Create a GitHub App' }).click();
  await expect(card(page)).toContainText('Go on in your browser');
  return page;
}

/** Has GitHub looked at again. */
const checkAgain = (page: Page) => page.getByRole('button', { name: 'Check GitHub again' }).click();

const mints = ({ github }: Sandbox): number =>
  github.control.calls().filter(({ method, path }) => method === 'POST' && path.endsWith('/access_tokens')).length;

test('an App is made at GitHub and installed there, and a session pushes as its bot', async ({ launch, sandbox, userData }) => {
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const companion = await launch();
  const browser = await Browser.of(companion);
  const page = await create(companion, sandbox);

  const form = await browser.submit(await browser.opened());
  const made = await browser.visit(form.url);
  expect(made.url).toBe(`${sandbox.github.webUrl}/apps/jean-agents-acme/installations/new`);
  await expect(card(page)).toContainText('Credentials are issued by the App jean-agents-acme.');
  await expect(card(page)).toContainText('The App is not installed anywhere yet.');

  await browser.submit(made.url, { account: 'acme', repository: 'acme/shop' });
  await checkAgain(page);
  await expect(card(page)).toContainText('acme: chosen repositories, among them acme/shop');
  await expect(card(page)).toContainText('The App does not reach acme/api');
  await activeCredential(companion, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  expect(sandbox.github.control.pushes()).toMatchObject([{ repo: 'acme/shop', login: 'jean-agents-acme[bot]' }]);

  await companion.quit();
  const again = await launch();
  await again.until(({ services }) => services.github?.facts.App === 'jean-agents-acme', 'the App is still connected');
  await activeCredential(again, worktree);
  const files = (await readdir(userData, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
  expect([...contents, ...companion.printed].filter((text) => text.includes('PRIVATE KEY'))).toEqual([]);
});

test('an answer that the app did not ask for is refused, and Cancel ends the wait', async ({ launch, sandbox }) => {
  const companion = await launch();
  const browser = await Browser.of(companion);
  const page = await create(companion, sandbox);
  const door = await browser.opened();

  const answer = new URL((await browser.submit(door)).url);
  answer.searchParams.set('state', 'guessed');
  expect((await browser.visit(answer.href)).status).toBe(403);
  expect((await companion.state()).services.github?.health).toBe('absent');

  await card(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(card(page).getByRole('button', { name: 'Create a GitHub App' })).toBeVisible();
  await expect(card(page).getByLabel('Organization', { exact: true })).toHaveValue('acme');
  await expect(browser.visit(door)).rejects.toThrow();
});

test('a suspended installation is explained, and so is one that is gone', async ({ connected, sandbox }) => {
  const { github, jean, app, repositories } = sandbox;
  const page = await connected.open('Settings');
  await expect(card(page)).toContainText('acme: all its repositories');

  github.control.suspend(app.installationId);
  await checkAgain(page);
  await expect(card(page)).toContainText('acme: suspended: no credential can be made until its owner unsuspends it at GitHub');
  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  const failed = ({ credentials }: Awaited<ReturnType<Companion['state']>>, words: string): boolean =>
    credentials[worktree.id]?.state === 'failed' && credentials[worktree.id]?.reason?.includes(words) === true;
  await connected.until(
    (state) => failed(state, 'The GitHub App is suspended at acme.'),
    'the credential says why there is none',
  );

  github.control.unsuspend(app.installationId);
  await checkAgain(page);
  await activeCredential(connected, worktree);

  github.control.uninstallApp(app.installationId);
  await checkAgain(page);
  await expect(card(page)).toContainText('The App is not installed anywhere yet.');
  await connected.open('Projects');
  await expect(shop(page)).toContainText('The GitHub App is not installed at acme, so it does not reach acme/shop.');
  await connected.request('credentials.rotate', { worktreeId: worktree.id }).catch(() => undefined);
  await connected.until(
    ({ credentials }) => credentials[worktree.id]?.reason?.includes('The GitHub App is not installed for acme/shop.') === true,
    'the credential says that the App is gone',
  );
  // What the browser's cache had kept would have hidden all of this.
  expect(github.control.calls().filter(({ status }) => status === 304)).toEqual([]);
});

test('all that an installation covers is listed on request, and the key can be replaced', async ({
  connected,
  sandbox,
  folder,
}) => {
  const page = await connected.open('Settings');
  await card(page).getByRole('button', { name: 'List the Repositories at acme' }).press('Enter');
  const list = card(page).getByRole('list', { name: 'Repositories at acme' });
  await expect(list.getByRole('listitem').first()).toContainText('a project in Jean');
  await expect(list).toContainText('acme/shop');
  expect(sandbox.github.control.liveTokens()).toEqual([]);

  const print = (await connected.state()).services.github?.facts['Key fingerprint'];
  const key = card(page).getByRole('button', { name: 'Replace key…' });
  const other = await sandbox.github.control.createApp({ slug: 'stranger', owner: 'acme', permissions: {} });
  await writeFile(join(folder, 'other.pem'), other.privateKey);
  await connected.willChoose(join(folder, 'other.pem'));
  await key.click();
  await expect(page.getByRole('alert')).toContainText('GitHub does not accept this private key');
  await connected.willChoose(sandbox.app.pemPath);
  await key.click();
  await expect(page.getByText('GitHub accepts the new key.')).toBeVisible();
  await expect(card(page)).toContainText(print ?? 'no fingerprint');
  await provisioned(connected, sandbox, 'checkout-flake');
});

test('coming back to the window from GitHub is enough for a new repository to be reached', async ({ launch, sandbox }) => {
  const { github, app, jean, repositories } = sandbox;
  github.control.installApp(app.id, 'acme', { repositories: ['api'] });
  const companion = await launch();
  await companion.connectGitHub(sandbox);
  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  const page = await companion.open('Projects');
  await expect(shop(page)).toContainText('the GitHub App may use chosen repositories only, and acme/shop is not among them');
  const asked = (): number =>
    github.control.calls().filter(({ method, path }) => method === 'GET' && path === '/app/installations').length;
  const before = asked();

  github.control.installApp(app.id, 'acme', { repositories: ['api', 'shop'] });
  await soon(async () => {
    // The desktop of the tests has no window manager that would move the focus.
    await companion.app.evaluate(({ app, BrowserWindow }) => {
      app.emit('browser-window-focus', {}, BrowserWindow.getAllWindows()[0]);
    });
    return asked() > before;
  }).toBe(true);
  await activeCredential(companion, worktree);
  await expect(shop(page)).not.toContainText('chosen repositories only');
});

test('a profile that the App was not granted is said before anything is minted', async ({ connected, sandbox }) => {
  const { github, jean, app, repositories } = sandbox;
  const page = await connected.open('Projects');
  await shop(page).getByRole('button', { name: 'Change what shop gets' }).click();
  await shop(page).getByLabel('contribute + workflows').check();
  await expect(shop(page)).toContainText('The GitHub App was not granted workflows: write. Until it is, none can be made');
  await shop(page).getByRole('button', { name: 'Save' }).click();

  const before = mints(sandbox);
  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  const { credentials } = await connected.until(
    (state) => state.credentials[worktree.id]?.state === 'failed',
    'there is no credential',
  );
  expect(credentials[worktree.id]?.reason).toContain(
    'The profile “contribute + workflows” asks for workflows: write, which the GitHub App was not granted at acme.',
  );
  expect(mints(sandbox)).toBe(before);

  const permissions = permissionsOf({ profile: 'contribute-workflows', custom: {} });
  github.control.installApp(app.id, 'acme', { repositories: 'all', permissions });
  await connected.open('Settings');
  await checkAgain(page);
  expect((await activeCredential(connected, worktree)).permissions).toMatchObject({ workflows: 'write' });
});

test('another profile replaces the credentials at once, and reading alone can’t push', async ({ connected, sandbox }) => {
  const { worktree, credential: old } = await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Projects');
  await shop(page).getByRole('button', { name: 'Change what shop gets' }).click();
  await shop(page).getByLabel('read', { exact: true }).check();
  await expect(shop(page)).toContainText('1 credential is replaced at once, and the old revoked.');
  await shop(page).getByRole('button', { name: 'Save' }).click();

  await soon(() => aliveAtGitHub(sandbox).includes(old.fingerprint)).toBe(false);
  const now = await activeCredential(connected, worktree);
  expect(now.permissions.contents).toBe('read');
  expect(await sandbox.jean.run(worktree.id, 'git fetch -q origin')).toMatchObject({ code: 0 });
  expect((await push(sandbox, worktree.id)).code).not.toBe(0);
  expect(sandbox.github.control.pushes()).toEqual([]);
});

test('a project that is switched off has its git back as it was, and gets its credential again', async ({
  connected,
  sandbox,
}) => {
  const { jean, repositories } = sandbox;
  const page = await connected.open('Projects');
  const enabled = async (on: boolean): Promise<void> => {
    await shop(page).getByRole('button', { name: 'Change what shop gets' }).click();
    await shop(page).getByLabel('Give its worktrees credentials').setChecked(on);
    await shop(page).getByRole('button', { name: 'Save' }).click();
    await expect(shop(page).getByRole('button', { name: 'Save' })).toBeHidden();
  };
  await enabled(false);
  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  const config = async (): Promise<string> => (await jean.run(worktree.id, 'git config --list --show-scope')).stdout;
  const before = await config();
  await expect(shop(page)).toContainText('Off: the Companion leaves its worktrees alone.');

  await enabled(true);
  await activeCredential(connected, worktree);
  expect(await config()).not.toBe(before);

  await enabled(false);
  await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  await soon(config).toBe(before);

  await enabled(true);
  await activeCredential(connected, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('a further repository is reached from a worktree only where the project has it', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const other = `git ls-remote ${sandbox.repositories.api.url} HEAD`;
  const refused = await sandbox.jean.run(worktree.id, other);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('git asked for acme/api, but this worktree’s credential is for acme/shop alone.');

  const page = await connected.open('Projects');
  await shop(page).getByRole('button', { name: 'Change what shop gets' }).click();
  await shop(page).getByLabel('Further repositories of acme').fill('acme/api');
  await expect(shop(page)).toContainText('A repository’s name has letters, digits, dots, dashes and underscores.');
  await shop(page).getByLabel('Further repositories of acme').fill('api');
  await shop(page).getByRole('button', { name: 'Save' }).click();
  await soon(() => sandbox.github.control.liveTokens().map(({ repositories }) => [...repositories].sort())).toEqual([
    ['acme/api', 'acme/shop'],
  ]);
  await activeCredential(connected, worktree);
  expect(await sandbox.jean.run(worktree.id, other)).toMatchObject({ code: 0 });
});

test('a credential can be made at its first use, under a name of one’s own', async ({ connected, sandbox }) => {
  const page = await connected.open('Projects');
  const all = page.getByRole('region', { name: 'For all projects' });
  await all.getByLabel('at its first use').check();
  await all.getByLabel('Its name in the vault').fill('AGENT');
  await expect(all).toContainText('The name has <SLUG> in it, once');
  await all.getByLabel('Its name in the vault').fill('AGENT_<SLUG>_TOKEN');
  await all.getByRole('button', { name: 'Save for all projects' }).click();
  await expect(page.getByText('Saved. It counts from now on.')).toBeVisible();

  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  await connected.until(({ credentials }) => credentials[worktree.id]?.managed === true, 'git in the worktree is ours');
  expect((await connected.state()).credentials[worktree.id]?.state).toBe('absent');
  expect([aliveAtGitHub(sandbox), keptAtRavi(sandbox)]).toEqual([[], []]);

  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await activeCredential(connected, worktree);
  expect(keptAtRavi(sandbox)).toEqual(['AGENT_SHOP_CHECKOUT_FLAKE_TOKEN']);
});
